"""Answers that are kept so that a request that is sent twice takes effect once (docs/decisions/0024)."""

from sqlalchemy import Column, DateTime, Index, Integer, LargeBinary, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from db.models.base import METADATA, timestamp

IdempotencyKey = Table(
    "idempotency_keys",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("user_id", Text, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("owner", Uuid, nullable=False),
    timestamp("created_at"),
    Column("leased_until", DateTime, nullable=False),
    Column("expires_at", DateTime, nullable=False),
    Column("committed_at", DateTime),
    Column("status", Integer),
    Column("headers", JSONB(none_as_null=True)),
    Column("content", LargeBinary),
    Index("idx_idempotency_keys_expires_at", "expires_at"),
)
"""One key of one user's on one path, and what became of the request that came with it first.

`id` is a digest of the three, since a path has no length that an index could rely on; `fingerprint` is one of what was asked.
`owner` names the request that carries it out, which must be done by `leased_until`. `committed_at` is set by each transaction
of that request, so it says whether anything took effect; `status`, `headers` and `content` are its answer.
"""
