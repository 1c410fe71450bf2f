"""Batches of MOCs and of their pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from resolvers.batches import by_key, by_owner
from resolvers.errors import NotFound
from resolvers.mocs import store
from resolvers.pictures import store as pictures

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from asyncpg import Record

    from db.engine import Database
    from resolvers.context import Info

    Batch = Callable[[Database, list[Any]], Awaitable[list[Any]]]


async def images_of_mocs(database: Database, moc_ids: list[str]) -> list[list[Record]]:
    """The pictures of each MOC, in the order of `moc_ids`."""
    return by_key(await pictures.of_mocs(database, moc_ids), "moc_id", moc_ids)


async def mocs_by_owner(database: Database, keys: list[tuple[str, str]]) -> list[Record | None]:
    """The MOC for each key, an id and the user whose MOC it must be; None where that user has none of this id."""
    rows: list[Record] = []
    for user_id in dict.fromkeys(user_id for _, user_id in keys):  # the caller alone, as a rule
        ids = [moc_id for moc_id, owner in keys if owner == user_id]
        rows += await store.of_ids(database, user_id, {}, ids)
    return by_owner(rows, keys)


async def own(info: Info, batch: Batch, identifier: str, noun: str) -> Any:
    """What the caller has of this id, by a batch whose keys are ids and owners.

    Raises:
        NotFound: it is gone, or somebody else's.
    """
    row = await info.context.load(batch, (identifier, info.context.user_id))
    if row is None:
        raise NotFound(f"{noun[0].upper()}{noun[1:]} not found")
    return row


async def own_moc(info: Info, moc_id: str) -> Any:
    """The caller's MOC of this id, as `own`."""
    return await own(info, mocs_by_owner, moc_id, "MOC")
