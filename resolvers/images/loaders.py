"""Batches of images for the lists that nest them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from resolvers.batches import by_key, by_owner
from resolvers.images import store

if TYPE_CHECKING:
    from asyncpg import Record

    from db.engine import Database


async def images_of_mocs(database: Database, moc_ids: list[str]) -> list[list[Record]]:
    """The images linked to each MOC, in the order of `moc_ids`."""
    return by_key(await store.of_mocs(database, moc_ids), "moc_id", moc_ids)


async def images_of_albums(database: Database, keys: list[tuple[str, int | None]]) -> list[list[Record]]:
    """The newest images of each album, for each key an album's id and how many at most (None for all), in the order of `keys`.

    One statement reads as many of each album as the most demanding key asks for.
    """
    limits = [limit for _, limit in keys if limit is not None]
    most = max(limits) if len(limits) == len(keys) else None
    album_ids = list(dict.fromkeys(album_id for album_id, _ in keys))
    rows = by_key(await store.of_albums(database, album_ids, most), "album_id", album_ids)
    found = dict(zip(album_ids, rows, strict=True))
    return [found[album_id][:limit] for album_id, limit in keys]


async def images_by_owner(database: Database, keys: list[tuple[str, str]]) -> list[Record | None]:
    """The image for each key, an id and the user whose image it must be; None where that user has none of this id."""
    rows = await store.by_id(database, list(dict.fromkeys(image_id for image_id, _ in keys)))
    return by_owner(rows, keys)
