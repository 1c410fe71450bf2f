"""Batches of images and albums for the lists that nest them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from resolvers.batches import by_key
from resolvers.gallery import store

if TYPE_CHECKING:
    from asyncpg import Record

    from db.engine import Database


async def images_of_mocs(database: Database, moc_ids: list[str]) -> list[list[Record]]:
    """The images linked to each MOC, in the order of `moc_ids`."""
    return by_key(await store.images_of_mocs(database, moc_ids), "moc_id", moc_ids)


async def albums_of_mocs(database: Database, moc_ids: list[str]) -> list[list[Record]]:
    """The albums linked to each MOC, in the order of `moc_ids`."""
    return by_key(await store.albums_of_mocs(database, moc_ids), "moc_id", moc_ids)
