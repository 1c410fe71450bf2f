"""Parts lists of a MOC and the parts on them (PRD 4.6)."""

import uuid

from sqlalchemy import ForeignKey, Index, false
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, Id, Timestamp
from db.models.files import MocFile
from db.models.mocs import MocInstruction


class MocPartsList(Base):
    """One parts list. Counts, percentage and costs are text, as the legacy service stores them."""

    __tablename__ = "moc_parts_lists"
    __table_args__ = (
        Index("idx_moc_parts_lists_moc_id", "moc_id"),
        Index("idx_moc_parts_lists_file_id", "file_id"),
        Index("idx_moc_parts_lists_built", "built"),
        Index("idx_moc_parts_lists_purchased", "purchased"),
        Index("idx_moc_parts_lists_moc_built", "moc_id", "built"),
        Index("idx_moc_parts_lists_moc_purchased", "moc_id", "purchased"),
    )

    id: Mapped[Id]
    moc_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(MocInstruction.id, ondelete="CASCADE"))
    file_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey(MocFile.id, ondelete="SET NULL"))
    title: Mapped[str]
    description: Mapped[str | None]
    built: Mapped[bool | None] = mapped_column(server_default=false())
    purchased: Mapped[bool | None] = mapped_column(server_default=false())
    inventory_percentage: Mapped[str | None] = mapped_column(server_default="0.00")
    total_parts_count: Mapped[str | None]
    acquired_parts_count: Mapped[str | None] = mapped_column(server_default="0")
    cost_estimate: Mapped[str | None]
    actual_cost: Mapped[str | None]
    notes: Mapped[str | None]
    created_at: Mapped[Timestamp]
    updated_at: Mapped[Timestamp]


class MocPart(Base):
    """One row of a parts list's CSV: a part, its color, and how many pieces of it."""

    __tablename__ = "moc_parts"
    __table_args__ = (Index("idx_moc_parts_parts_list_id", "parts_list_id"),)

    id: Mapped[Id]
    parts_list_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(MocPartsList.id, ondelete="CASCADE"))
    part_id: Mapped[str]
    part_name: Mapped[str | None]
    quantity: Mapped[int]
    color: Mapped[str | None]
