"""Images and albums of the gallery, and how they are stored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    import asyncpg

    from gateway.dev.aws import Aws

_GALLERY = ("gallery_images", "gallery_albums", "gallery_flags")


def _adder(database: asyncpg.Connection[asyncpg.Record], aws: Aws, table: str, **defaults: Any) -> Callable[..., Any]:
    async def make(user: str = "alice", **columns: Any) -> str:
        values = {"user_id": aws.users[user].sub, **defaults, **columns}
        places = ", ".join(f"${number}" for number in range(1, len(values) + 1))
        statement = f"INSERT INTO {table} ({', '.join(values)}) VALUES ({places}) RETURNING id"
        return str(await database.fetchval(statement, *values.values()))

    return make


@pytest.fixture
def add_image(database: asyncpg.Connection[asyncpg.Record], aws: Aws) -> Callable[..., Any]:
    """`await add_image(title="...", user="bob")`: the id of a new image, alice's by default; tags as JSON text."""
    return _adder(database, aws, "gallery_images", title="Dawn", image_url="/i.webp")


@pytest.fixture
def add_album(database: asyncpg.Connection[asyncpg.Record], aws: Aws) -> Callable[..., Any]:
    """`await add_album(title="...", user="bob")`: the id of a new album, alice's by default."""
    return _adder(database, aws, "gallery_albums", title="Castles")


@pytest.fixture
def stored_gallery(database: asyncpg.Connection[asyncpg.Record]) -> Callable[[], Any]:
    """`await stored_gallery()`: every row of the gallery as it is, to prove that nothing changed."""

    async def read() -> list[dict[str, Any]]:
        return [dict(row) for table in _GALLERY for row in await database.fetch(f"SELECT * FROM {table} ORDER BY id")]

    return read
