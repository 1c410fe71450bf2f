"""Files on their way in: uploaded by the client to the bucket, not yet taken by a mutation (design.md, "Uploads")."""

from datetime import datetime

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, Id, Timestamp


class Upload(Base):
    """One staged upload. Its object lies under `uploads/{user_id}/{id}` until it is taken, or until it expires.

    `content_type` and `size` (bytes) are what the client announced, and what the bucket lets it send.
    """

    __tablename__ = "uploads"
    __table_args__ = (Index("idx_uploads_expires_at", "expires_at"),)

    id: Mapped[Id]
    user_id: Mapped[str]
    kind: Mapped[str]
    filename: Mapped[str]
    content_type: Mapped[str]
    size: Mapped[int]
    created_at: Mapped[Timestamp]
    expires_at: Mapped[datetime]
    consumed_at: Mapped[datetime | None] = mapped_column()
