"""DELETE /api/mocs/{id} (PRD 2.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    import asyncpg
    import httpx

    from gateway.dev.aws import Aws

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


@pytest.mark.prd("2.6.7")
@pytest.mark.parametrize(
    ("event", "table", "condition"),
    [
        ("DELETE", "moc_parts_lists", "true"),
        ("INSERT", "outbox", "NEW.topic = 'delete-objects'"),  # the last statement: by it the objects go
    ],
)
async def test_a_deletion_that_breaks_off_has_deleted_nothing(
    process: Callable[..., httpx.AsyncClient],
    aws: Aws,
    create: Callable[..., Any],
    database: asyncpg.Connection[asyncpg.Record],
    event: str,
    table: str,
    condition: str,
) -> None:
    moc = await create()
    url = f"https://{aws.bucket}.s3.{aws.region}.amazonaws.com/mocs/{moc['userId']}/{moc['id']}/a.pdf"
    await database.execute(
        "INSERT INTO moc_files (moc_id, file_type, file_url) VALUES ($1, 'instruction', $2)", moc["id"], url
    )
    await database.execute("INSERT INTO moc_parts_lists (moc_id, title) VALUES ($1, 'Parts')", moc["id"])

    async def everything() -> list[list[str]]:
        tables = ("moc_instructions", "moc_files", "moc_parts_lists", "outbox")
        return [
            [row["row"] for row in await database.fetch(f"SELECT t::text AS row FROM {name} t ORDER BY id")]
            for name in tables
        ]

    before = await everything()
    await database.execute(
        "CREATE FUNCTION broken_off() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'of this test'; END $$"
    )
    try:
        await database.execute(
            f"CREATE TRIGGER broken_off BEFORE {event} ON {table}"
            f" FOR EACH ROW WHEN ({condition}) EXECUTE FUNCTION broken_off()"
        )
        answer = await process(raising=False).delete(f"/api/mocs/{moc['id']}")
    finally:
        await database.execute("DROP FUNCTION broken_off CASCADE")
    assert (answer.status_code, answer.json()["code"]) == (500, "INTERNAL_ERROR")
    assert await everything() == before
    assert (await process().delete(f"/api/mocs/{moc['id']}")).status_code == 200


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
