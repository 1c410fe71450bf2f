"""From a row to its document: whoever writes, whatever order workers work in."""

from __future__ import annotations

import asyncio
import json
import uuid
from typing import TYPE_CHECKING, Any

import pytest

from gateway import worker
from gateway.gateway import Gateway
from services.indices import Document
from tests.gateway.outbox.agreement import assert_agree, living

if TYPE_CHECKING:
    from collections.abc import Callable

    import asyncpg
    import httpx
    from opensearchpy import AsyncOpenSearch

    from resolvers.context import Services
    from settings import Settings

INSERTS = {
    "moc_instructions": "INSERT INTO moc_instructions (user_id, title, type, tags) VALUES ('u', $1, 'moc', '[\"a\"]') RETURNING id",
    "gallery_images": "INSERT INTO gallery_images (user_id, title, image_url) VALUES ('u', $1, '/x.png') RETURNING id",
    "gallery_albums": "INSERT INTO gallery_albums (user_id, title) VALUES ('u', $1) RETURNING id",
    "wishlist_items": "INSERT INTO wishlist_items (user_id, title, sort_order) VALUES ('u', $1, '1') RETURNING id",
}


async def insert(database: asyncpg.Connection[asyncpg.Record], table: str, title: str = "first") -> str:
    return str(await database.fetchval(INSERTS[table], title))


@pytest.mark.prd("2.4.7")
@pytest.mark.prd("2.5.7")
@pytest.mark.prd("2.6.5")
async def test_a_moc_is_indexed_when_made_and_changed_and_its_document_goes_with_it(
    alice: httpx.AsyncClient,
    create: Callable[..., Any],
    services: Services,
    database: asyncpg.Connection[asyncpg.Record],
    client: AsyncOpenSearch,
    prefix: str,
) -> None:
    made = await create(tags=["wind"])
    path = f"/api/mocs/{made['id']}"
    await worker.drain(services)
    (document,) = (await assert_agree(database, client, prefix))["moc_instructions"].values()
    assert (document["document"]["title"], document["document"]["tags"]) == ("Windmill", ["wind"])
    assert (await alice.patch(path, json={"title": "Watermill"})).status_code == 200
    await worker.drain(services)
    (document,) = (await assert_agree(database, client, prefix))["moc_instructions"].values()
    assert document["document"]["title"] == "Watermill"
    assert (await alice.delete(path)).status_code in {200, 204}
    await worker.drain(services)
    assert (await assert_agree(database, client, prefix))["moc_instructions"] == {}


@pytest.mark.parametrize(
    "table",
    [
        "moc_instructions",
        pytest.param("gallery_images", marks=[pytest.mark.prd("3.2.7"), pytest.mark.prd("3.3.8")]),
        pytest.param("gallery_albums", marks=pytest.mark.prd("3.4.9")),
        pytest.param("wishlist_items", marks=pytest.mark.prd("3.6.9")),
    ],
)
async def test_whatever_is_written_in_sql_is_indexed(
    services: Services,
    database: asyncpg.Connection[asyncpg.Record],
    client: AsyncOpenSearch,
    prefix: str,
    indexed: Callable[[], Any],
    left: Callable[[], Any],
    table: str,
) -> None:
    index = "gallery_images" if table == "gallery_albums" else table
    identifier = await insert(database, table)
    assert await worker.drain(services) == 1
    assert (await assert_agree(database, client, prefix))[index][identifier]["document"]["title"] == "first"
    await database.execute(f"UPDATE {table} SET title = 'second'")
    await database.execute(f"UPDATE {table} SET description = 'more'")
    assert await worker.drain(services) == 2
    found = (await assert_agree(database, client, prefix))[index][identifier]
    assert (found["version"], found["document"]["title"], found["document"]["description"]) == (3, "second", "more")
    await database.execute(f"DELETE FROM {table}")
    assert await worker.drain(services) == 1
    tombstone = (await indexed())[index][identifier]
    assert (tombstone["version"], tombstone["document"].keys()) == (4, {"deleted_at"})
    assert await left() == []


async def test_a_late_update_cannot_revive_a_dead_document(
    services: Services,
    database: asyncpg.Connection[asyncpg.Record],
    indexed: Callable[[], Any],
) -> None:
    identifier = await insert(database, "moc_instructions")
    await worker.drain(services)
    await database.execute("UPDATE moc_instructions SET title = 'second'")
    late = (await database.fetch("SELECT payload FROM outbox"))[0]["payload"]
    await database.execute("DELETE FROM moc_instructions")
    await worker.drain(services)
    # A worker that was stopped before its request went out,
    assert services.indices
    targets = await services.indices.targets()
    assert (
        await services.indices.write(
            [Document("moc_instructions", identifier, 2, {"id": identifier, "user_id": "u", "title": "second"})],
            targets,
            visible=True,
        )
        == {}
    )
    # and a message that comes a second time.
    await database.execute("INSERT INTO outbox (topic, payload, due_at) VALUES ('changed', $1, '2020-01-01')", late)
    assert await worker.drain(services) == 1
    assert living(await indexed())["moc_instructions"] == {}


