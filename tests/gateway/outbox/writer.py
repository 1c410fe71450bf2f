"""Somebody who writes to all tables that are searched, in plain SQL, as the legacy service does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import asyncpg

if TYPE_CHECKING:
    from random import Random

_INSERTS = {
    "moc_instructions": "INSERT INTO moc_instructions (user_id, title, type, tags) VALUES ($1, $2, 'moc', '[\"a\", \"b\"]')",
    "gallery_images": "INSERT INTO gallery_images (user_id, title, image_url, tags) VALUES ($1, $2, '/x.png', '[]')",
    "gallery_albums": "INSERT INTO gallery_albums (user_id, title) VALUES ($1, $2)",
    "wishlist_items": "INSERT INTO wishlist_items (user_id, title, sort_order) VALUES ($1, $2, '1')",
}
_PICK = "(SELECT id FROM {0} OFFSET floor(random() * (SELECT count(*) FROM {0})) LIMIT 1)"


class Writer:
    """One connection's worth of inserts, updates and deletes; `count` of them so far."""

    def __init__(self, url: str, chance: Random) -> None:
        self._url, self._chance = url, chance
        self._connection: asyncpg.Connection[asyncpg.Record] | None = None
        self.count = 0

    async def write(self) -> None:
        """One write."""
        if self._connection is None:
            self._connection = await asyncpg.connect(self._url)
        self.count += 1
        table = self._chance.choice(list(_INSERTS))
        kind = self._chance.choice(("insert", "insert", "update", "update", "update", "delete"))
        if kind == "insert":
            await self._connection.execute(_INSERTS[table], f"user {self._chance.random()}", f"title {self.count}")
        elif kind == "update":
            await self._connection.execute(
                f"UPDATE {table} SET title = $1, description = $1 WHERE id = {_PICK.format(table)}",
                f"changed {self._chance.random()}",
            )
        else:
            await self._connection.execute(f"DELETE FROM {table} WHERE id = {_PICK.format(table)}")

    async def close(self) -> None:
        """Close the connection."""
        if self._connection:
            await self._connection.close()
