"""What a transaction leaves to be done outside of the database, surely but later (design.md, "Search", "Uploads")."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Identity, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, Timestamp


class Outbox(Base):
    """One thing to do. It is done, at least once, after `due_at`, and its row deleted then.

    `topic` says what is to be done, `payload` with what; `attempts` counts those that failed by a fault of its own, `error` is
    why the last one did. A dead one (`dead_at`) is not tried again before an operator says so.
    """

    __tablename__ = "outbox"
    __table_args__ = (Index("idx_outbox_due", "due_at", "id", postgresql_where=text("dead_at IS NULL")),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    topic: Mapped[str]
    payload: Mapped[dict[str, Any]] = mapped_column(JSONB)
    created_at: Mapped[Timestamp]
    due_at: Mapped[Timestamp]
    attempts: Mapped[int] = mapped_column(server_default="0")
    dead_at: Mapped[datetime | None]
    error: Mapped[str | None]
