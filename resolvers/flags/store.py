"""Every statement about complaints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam
from sqlalchemy.dialects.postgresql import insert

from db.models import GalleryFlag
from db.query import NOW, Query, iso

if TYPE_CHECKING:
    from asyncpg import Record

    from db.engine import Session

_flags = GalleryFlag.c
COLUMNS = (
    _flags.id,
    _flags.image_id,
    _flags.user_id,
    _flags.reason,
    iso(_flags.created_at),
    iso(_flags.last_updated_at),
)

_INSERT = Query(
    insert(GalleryFlag)
    .values(
        image_id=bindparam("image_id"),
        user_id=bindparam("user_id"),
        reason=bindparam("reason"),
        created_at=NOW,
        last_updated_at=NOW,
    )
    .on_conflict_do_nothing(index_elements=["image_id", "user_id"])
    .returning(*COLUMNS)
)


async def insert_flag(session: Session, image_id: str, user_id: str, reason: str | None) -> Record | None:
    """Insert a complaint; None if the user has made one about this image."""
    return await session.row(_INSERT, image_id=image_id, user_id=user_id, reason=reason)
