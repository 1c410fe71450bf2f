"""DELETE /api/mocs/{id} (PRD 2.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    import asyncpg
    import httpx

UNKNOWN = "00000000-0000-4000-8000-000000000000"


@pytest.mark.prd("2.6.1")
@pytest.mark.prd("2.6.3")
@pytest.mark.prd("2.6.8")
async def test_a_moc_goes_with_all_that_belongs_to_it(
    alice: httpx.AsyncClient, create: Callable[..., Any], database: asyncpg.Connection[asyncpg.Record]
) -> None:
    moc = await create()
    await database.execute(
        "INSERT INTO moc_files (moc_id, file_type, file_url) VALUES ($1, 'instruction', '/f')", moc["id"]
    )
    await database.execute("INSERT INTO moc_parts_lists (moc_id, title) VALUES ($1, 'Parts')", moc["id"])
    image_id = await database.fetchval(
        "INSERT INTO gallery_images (user_id, title, image_url) VALUES ($1, 'i', '/i') RETURNING id", moc["userId"]
    )
    await database.execute(
        "INSERT INTO moc_gallery_images (moc_id, gallery_image_id) VALUES ($1, $2)", moc["id"], image_id
    )
    answer = await alice.delete(f"/api/mocs/{moc['id']}")
    body = answer.json()
    assert (answer.status_code, body["success"], body["message"]) == (200, True, "MOC deleted successfully")
    assert set(body) == {"success", "message", "timestamp"}
    for table in ("moc_instructions", "moc_files", "moc_parts_lists", "moc_gallery_images"):
        assert await database.fetchval(f"SELECT count(*) FROM {table}") == 0
    assert await database.fetchval("SELECT count(*) FROM gallery_images") == 1
    again = await alice.delete(f"/api/mocs/{moc['id']}")
    assert (again.status_code, again.json()["code"]) == (404, "NOT_FOUND")


@pytest.mark.prd("2.6.2")
@pytest.mark.prd("2.6.9")
async def test_another_users_moc_stays(
    bob: httpx.AsyncClient, create: Callable[..., Any], stored: Callable[[str], Any]
) -> None:
    moc = await create()
    before = await stored(moc["id"])
    answer = await bob.delete(f"/api/mocs/{moc['id']}")
    assert (answer.status_code, answer.json()["code"]) == (403, "FORBIDDEN")
    assert await stored(moc["id"]) == before


@pytest.mark.prd("2.6.9")
@pytest.mark.parametrize("moc_id", [UNKNOWN, "xyz"])
async def test_what_is_not_there_is_not_found(alice: httpx.AsyncClient, moc_id: str) -> None:
    answer = await alice.delete(f"/api/mocs/{moc_id}")
    assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")


async def test_a_stale_version_deletes_nothing(
    alice: httpx.AsyncClient, create: Callable[..., Any], stored: Callable[[str], Any]
) -> None:
    moc = await create()
    path = f"/api/mocs/{moc['id']}"
    etag = (await alice.get(path)).headers["etag"]
    await alice.patch(path, json={"theme": "x"})
    answer = await alice.delete(path, headers={"if-match": etag})
    assert (answer.status_code, answer.json()["code"]) == (412, "PRECONDITION_FAILED")
    assert await stored(moc["id"]) is not None
