"""Batches of parts lists, and of their parts, for the lists that nest them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from resolvers.batches import by_key
from resolvers.parts import store

if TYPE_CHECKING:
    from asyncpg import Record

    from db.engine import Database


async def parts_lists_of_mocs(database: Database, moc_ids: list[str]) -> list[list[Record]]:
    """The parts lists of each MOC, in the order of `moc_ids`."""
    return by_key(await store.of_mocs(database, moc_ids), "moc_id", moc_ids)


async def colors_of_lists(database: Database, parts_list_ids: list[str]) -> list[list[Record]]:
    """What each parts list needs of each color, in the order of `parts_list_ids`."""
    return by_key(await store.colors_of_lists(database, parts_list_ids), "parts_list_id", parts_list_ids)


async def pages_of_parts(database: Database, pages: list[store.Page]) -> list[list[Record]]:
    """The parts of each page, in the order of `pages`; one statement reads all of them, and no part beside them."""
    return by_key(await store.pages_of_parts(database, pages), "place", range(1, len(pages) + 1))
