"""Files on their way in: uploaded by the client to the bucket, not yet taken by a mutation (docs/decisions/0012)."""

from sqlalchemy import Column, DateTime, Index, Integer, Table, Text

from db.models.base import METADATA, identifier, timestamp

Upload = Table(
    "uploads",
    METADATA,
    identifier(),
    Column("user_id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("filename", Text, nullable=False),
    Column("content_type", Text, nullable=False),
    Column("size", Integer, nullable=False),
    timestamp("created_at"),
    Column("expires_at", DateTime, nullable=False),
    Column("consumed_at", DateTime),
    Index("idx_uploads_expires_at", "expires_at"),
)
"""One staged upload. Its object lies under `uploads/{user_id}/{id}` until it is taken, or until it expires.

`content_type` and `size` (bytes) are what the client announced, and what the bucket lets it send.
"""
