"""Parts lists of alice's MOCs, and how they are stored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.gateway.rest.uploads.conftest import bucket, work

if TYPE_CHECKING:
    from collections.abc import Callable

    import asyncpg
    import httpx

__all__ = ["bucket", "work"]  # fixtures that tests of uploads share


@pytest.fixture
def add(alice: httpx.AsyncClient) -> Callable[..., Any]:
    """`await add(moc, title="...")`: a parts list of that MOC, made over REST; its data."""

    async def make(moc: dict[str, Any], client: httpx.AsyncClient = alice, **fields: Any) -> dict[str, Any]:
        answer = await client.post(f"/api/mocs/{moc['id']}/parts-lists", json={"title": "Parts", **fields})
        assert answer.status_code == 201, answer.text
        data: dict[str, Any] = answer.json()["data"]
        return data

    return make


@pytest.fixture
def add_file(database: asyncpg.Connection[asyncpg.Record]) -> Callable[..., Any]:
    """`await add_file(moc)`: the id of a new file of that MOC."""

    async def make(moc: dict[str, Any], name: str = "parts.csv") -> str:
        statement = """
            INSERT INTO moc_files (moc_id, file_type, file_url, original_filename) VALUES ($1, 'parts-list', '/f', $2)
            RETURNING id
        """
        return str(await database.fetchval(statement, moc["id"], name))

    return make


@pytest.fixture
def add_parts(database: asyncpg.Connection[asyncpg.Record]) -> Callable[..., Any]:
    """`await add_parts(parts_list, ("3001", "Brick 2 x 4", 8, "Red"), ...)`: parts on that list."""

    async def make(parts_list: dict[str, Any], *parts: tuple[str, str | None, int, str | None]) -> None:
        await database.executemany(
            "INSERT INTO moc_parts (parts_list_id, part_id, part_name, quantity, color) VALUES ($1, $2, $3, $4, $5)",
            [(parts_list["id"], *part) for part in parts],
        )

    return make


@pytest.fixture
def stored_lists(database: asyncpg.Connection[asyncpg.Record]) -> Callable[[], Any]:
    """`await stored_lists()`: every row as it is, to prove that nothing changed."""

    async def read() -> list[dict[str, Any]]:
        return [dict(row) for row in await database.fetch("SELECT * FROM moc_parts_lists ORDER BY id")]

    return read
