"""Every statement about all that one user has (PRD 4.2.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import ScalarSelect, bindparam, func, select

from db.models import GalleryAlbum, GalleryImage, MocInstruction, WishlistItem
from db.query import Query

if TYPE_CHECKING:
    from asyncpg import Record
    from sqlalchemy import Table

    from db.engine import Session


def _count(table: Table) -> ScalarSelect[int]:
    return select(func.count()).select_from(table).where(table.c.user_id == bindparam("user_id")).scalar_subquery()


_COUNTS = Query(
    select(
        _count(MocInstruction).label("mocs"),
        _count(GalleryImage).label("images"),
        _count(GalleryAlbum).label("albums"),
        _count(WishlistItem).label("wishlist_items"),
    )
)


async def counts(session: Session, user_id: str) -> Record | None:
    """How many `mocs`, `images`, `albums` and `wishlist_items` a user has, in one statement."""
    return await session.row(_COUNTS, user_id=user_id)
