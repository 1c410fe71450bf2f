"""What the triggers of revision 0004 write down, whoever writes."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest

from db import migrate

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    Told = Callable[[], Awaitable[list[dict[str, Any]]]]

INSERTS = {
    "moc_instructions": "INSERT INTO moc_instructions (user_id, title, type) VALUES ('u', 'x', 'moc') RETURNING id",
    "gallery_images": "INSERT INTO gallery_images (user_id, title, image_url) VALUES ('u', 'x', '/x.png') RETURNING id",
    "gallery_albums": "INSERT INTO gallery_albums (user_id, title) VALUES ('u', 'x') RETURNING id",
    "wishlist_items": "INSERT INTO wishlist_items (user_id, title, sort_order) VALUES ('u', 'x', '1') RETURNING id",
}
OWNED = {
    "moc_files": "INSERT INTO moc_files (moc_id, file_type, file_url) VALUES ($1, 'instruction', '/')",
    "moc_parts_lists": "INSERT INTO moc_parts_lists (moc_id, title) VALUES ($1, 'parts')",
    "moc_parts": (
        "WITH list AS (SELECT id FROM moc_parts_lists WHERE moc_id = $1)"
        " INSERT INTO moc_parts (parts_list_id, part_id, quantity) SELECT id, n::text, 1 FROM list, generate_series(1, 500) n"
    ),
    "moc_gallery_images": "INSERT INTO moc_gallery_images (moc_id, gallery_image_id) SELECT $1, id FROM gallery_images",
    "moc_gallery_albums": "INSERT INTO moc_gallery_albums (moc_id, gallery_album_id) SELECT $1, id FROM gallery_albums",
}


@pytest.fixture
async def told(empty_database: str, connection: asyncpg.Connection[asyncpg.Record]) -> Told:
    """`await told()`: the payloads that were written down since it was last asked."""
    migrate.upgrade(empty_database)

    async def take() -> list[dict[str, Any]]:
        rows = await connection.fetch("DELETE FROM outbox RETURNING id, topic, payload")
        assert {row["topic"] for row in rows} <= {"changed"}
        return [json.loads(row["payload"]) for row in sorted(rows, key=lambda row: int(row["id"]))]

    return take


@pytest.mark.parametrize("table", INSERTS)
async def test_each_change_of_a_row_is_written_down_under_a_version_that_grows(
    told: Told, connection: asyncpg.Connection[asyncpg.Record], table: str
) -> None:
    identifier = await connection.fetchval(INSERTS[table])
    facts = {"table": table, "id": str(identifier), "user_id": "u", "deleted": False}
    assert await told() == [{**facts, "version": 1}]
    await connection.execute(f"UPDATE {table} SET title = title")
    await connection.execute(f"UPDATE {table} SET title = 'y', version = 77")  # nobody sets it
    assert await told() == [{**facts, "version": 2}, {**facts, "version": 3}]
    assert await connection.fetchval(f"SELECT version FROM {table}") == 3
    await connection.execute(f"UPDATE {table} SET title = 'z' WHERE false")
    assert await told() == []
    await connection.execute(f"DELETE FROM {table}")
    assert await told() == [{**facts, "version": 4, "deleted": True}]


async def test_a_change_that_is_rolled_back_is_not_written_down(
    told: Told, connection: asyncpg.Connection[asyncpg.Record]
) -> None:
    transaction = connection.transaction()
    await transaction.start()
    await connection.execute(INSERTS["gallery_albums"])
    await transaction.rollback()
    assert await told() == []


async def test_a_statement_that_changes_many_rows_tells_of_each(
    told: Told, connection: asyncpg.Connection[asyncpg.Record]
) -> None:
    await connection.execute(
        "INSERT INTO wishlist_items (user_id, title, sort_order) SELECT 'u', n::text, n::text FROM generate_series(1, 1000) n"
    )
    assert len({facts["id"] for facts in await told()}) == 1000
    await connection.execute("UPDATE wishlist_items SET sort_order = sort_order || '0'")
    facts = await told()
    assert (len({one["id"] for one in facts}), {one["version"] for one in facts}) == (1000, {2})


async def test_whoever_loses_a_row_is_told_too(told: Told, connection: asyncpg.Connection[asyncpg.Record]) -> None:
    identifier = str(await connection.fetchval(INSERTS["gallery_images"]))
    await told()
    await connection.execute("UPDATE gallery_images SET user_id = 'v'")
    facts = {"table": "gallery_images", "id": identifier, "version": 2}
    assert await told() == [
        {**facts, "user_id": "v", "deleted": False},
        {**facts, "user_id": "u", "deleted": True},
    ]
    await connection.execute("UPDATE gallery_images SET id = gen_random_uuid()")
    new, old = await told()
    assert (new["deleted"], old["deleted"], old["id"]) == (False, True, identifier)
    assert new["id"] != identifier


async def test_a_change_of_what_belongs_to_a_row_tells_its_owner_once_a_statement(
    told: Told, connection: asyncpg.Connection[asyncpg.Record]
) -> None:
    moc = await connection.fetchval(INSERTS["moc_instructions"])
    for table in ("gallery_images", "gallery_albums"):
        await connection.execute(INSERTS[table])
    await told()
    for table, statement in OWNED.items():
        await connection.execute(statement, moc)
        assert await told() == [{"table": table, "user_id": "u"}], table
    for table in OWNED:
        await connection.execute(f"UPDATE {table} SET id = id")
        assert await told() == [{"table": table, "user_id": "u"}], table
    other = await connection.fetchval(INSERTS["moc_instructions"].replace("'u', 'x'", "'v', 'x'"))
    await told()
    await connection.execute("UPDATE moc_files SET moc_id = $1", other)
    assert sorted(facts["user_id"] for facts in await told()) == ["u", "v"]
    for table in reversed(OWNED):
        await connection.execute(f"DELETE FROM {table}")
        assert [facts["user_id"] for facts in await told()] == ["v" if table == "moc_files" else "u"], table


async def test_a_cascade_tells_of_the_row_that_others_went_with(
    told: Told, connection: asyncpg.Connection[asyncpg.Record]
) -> None:
    moc = await connection.fetchval(INSERTS["moc_instructions"])
    image = await connection.fetchval(INSERTS["gallery_images"].replace("'u', 'x'", "'v', 'x'"))
    for table in ("moc_files", "moc_parts_lists", "moc_parts", "moc_gallery_images"):
        await connection.execute(OWNED[table], moc)
    await told()
    await connection.execute("DELETE FROM gallery_images WHERE id = $1", image)  # shown with another user's MOC
    assert sorted((facts["table"], facts["user_id"]) for facts in await told()) == [
        ("gallery_images", "v"),
        ("moc_gallery_images", "u"),
    ]
    await connection.execute("DELETE FROM moc_instructions")
    assert [(facts["table"], facts["deleted"]) for facts in await told()] == [("moc_instructions", True)]


async def test_who_may_write_to_a_table_alone_writes_it_down_all_the_same(
    told: Told, connection: asyncpg.Connection[asyncpg.Record], empty_database: str
) -> None:
    tables = ", ".join(sorted(migrate.LEGACY_TABLES))
    await connection.execute(
        "CREATE ROLE legacy LOGIN PASSWORD 'legacy'; GRANT USAGE ON SCHEMA public TO legacy;"
        f" GRANT SELECT, INSERT, UPDATE, DELETE ON {tables} TO legacy"
    )
    legacy = await asyncpg.connect(re.sub(r"//[^@]+@", "//legacy:legacy@", empty_database))
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await legacy.execute("SELECT FROM outbox")
        await legacy.execute("SET timezone = 'America/New_York'")
        # A table of its own under that name does not lead the triggers astray.
        await legacy.execute("CREATE TEMPORARY TABLE outbox (topic text, payload jsonb, created_at date, due_at date)")
        moc = await legacy.fetchval(INSERTS["moc_instructions"])
        await legacy.execute(OWNED["moc_files"], moc)
        await legacy.execute("UPDATE moc_instructions SET title = 'y'")
        await legacy.execute("DELETE FROM moc_instructions")
    finally:
        await legacy.close()
    ages = "SELECT max(abs(extract(epoch FROM now() AT TIME ZONE 'utc' - due_at))) FROM outbox"
    assert await connection.fetchval(ages) < 60
    assert [facts["table"] for facts in await told()] == [
        "moc_instructions",
        "moc_files",
        "moc_instructions",
        "moc_instructions",
    ]
    await connection.execute("DROP OWNED BY legacy; DROP ROLE legacy")


async def test_a_downgrade_leaves_what_an_older_release_understands(
    told: Told, connection: asyncpg.Connection[asyncpg.Record], empty_database: str
) -> None:
    await connection.execute(INSERTS["gallery_albums"])
    await connection.execute("INSERT INTO outbox (topic, payload) VALUES ('delete-objects', '{}')")
    migrate.downgrade(empty_database, "0003")
    assert [row["topic"] for row in await connection.fetch("SELECT topic FROM outbox")] == ["delete-objects"]
    await connection.execute("UPDATE gallery_albums SET title = 'y'")
    assert await connection.fetchval("SELECT count(*) FROM outbox") == 1
    assert callable(told)
