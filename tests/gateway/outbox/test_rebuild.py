"""Indices are made anew while changes go on, and none of them is lost."""

from __future__ import annotations

import asyncio
import random
import uuid
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest

from gateway import indexing, worker
from gateway.cli import main
from gateway.gateway import Gateway
from gateway.operating import operate
from resolvers.documents import store as documents
from resolvers.outbox import store as outbox
from services import mappings
from tests.gateway.outbox.agreement import assert_agree
from tests.gateway.outbox.writer import Writer

if TYPE_CHECKING:
    from collections.abc import Callable

    from opensearchpy import AsyncOpenSearch

    from db.engine import Session
    from resolvers.context import Services
    from settings import Settings

WISHES = "INSERT INTO wishlist_items (user_id, title, sort_order) SELECT 'u', 'wish ' || n, '1' FROM generate_series(1, $1) n"


async def concrete(client: AsyncOpenSearch, prefix: str) -> list[str]:
    return sorted(await client.indices.get_alias(index=f"{prefix}*"))


async def test_the_worker_makes_what_is_missing_of_rows_that_were_there_before(
    services: Services, database: asyncpg.Connection[asyncpg.Record], client: AsyncOpenSearch, prefix: str
) -> None:
    await database.execute(WISHES, 1200)
    await database.execute("DELETE FROM outbox")
    await worker.drain(services)
    assert len((await assert_agree(database, client, prefix))["wishlist_items"]) == 1200
    made = await concrete(client, prefix)
    assert len(made) == 3
    await worker.drain(services)
    assert await concrete(client, prefix) == made
    settings = (await client.indices.get_settings(index=made[0]))[made[0]]["settings"]["index"]
    assert settings["auto_expand_replicas"] == "0-1"


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
async def test_no_change_is_lost_while_indices_are_made_anew(
    services: Services,
    searching: Settings,
    database: asyncpg.Connection[asyncpg.Record],
    database_url: str,
    client: AsyncOpenSearch,
    prefix: str,
    monkeypatch: pytest.MonkeyPatch,
    seed: int,
) -> None:
    monkeypatch.setattr(indexing, "PAGE", 50)  # so that many changes fall between two pages
    await worker.drain(services)
    await database.execute(WISHES, 400)
    others = [Gateway.of(searching).services for _ in range(2)]
    writer = Writer(database_url, random.Random(seed))  # noqa: S311 - the same each time
    stop = asyncio.Event()

    async def write() -> None:
        while not stop.is_set():
            await writer.write()
            await asyncio.sleep(0.005)

    async def work(mine: Services) -> None:
        while not stop.is_set():
            await worker.drain(mine)
            await asyncio.sleep(0.01)

    running = [asyncio.create_task(one) for one in (write(), *(work(other) for other in others))]
    before = await concrete(client, prefix)
    for _ in range(3):
        assert await indexing.rebuild(services, mappings.INDICES) == (dict.fromkeys(mappings.INDICES, 0), [])
    stop.set()
    await asyncio.gather(*running)
    assert writer.count > 100
    async with asyncio.timeout(60):  # what a machine under load has put off comes by itself after seconds
        while await database.fetchval("SELECT count(*) FROM outbox"):
            await database.execute("UPDATE outbox SET due_at = created_at")
            await worker.drain(services)
    await assert_agree(database, client, prefix)
    after = await concrete(client, prefix)
    assert (len(after), set(after) & set(before)) == (3, set())
    await writer.close()
    await asyncio.gather(*(one.close() for one in others))


