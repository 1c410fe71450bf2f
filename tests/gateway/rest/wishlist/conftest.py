"""Items of alice's wishlist, and how they are stored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    import asyncpg
    import httpx

    from settings import Settings


@pytest.fixture
def settings(settings_for: Callable[..., Settings]) -> Settings:
    """With a connection for each of many requests, so that they meet in PostgreSQL and do not queue for the pool."""
    return settings_for(database_pool_size=16)


@pytest.fixture
def add(alice: httpx.AsyncClient) -> Callable[..., Any]:
    """`await add(title="...")`: an item of alice's, made over REST; its data."""

    async def make(client: httpx.AsyncClient = alice, **fields: Any) -> dict[str, Any]:
        answer = await client.post("/api/wishlist", json={"title": "Titanic", **fields})
        assert answer.status_code == 201, answer.text
        data: dict[str, Any] = answer.json()["data"]
        return data

    return make


@pytest.fixture
def add_all(add: Callable[..., Any]) -> Callable[..., Any]:
    """`await add_all("1", "2")`: an item at each of these positions, titled like it; their ids by position."""

    async def make(*positions: str) -> dict[str, str]:
        return {position: (await add(title=f"at {position}", sortOrder=position))["id"] for position in positions}

    return make


@pytest.fixture
def stored_items(database: asyncpg.Connection[asyncpg.Record]) -> Callable[[], Any]:
    """`await stored_items()`: every row as it is, to prove that nothing changed."""

    async def read() -> list[dict[str, Any]]:
        return [dict(row) for row in await database.fetch("SELECT * FROM wishlist_items ORDER BY id")]

    return read


@pytest.fixture
def listed(alice: httpx.AsyncClient) -> Callable[..., Any]:
    """`await listed()`: ids and positions of alice's wishlist, in its order."""

    async def read(client: httpx.AsyncClient = alice) -> list[tuple[str, str]]:
        answer = await client.get("/api/wishlist")
        assert answer.status_code == 200, answer.text
        return [(item["id"], item["sortOrder"]) for item in answer.json()["data"]]

    return read
