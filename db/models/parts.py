"""Parts lists of a MOC and the parts on them (PRD 4.6)."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, Table, Text, Uuid, false

from db.models.base import METADATA, identifier, timestamp
from db.models.files import MocFile
from db.models.mocs import MocInstruction

MocPartsList = Table(
    "moc_parts_lists",
    METADATA,
    identifier(),
    Column("moc_id", Uuid, ForeignKey(MocInstruction.c.id, ondelete="CASCADE"), nullable=False),
    Column("file_id", Uuid, ForeignKey(MocFile.c.id, ondelete="SET NULL")),
    Column("title", Text, nullable=False),
    Column("description", Text),
    Column("built", Boolean, server_default=false()),
    Column("purchased", Boolean, server_default=false()),
    Column("inventory_percentage", Text, server_default="0.00"),
    Column("total_parts_count", Text),
    Column("acquired_parts_count", Text, server_default="0"),
    Column("cost_estimate", Text),
    Column("actual_cost", Text),
    Column("notes", Text),
    timestamp("created_at"),
    timestamp("updated_at"),
    Index("idx_moc_parts_lists_moc_id", "moc_id"),
    Index("idx_moc_parts_lists_file_id", "file_id"),
    Index("idx_moc_parts_lists_built", "built"),
    Index("idx_moc_parts_lists_purchased", "purchased"),
    Index("idx_moc_parts_lists_moc_built", "moc_id", "built"),
    Index("idx_moc_parts_lists_moc_purchased", "moc_id", "purchased"),
)
"""One parts list. Counts, percentage and costs are text, as the legacy service stores them."""

MocPart = Table(
    "moc_parts",
    METADATA,
    identifier(),
    Column("parts_list_id", Uuid, ForeignKey(MocPartsList.c.id, ondelete="CASCADE"), nullable=False),
    Column("part_id", Text, nullable=False),
    Column("part_name", Text),
    Column("quantity", Integer, nullable=False),
    Column("color", Text),
    Index("idx_moc_parts_parts_list_id", "parts_list_id"),
)
"""One row of a parts list's CSV: a part, its color, and how many pieces of it."""
