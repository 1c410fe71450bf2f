"""What a transaction leaves to be done outside of the database, surely but later (docs/decisions/0015)."""

from sqlalchemy import BigInteger, Column, DateTime, Identity, Index, Integer, Table, Text, text
from sqlalchemy.dialects.postgresql import JSONB

from db.models.base import METADATA, timestamp

Outbox = Table(
    "outbox",
    METADATA,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("topic", Text, nullable=False),
    Column("payload", JSONB, nullable=False),
    timestamp("created_at"),
    timestamp("due_at"),
    Column("attempts", Integer, server_default="0", nullable=False),
    Column("dead_at", DateTime),
    Column("error", Text),
    Index("idx_outbox_due", "due_at", "id", postgresql_where=text("dead_at IS NULL")),
)
"""One thing to do. It is done, at least once, after `due_at`, and its row deleted then.

`topic` says what is to be done, `payload` with what; `attempts` counts those that failed by a fault of its own, `error` is
why the last one did. A dead one (`dead_at`) is not tried again before an operator says so.
"""
