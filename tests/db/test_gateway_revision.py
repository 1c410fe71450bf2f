from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import asyncpg
import pytest

from db import migrate

if TYPE_CHECKING:
    from collections.abc import Iterable

MOC, IMAGE, ALBUM, LIST = (UUID(f"{digit}0000000-0000-4000-8000-000000000001") for digit in "1348")


def link(digit: int, number: int) -> UUID:
    return UUID(f"{digit}0000000-0000-4000-8000-{number:012}")


async def write_as_the_legacy_service_does(connection: asyncpg.Connection[asyncpg.Record]) -> None:
    await connection.execute(
        "INSERT INTO moc_instructions (id, user_id, title, description, type, author, tags, created_at, updated_at)"
        " VALUES ($1, 'alice', 'Medieval Castle', 'With a drawbridge', 'moc', 'Alice', '[\"modular\"]', now(), now())",
        MOC,
    )
    await connection.execute(
        "INSERT INTO gallery_images (id, user_id, title, description, tags, image_url, album_id, flagged)"
        " VALUES ($1, 'alice', 'Towers', NULL, NULL, '/uploads/towers.png', NULL, false)",
        IMAGE,
    )
    await connection.execute(
        "INSERT INTO gallery_albums (id, user_id, title, description) VALUES ($1, 'alice', 'Castles', 'All of them')",
        ALBUM,
    )
    await connection.execute(
        "INSERT INTO wishlist_items (user_id, title, description, product_link, image_url, category, sort_order)"
        " VALUES ('alice', 'Eiffel Tower', 'Big', NULL, NULL, 'Landmarks', '1')"
    )
    await connection.execute("INSERT INTO moc_parts_lists (id, moc_id, title) VALUES ($1, $2, 'Parts')", LIST, MOC)


async def searches(connection: asyncpg.Connection[asyncpg.Record]) -> list[str]:
    tables = ("moc_instructions", "gallery_images", "gallery_albums", "wishlist_items")
    return [await connection.fetchval(f"SELECT search::text FROM {table}") for table in tables]


INDEXED = [
    "'castl':2A 'drawbridg':6C 'mediev':1A 'modular':3B",
    "'tower':1A",
    "'castl':1A",
    "'big':4C 'eiffel':1A 'landmark':3B 'tower':2A",
]


async def test_rows_from_before_the_upgrade_are_kept_and_found(
    legacy_database: str, connection: asyncpg.Connection[asyncpg.Record]
) -> None:
    await write_as_the_legacy_service_does(connection)
    migrate.adopt(legacy_database)
    assert await searches(connection) == INDEXED


async def test_the_legacy_service_goes_on_writing_after_the_upgrade(
    empty_database: str, connection: asyncpg.Connection[asyncpg.Record]
) -> None:
    migrate.upgrade(empty_database)
    await write_as_the_legacy_service_does(connection)
    assert await searches(connection) == INDEXED
    await connection.execute("UPDATE moc_instructions SET title = 'Ship', tags = NULL, description = NULL")
    assert (await searches(connection))[0] == "'ship':1A"


# Four bytes a letter, as many words as can be; as few; and plain ones.
WORDS = {
    "of one letter": (chr(0x20000 + number) for number in range(40_000)),
    "of 400 letters": (chr(0x20000 + number) * 400 for number in range(1_000)),
    "of ASCII": (f"a{number:x}" for number in range(120_000)),
}


@pytest.mark.parametrize("words", WORDS.values(), ids=WORDS)
async def test_a_text_beyond_all_limits_is_stored_and_its_beginning_found(
    empty_database: str, connection: asyncpg.Connection[asyncpg.Record], words: Iterable[str]
) -> None:
    migrate.upgrade(empty_database)
    text = "start " + " ".join(words)
    stored = await connection.fetchval(
        "INSERT INTO gallery_images (user_id, title, description, tags, image_url)"
        " VALUES ('alice', $1, $1, jsonb_build_array($1::text), '/x.png') RETURNING description",
        text,
    )
    assert stored == text
    assert await connection.fetchval("SELECT count(*) FROM gallery_images WHERE search @@ 'start'::tsquery") == 1


async def test_of_duplicate_links_the_first_id_is_kept_and_no_more_can_come(
    legacy_database: str, connection: asyncpg.Connection[asyncpg.Record], caplog: pytest.LogCaptureFixture
) -> None:
    await write_as_the_legacy_service_does(connection)
    add_image = "INSERT INTO moc_gallery_images (id, moc_id, gallery_image_id) VALUES ($1, $2, $3)"
    add_album = "INSERT INTO moc_gallery_albums (id, moc_id, gallery_album_id) VALUES ($1, $2, $3)"
    await connection.executemany(add_image, [(link(6, number), MOC, IMAGE) for number in (3, 1, 2)])
    await connection.executemany(add_album, [(link(7, number), MOC, ALBUM) for number in (2, 1)])
    migrate.adopt(legacy_database)
    images = await connection.fetch("SELECT * FROM moc_gallery_images")
    albums = await connection.fetch("SELECT * FROM moc_gallery_albums")
    assert [tuple(row) for row in images] == [(link(6, 1), MOC, IMAGE)]
    assert [tuple(row) for row in albums] == [(link(7, 1), MOC, ALBUM)]
    assert "deleted 2 duplicate links from moc_gallery_images" in caplog.text
    with pytest.raises(asyncpg.UniqueViolationError, match="moc_gallery_images_moc_image_unique"):
        await connection.execute(add_image, link(6, 9), MOC, IMAGE)
    with pytest.raises(asyncpg.UniqueViolationError, match="moc_gallery_albums_moc_album_unique"):
        await connection.execute(add_album, link(7, 9), MOC, ALBUM)


async def test_parts_go_with_their_list(empty_database: str, connection: asyncpg.Connection[asyncpg.Record]) -> None:
    migrate.upgrade(empty_database)
    await write_as_the_legacy_service_does(connection)
    await connection.execute(
        "INSERT INTO moc_parts (parts_list_id, part_id, quantity) VALUES ($1, '3001', 4), ($1, '3002', 2)", LIST
    )
    assert await connection.fetchval("SELECT sum(quantity) FROM moc_parts") == 6
    await connection.execute("DELETE FROM moc_parts_lists")
    assert await connection.fetchval("SELECT count(*) FROM moc_parts") == 0
