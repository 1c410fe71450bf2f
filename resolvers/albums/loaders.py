"""Batches of albums for the lists that nest them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from resolvers.albums import store
from resolvers.batches import by_key, by_owner

if TYPE_CHECKING:
    from asyncpg import Record

    from db.engine import Database


async def albums_of_mocs(database: Database, moc_ids: list[str]) -> list[list[Record]]:
    """The albums linked to each MOC, in the order of `moc_ids`."""
    return by_key(await store.of_mocs(database, moc_ids), "moc_id", moc_ids)


async def albums_by_owner(database: Database, keys: list[tuple[str, str]]) -> list[Record | None]:
    """The album for each key, an id and the user whose album it must be; None where that user has none of this id."""
    rows = await store.by_id(database, list(dict.fromkeys(album_id for album_id, _ in keys)))
    return by_owner(rows, keys)
