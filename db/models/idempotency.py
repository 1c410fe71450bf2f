"""Answers that are kept so that a request that is sent twice takes effect once (docs/decisions/0024)."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, Timestamp


class IdempotencyKey(Base):
    """One key of one user's on one path, and what became of the request that came with it first.

    `id` is a digest of the three, since a path has no length that an index could rely on; `fingerprint` is one of what was asked.
    `owner` names the request that carries it out, which must be done by `leased_until`. `committed_at` is set by each transaction
    of that request, so it says whether anything took effect; `status`, `headers` and `content` are its answer.
    """

    __tablename__ = "idempotency_keys"
    __table_args__ = (Index("idx_idempotency_keys_expires_at", "expires_at"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[str]
    fingerprint: Mapped[str]
    owner: Mapped[uuid.UUID]
    created_at: Mapped[Timestamp]
    leased_until: Mapped[datetime]
    expires_at: Mapped[datetime]
    committed_at: Mapped[datetime | None]
    status: Mapped[int | None]
    headers: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    content: Mapped[bytes | None]