async def test_what_a_worker_has_indexed_since_a_page_was_read_stays(
    services: Services,
    searching: Settings,
    database: asyncpg.Connection[asyncpg.Record],
    client: AsyncOpenSearch,
    prefix: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await worker.drain(services)
    other = Gateway.of(searching).services
    read = documents.page

    async def slowly(session: Session, table: str, after: str | None, limit: int) -> list[asyncpg.Record]:
        page = await read(session, table, after, limit)
        if after is None:  # the page is old before it is written
            await database.execute("UPDATE wishlist_items SET title = 'changed' WHERE title = 'wish 1'")
            await database.execute("DELETE FROM wishlist_items WHERE title = 'wish 2'")
            await database.execute(
                "INSERT INTO wishlist_items (id, user_id, title, sort_order) VALUES ($1, 'u', 'new', '1')",
                uuid.UUID(int=1),
            )
            assert await worker.drain(other) == 3
        return page

    await database.execute(WISHES, 5)
    await worker.drain(services)
    monkeypatch.setattr(documents, "page", slowly)
    await indexing.rebuild(services, [mappings.WISHLIST])
    found = await assert_agree(database, client, prefix)
    titles = {facts["document"]["title"] for facts in found["wishlist_items"].values()}
    assert titles == {"changed", "wish 3", "wish 4", "wish 5", "new"}
    await other.close()


async def test_a_worker_that_knows_only_the_old_index_is_waited_for(
    services: Services,
    database: asyncpg.Connection[asyncpg.Record],
    database_url: str,
    client: AsyncOpenSearch,
    prefix: str,
) -> None:
    await worker.drain(services)
    before = await concrete(client, prefix)
    await database.execute(WISHES, 1)
    busy = await asyncpg.connect(database_url)  # plays a worker: it holds the row
    async with busy.transaction():
        await busy.fetch("SELECT * FROM outbox FOR UPDATE SKIP LOCKED")
        rebuilding = asyncio.create_task(indexing.rebuild(services, [mappings.WISHLIST]))
        for _ in range(200):
            if len(await concrete(client, prefix)) == 4:
                break
            await asyncio.sleep(0.02)
        _, waiting = await asyncio.wait([rebuilding], timeout=0.5)
        assert waiting
        alias = await client.indices.get_alias(name=f"{prefix}wishlist_items")
        assert set(alias) <= set(before)
    await rebuilding
    assert len(await concrete(client, prefix)) == 3
    await busy.close()
    await worker.drain(services)
    await assert_agree(database, client, prefix)


async def test_one_process_at_a_time_makes_indices_anew_and_workers_go_on_meanwhile(
    services: Services,
    searching: Settings,
    database: asyncpg.Connection[asyncpg.Record],
    database_url: str,
    client: AsyncOpenSearch,
    prefix: str,
    capsys: pytest.CaptureFixture[str],
    opensearch_url: str,
) -> None:
    environ = {
        "DATABASE_URL": database_url,
        "OPENSEARCH_URL": opensearch_url,
        "OPENSEARCH_INDEX_PREFIX": prefix,
    }
    other = Gateway.of(searching).services
    async with other.database.transaction() as transaction:
        await outbox.claim(transaction)
        await database.execute(WISHES, 3)  # nobody is kept from writing
        assert await worker.drain(services) == 3
        assert await client.indices.get_alias(index=f"{prefix}*") == {}
        assert await asyncio.to_thread(main, ["reindex"], environ) == 1
        assert capsys.readouterr().err == "Another process is making indices anew: wait for it, then try again.\n"
    assert await asyncio.to_thread(main, ["reindex", "wishlist_items"], environ) == 0
    assert capsys.readouterr().err == "wishlist_items: 0 of 3 rows\nwishlist_items: 3 of 3 rows\n"
    assert len(await concrete(client, prefix)) == 1
    assert await asyncio.to_thread(main, ["reindex"], environ) == 0
    await assert_agree(database, client, prefix)
    await other.close()


@pytest.mark.parametrize(
    ("arguments", "settings", "complaint"),
    [
        (["mocs"], {}, "There is no index mocs; there are moc_instructions, gallery_images, wishlist_items.\n"),
        ([], {}, "OPENSEARCH_URL is not set: PostgreSQL answers searches, and has its own index.\n"),
        ([], {"OPENSEARCH_URL": "http://127.0.0.1:9"}, "Not made anew, searches go on as before: OpenSearch, for"),
    ],
)
async def test_what_cannot_be_made_anew_is_told_in_a_sentence(
    database_url: str,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    settings: dict[str, str],
    complaint: str,
) -> None:
    environ = {"DATABASE_URL": database_url, **settings}
    assert await asyncio.to_thread(main, ["reindex", *arguments], environ) == 1
    assert capsys.readouterr().err.startswith(complaint)


async def test_an_index_that_there_is_no_time_for_is_gone_on_with(
    services: Services,
    database: asyncpg.Connection[asyncpg.Record],
    client: AsyncOpenSearch,
    prefix: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(indexing, "PAGE", 50)
    await worker.drain(services)
    await database.execute(WISHES, 120)
    await worker.drain(services)
    before = await concrete(client, prefix)
    answers = []
    names = ["wishlist_items", "moc_instructions"]
    event: dict[str, Any] | None = {"operate": "reindex", "indices": names}
    while event:
        answers.append(await operate(services, event, seconds=0))
        event = answers[-1]["next"]
        # What changes meanwhile is in both, and a row that a page still shows as it was is not written over.
        await database.execute("UPDATE wishlist_items SET title = 'changed' WHERE title = 'wish 120'")
        await database.execute("DELETE FROM wishlist_items WHERE title = 'wish 1'")
        await worker.drain(services)
    further = {"operate": "reindex", "indices": names, "resume": True}
    assert answers == [*[{"refused": {}, "next": further}] * 3, {"refused": dict.fromkeys(names, 0), "next": None}]
    assert len(set(await concrete(client, prefix)) & set(before)) == 1  # of the gallery, which nobody has named
    assert len((await assert_agree(database, client, prefix))["wishlist_items"]) == 119


async def test_what_is_begun_anew_holds_nothing_of_what_was_not_finished(
    services: Services,
    database: asyncpg.Connection[asyncpg.Record],
    client: AsyncOpenSearch,
    prefix: str,
) -> None:
    await worker.drain(services)
    await database.execute(WISHES, 3)
    await worker.drain(services)
    asked = {"operate": "reindex", "indices": []}
    stopped = await operate(services, {**asked, "indices": ["wishlist_items"]}, seconds=0)
    assert stopped["next"]
    await database.execute("DELETE FROM wishlist_items")
    await database.execute("DELETE FROM outbox")  # as a database is that was restored
    begun = await operate(services, asked, seconds=0)
    assert begun == {"refused": dict.fromkeys(mappings.INDICES, 0), "next": None}
    assert len(await concrete(client, prefix)) == 3
    await assert_agree(database, client, prefix)


async def test_the_worker_goes_on_with_an_index_that_is_missing(
    services: Services,
    database: asyncpg.Connection[asyncpg.Record],
    client: AsyncOpenSearch,
    prefix: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(indexing, "PAGE", 50)
    await database.execute(WISHES, 120)
    await database.execute("DELETE FROM outbox")
    made = []
    for _ in range(4):
        await worker.drain(services, 0)
        made.append(await concrete(client, prefix))
    assert [len(names) for names in made] == [3, 3, 3, 3]
    assert made == made[:1] * 4
    assert len((await assert_agree(database, client, prefix))["wishlist_items"]) == 120


async def test_leftovers_of_a_rebuild_that_died_are_removed(
    services: Services, client: AsyncOpenSearch, prefix: str, database: asyncpg.Connection[asyncpg.Record]
) -> None:
    await worker.drain(services)
    assert services.indices
    left = await services.indices.create(mappings.MOCS)
    assert left in await concrete(client, prefix)
    await database.execute("INSERT INTO moc_instructions (user_id, title, type) VALUES ('u', 'x', 'moc')")
    await worker.drain(services)  # it is written to, and read by nobody
    assert (await client.count(index=left, params={"ignore": "404"}))["count"] == 1
    await indexing.rebuild(services, [mappings.MOCS])
    assert left not in await concrete(client, prefix)
    await assert_agree(database, client, prefix)


@pytest.mark.prd("1.5.5")
async def test_each_index_is_made_by_a_template_of_its_own(
    services: Services, client: AsyncOpenSearch, prefix: str
) -> None:
    await worker.drain(services)
    templates = (await client.indices.get_index_template(name=f"{prefix}*"))["index_templates"]
    assert {one["name"] for one in templates} == {
        f"{prefix}moc_instructions",
        f"{prefix}gallery_images",
        f"{prefix}wishlist_items",
    }
    for one in templates:
        (made,) = (await client.indices.get_mapping(index=one["name"])).values()
        assert made["mappings"]["properties"] == one["index_template"]["template"]["mappings"]["properties"]


async def test_an_index_of_somebody_elses_is_left_alone(
    services: Services,
    client: AsyncOpenSearch,
    prefix: str,
    database: asyncpg.Connection[asyncpg.Record],
    left: Callable[[], Any],
    logged: Callable[[str], list[dict[str, Any]]],
) -> None:
    await client.index(index=f"{prefix}moc_instructions", id=str(uuid.uuid4()), body={"theirs": 1})
    await database.execute(WISHES, 1)
    await worker.drain(services)
    (said,) = logged("the indices could not be prepared")
    assert "set OPENSEARCH_INDEX_PREFIX" in said["errorMessage"]
    assert await concrete(client, prefix) == [f"{prefix}moc_instructions"]
    (row,) = await left()
    assert (row["attempts"], row["dead_at"], "somebody else's" in row["error"]) == (0, None, True)
