"""Batches of pictures for the lists of MOCs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from resolvers.batches import by_key
from resolvers.mocs import store

if TYPE_CHECKING:
    from asyncpg import Record

    from db.engine import Database


async def images_of_mocs(database: Database, moc_ids: list[str]) -> list[list[Record]]:
    """The pictures of each MOC, in the order of `moc_ids`."""
    return by_key(await store.images_of_mocs(database, moc_ids), "moc_id", moc_ids)
