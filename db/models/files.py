"""Files of a MOC (PRD 2.7)."""

from sqlalchemy import Column, ForeignKey, Index, Table, Text, Uuid

from db.models.base import METADATA, identifier, timestamp
from db.models.mocs import MocInstruction

MocFile = Table(
    "moc_files",
    METADATA,
    identifier(),
    Column("moc_id", Uuid, ForeignKey(MocInstruction.c.id, ondelete="CASCADE"), nullable=False),
    Column("file_type", Text, nullable=False),
    Column("file_url", Text, nullable=False),
    Column("original_filename", Text),
    Column("mime_type", Text),
    timestamp("created_at"),
    Index("moc_files_moc_filename_unique", "moc_id", "original_filename", unique=True),
    Index("idx_moc_files_moc_id_lazy", "moc_id"),
    Index("idx_moc_files_moc_type", "moc_id", "file_type"),
    comment="MOC files table - allows multiple files of the same type per MOC",
)
"""One stored file: instruction, parts-list, thumbnail or gallery-image; a MOC's file names are unique."""