async def test_what_changes_again_meanwhile_is_written_once_as_it_is_now(
    services: Services,
    database: asyncpg.Connection[asyncpg.Record],
    client: AsyncOpenSearch,
    prefix: str,
) -> None:
    for number in range(20):
        identifier = await insert(database, "wishlist_items", f"{number}")
        if number % 2:
            await database.execute(
                "UPDATE wishlist_items SET title = title || '!' WHERE id = $1", uuid.UUID(identifier)
            )
        if number % 5 == 0:
            await database.execute("DELETE FROM wishlist_items WHERE id = $1", uuid.UUID(identifier))
    assert await worker.drain(services) == 34
    found = await assert_agree(database, client, prefix)
    assert len(found["wishlist_items"]) == 16


async def test_workers_share(
    services: Services,
    searching: Settings,
    database: asyncpg.Connection[asyncpg.Record],
    client: AsyncOpenSearch,
    prefix: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(worker, "BATCH", 10)
    await worker.drain(services)
    await database.execute(
        "INSERT INTO gallery_albums (user_id, title) SELECT 'u', 'album ' || n FROM generate_series(1, 100) n"
    )
    others = [Gateway.of(searching).services for _ in range(2)]
    done = await asyncio.gather(*(worker.drain(one) for one in (services, *others)))
    assert sum(done) == 100
    assert len([count for count in done if count]) > 1
    assert len((await assert_agree(database, client, prefix))["gallery_images"]) == 100
    await asyncio.gather(*(one.close() for one in others))


async def test_tombstones_are_swept_after_a_day(
    services: Services,
    database: asyncpg.Connection[asyncpg.Record],
    client: AsyncOpenSearch,
    prefix: str,
    indexed: Callable[[], Any],
) -> None:
    kept, swept = [await insert(database, "wishlist_items") for _ in range(2)]
    await worker.drain(services)
    await database.execute("DELETE FROM wishlist_items")
    await worker.drain(services)
    old = {"doc": {"deleted_at": "2020-01-01T00:00:00Z"}}
    await client.update(index=f"{prefix}wishlist_items", id=swept, body=old, params={"refresh": "true"})
    assert services.indices
    services.indices.rests.clear()  # an hour has passed
    await worker.drain(services)
    assert (await indexed())["wishlist_items"].keys() == {kept}


async def test_what_is_cached_is_expired_for_all_who_see_a_change(
    services: Services, database: asyncpg.Connection[asyncpg.Record], monkeypatch: pytest.MonkeyPatch
) -> None:
    expired: list[set[str]] = []
    assert services.cache
    expire = services.cache.expire

    async def observed(users: set[str]) -> None:
        expired.append(users)
        await expire(users)

    monkeypatch.setattr(services.cache, "expire", observed)
    identifier = await insert(database, "moc_instructions")
    await insert(database, "wishlist_items")
    await database.execute("UPDATE moc_instructions SET user_id = 'v'")
    await database.execute("INSERT INTO moc_parts_lists (moc_id, title) VALUES ($1, 'parts')", uuid.UUID(identifier))
    await database.execute(
        'INSERT INTO outbox (topic, payload) VALUES (\'changed\', \'{"table": "", "user_id": "w"}\')'
    )
    await worker.drain(services)
    assert expired == [{"u", "v", "w"}]


async def test_without_opensearch_only_caches_are_expired(
    settings: Settings, database: asyncpg.Connection[asyncpg.Record], left: Callable[[], Any]
) -> None:
    plain = Gateway.of(settings).services
    await insert(database, "moc_instructions")
    assert await worker.drain(plain) == 1
    assert await left() == []
    await plain.close()


async def test_rows_as_wild_as_the_legacy_service_allows_are_indexed(
    services: Services,
    database: asyncpg.Connection[asyncpg.Record],
    client: AsyncOpenSearch,
    prefix: str,
    left: Callable[[], Any],
) -> None:
    words = " ".join(f"word{number}" for number in range(30_000))
    rows = [
        (json.dumps("bare"), "x"),
        (json.dumps({"an": "object"}), "x"),
        (json.dumps([1, None]), "x" * 60_000),
        (None, words),
    ]
    for number, (tags, text) in enumerate(rows):
        await database.execute(
            "INSERT INTO moc_instructions (user_id, title, description, theme, type, tags) VALUES ('u', $1, $2, $2, 'moc', $3)",
            f"{number}",
            text,
            tags,
        )
    assert await worker.drain(services) == 4
    assert await left() == []
    found = await client.search(index=f"{prefix}moc_instructions", body={"query": {"match": {"description": "word77"}}})
    assert found["hits"]["total"]["value"] == 1
