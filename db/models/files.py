"""Files of a MOC (PRD 2.7)."""

import uuid

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, Id, Timestamp
from db.models.mocs import MocInstruction


class MocFile(Base):
    """One stored file: instruction, parts-list, thumbnail or gallery-image; a MOC's file names are unique."""

    __tablename__ = "moc_files"
    __table_args__ = (
        Index("moc_files_moc_filename_unique", "moc_id", "original_filename", unique=True),
        Index("idx_moc_files_moc_id_lazy", "moc_id"),
        Index("idx_moc_files_moc_type", "moc_id", "file_type"),
        {"comment": "MOC files table - allows multiple files of the same type per MOC"},
    )

    id: Mapped[Id]
    moc_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(MocInstruction.id, ondelete="CASCADE"))
    file_type: Mapped[str]
    file_url: Mapped[str]
    original_filename: Mapped[str | None]
    mime_type: Mapped[str | None]
    created_at: Mapped[Timestamp]
