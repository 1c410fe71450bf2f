"""Requests that come twice with one `Idempotency-Key` (docs/decisions/0024), by REST and by GraphQL."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from gateway import idempotency, worker
from gateway.dev.api import ROOT
from resolvers.errors import Conflict
from resolvers.idempotency import store
from resolvers.wishlist import store as wishlist
from tests.gateway.conftest import MOC
from tests.gateway.rest.uploads.conftest import picture

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    import asyncpg
    import httpx
    from fastapi import FastAPI

    Connection = asyncpg.Connection[asyncpg.Record]

KEY = {"Idempotency-Key": "8e03978e-40d5-43dd-bc93-6894a57f9324"}
ITEM = {"title": "Eiffel Tower"}
LIVES = 30
EMPTY = dict.fromkeys(wishlist.WRITABLE)
CREATE = "mutation($title: String!) { createWishlistItem(input: {title: $title}) { id title } }"


def told(answer: httpx.Response) -> tuple[int, bytes, str | None, str | None]:
    """What is the same for the first and the second."""
    return answer.status_code, answer.content, answer.headers["content-type"], answer.headers.get("etag")


def replayed(answer: httpx.Response) -> bool:
    return "idempotent-replayed" in answer.headers


async def items(database: Connection) -> list[str]:
    return [row["title"] for row in await database.fetch("SELECT title FROM wishlist_items ORDER BY created_at")]


@pytest.fixture
async def outage(database: Connection) -> AsyncIterator[Callable[[str, str], Any]]:
    """`async with outage("wishlist_items", "INSERT")`: PostgreSQL breaks such statements off."""
    await database.execute(
        "CREATE FUNCTION broken_off() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'of this test' USING ERRCODE = 'query_canceled'; END $$"
    )

    @asynccontextmanager
    async def out(table: str, event: str, condition: str = "true") -> AsyncIterator[None]:
        when = f"FOR EACH ROW WHEN ({condition}) EXECUTE FUNCTION broken_off()"
        await database.execute(f"CREATE TRIGGER broken_off BEFORE {event} ON {table} {when}")
        yield
        await database.execute(f"DROP TRIGGER broken_off ON {table}")

    yield out
    await database.execute("DROP FUNCTION broken_off CASCADE")


@pytest.fixture
def warnings(caplog: pytest.LogCaptureFixture) -> Iterator[Callable[[], list[str]]]:
    """`warnings()`: what was said about answers that were not kept."""
    logger = logging.getLogger("brickgate.idempotency")  # whose records an application keeps from pytest
    logger.addHandler(caplog.handler)
    yield lambda: [record.getMessage() for record in dict.fromkeys(caplog.records) if record.name == logger.name]
    logger.removeHandler(caplog.handler)


async def test_the_second_of_two_has_the_answer_of_the_first(alice: httpx.AsyncClient, database: Connection) -> None:
    first = await alice.post("/api/mocs", json=MOC, headers=KEY)
    assert (first.status_code, replayed(first)) == (201, False)
    assert first.headers["etag"]
    # How it is written does not count: another order of fields, and a slash at the end of the path.
    second = await alice.post("/api/mocs/", json=dict(reversed(MOC.items())), headers=KEY)
    assert replayed(second)
    assert told(second) == told(first)
    assert second.headers["x-request-id"] != first.headers["x-request-id"]
    assert int(second.headers["ratelimit-remaining"]) == int(first.headers["ratelimit-remaining"]) - 1
    assert await database.fetchval("SELECT count(*) FROM moc_instructions") == 1


async def test_the_graph_has_the_same(alice: httpx.AsyncClient, database: Connection) -> None:
    call = {"query": CREATE, "variables": {"title": "Eiffel Tower"}}
    first = await alice.post("/graphql", json=call, headers=KEY)
    assert first.json()["data"]["createWishlistItem"]["title"] == "Eiffel Tower"
    second = await alice.post("/graphql", json=call, headers=KEY)
    assert (told(second), replayed(first), replayed(second)) == (told(first), False, True)
    for other in ({**call, "variables": {"title": "Big Ben"}}, {**call, "query": CREATE.replace(" title }", " }")}):
        refused = await alice.post("/graphql", json=other, headers=KEY)
        assert refused.status_code == 422
        assert refused.json()["errors"][0]["extensions"]["code"] == refused.json()["code"] == "IDEMPOTENCY_MISMATCH"
    assert await items(database) == ["Eiffel Tower"]
    reading = {"query": "{ wishlist { total } }"}  # the same key, without a meaning
    read = await alice.post("/graphql", json=reading, headers=KEY)
    assert (read.json()["data"], replayed(read)) == ({"wishlist": {"total": 1}}, False)


async def test_another_body_is_refused(alice: httpx.AsyncClient, database: Connection) -> None:
    await alice.post("/api/wishlist", json=ITEM, headers=KEY)
    refused = await alice.post("/api/wishlist", json={"title": "Big Ben"}, headers=KEY)
    assert (refused.status_code, refused.json()["code"]) == (422, "IDEMPOTENCY_MISMATCH")
    assert refused.json()["message"] == "This Idempotency-Key was used for another request; make a new one for this"
    assert await items(database) == ["Eiffel Tower"]


async def test_a_key_is_one_users_on_one_path_by_post(
    alice: httpx.AsyncClient, bob: httpx.AsyncClient, database: Connection
) -> None:
    item = (await alice.post("/api/wishlist", json=ITEM, headers=KEY)).json()["data"]
    for client, path, body in ((bob, "/api/wishlist", ITEM), (alice, "/api/albums", {"title": "Castles"})):
        answer = await client.post(path, json=body, headers=KEY)
        assert (answer.status_code, replayed(answer)) == (201, False)
    for title in ("Eiffel", "Tower"):  # what is idempotent by itself needs no key
        answer = await alice.patch(f"/api/wishlist/{item['id']}", json={"title": title}, headers=KEY)
        assert (answer.json()["data"]["title"], replayed(answer)) == (title, False)
    assert sorted(await items(database)) == ["Eiffel Tower", "Tower"]


@pytest.mark.parametrize("key", ["", "x" * 256, "Schlüssel".encode(), "tab\tbed"], ids=["none", "long", "ü", "tab"])
async def test_a_key_that_is_none_is_refused(alice: httpx.AsyncClient, database: Connection, key: Any) -> None:
    refused = await alice.post("/api/wishlist", json=ITEM, headers={"Idempotency-Key": key})
    assert (refused.status_code, refused.json()["code"]) == (400, "BAD_REQUEST")
    assert refused.json()["message"].startswith("Idempotency-Key must be 1 to 255 printable ASCII characters")
    assert await items(database) == []
    assert (await alice.post("/api/wishlist", json=ITEM, headers={"Idempotency-Key": '"~ ' * 85})).status_code == 201


async def test_nobody_needs_to_sign_in_to_be_told_so(anonymous: httpx.AsyncClient, database: Connection) -> None:
    assert (await anonymous.post("/api/wishlist", json=ITEM, headers=KEY)).status_code == 401
    answer = await anonymous.post("/graphql", json={"query": CREATE, "variables": {"title": "x"}}, headers=KEY)
    assert answer.json()["errors"][0]["extensions"]["code"] == "UNAUTHORIZED"
    assert await database.fetchval("SELECT count(*) FROM idempotency_keys") == 0


async def test_doubles_of_one_moment_execute_once(alice: httpx.AsyncClient, database: Connection) -> None:
    answers = await asyncio.gather(*(alice.post("/api/wishlist", json=ITEM, headers=KEY) for _ in range(5)))
    assert {told(answer) for answer in answers} == {told(answers[0])}
    assert answers[0].status_code == 201
    assert sorted(map(replayed, answers)) == [False, True, True, True, True]
    assert await items(database) == ["Eiffel Tower"]


async def test_whoever_waits_too_long_is_told_to_come_again(
    alice: httpx.AsyncClient, database: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(idempotency, "_PAUSES", (0.01, 0.02))
    await alice.post("/api/wishlist", json=ITEM, headers=KEY)
    await database.execute("UPDATE idempotency_keys SET status = NULL, committed_at = NULL")  # as if still at work
    waiting = await alice.post("/api/wishlist", json=ITEM, headers=KEY)
    assert (waiting.status_code, waiting.json()["code"], waiting.headers["retry-after"]) == (409, "CONFLICT", "1")
    assert "still being carried out" in waiting.json()["message"]
    other = await alice.post("/api/wishlist", json={"title": "Big Ben"}, headers=KEY)
    assert other.status_code == 422
    assert await items(database) == ["Eiffel Tower"]


async def test_whoever_dies_before_the_commit_has_the_key_for_a_minute(
    alice: httpx.AsyncClient, database: Connection
) -> None:
    await alice.post("/api/wishlist", json=ITEM, headers=KEY)
    await database.execute("DELETE FROM wishlist_items")
    lost = "UPDATE idempotency_keys SET status = NULL, committed_at = NULL, leased_until = timezone('utc', now())"
    await database.execute(lost)
    answer = await alice.post("/api/wishlist", json=ITEM, headers=KEY)
    assert (answer.status_code, replayed(answer)) == (201, False)
    assert await items(database) == ["Eiffel Tower"]
    assert replayed(await alice.post("/api/wishlist", json=ITEM, headers=KEY))


async def test_whoever_dies_after_the_commit_is_not_carried_out_again(
    alice: httpx.AsyncClient, database: Connection
) -> None:
    await alice.post("/api/wishlist", json=ITEM, headers=KEY)
    await database.execute("UPDATE idempotency_keys SET status = NULL, leased_until = timezone('utc', now())")
    answer = await alice.post("/api/wishlist", json=ITEM, headers=KEY)
    assert (answer.status_code, answer.json()["code"]) == (409, "CONFLICT")
    assert "took effect, at least in part, and its answer was lost" in answer.json()["message"]
    assert await items(database) == ["Eiffel Tower"]


@pytest.mark.slow
async def test_a_process_that_is_killed_at_any_moment_has_carried_it_out_once_or_not_at_all(
    alice: httpx.AsyncClient, database: Connection, environment: dict[str, str], token: Callable[[str], str]
) -> None:
    lives = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.gateway.mortal", token("alice"), f"{LIVES}"),
        cwd=ROOT,
        env={**os.environ, **environment, "LOG_LEVEL": "ERROR"},
        stdout=asyncio.subprocess.PIPE,
    )
    ends = (await lives.communicate())[0].decode().split()
    assert len(ends) == LIVES
    assert set(ends) == {"killed", "answered"}, "death comes before and after the answer"
    before = await items(database)
    assert len(set(before)) == len(before) < LIVES
    await database.execute("UPDATE idempotency_keys SET leased_until = timezone('utc', now())")
    for key in map(str, range(LIVES)):
        answer = await alice.post("/api/wishlist", json={"title": key}, headers={"Idempotency-Key": key})
        assert (answer.status_code, replayed(answer)) in (
            {(201, True), (409, False)} if key in before else {(201, False)}
        )
    assert sorted(await items(database)) == sorted(map(str, range(LIVES)))


async def test_whoever_is_late_changes_nothing(app: FastAPI, database: Connection) -> None:
    services = app.state.gateway.services
    late, next_one = (store.Claim("key", f"{digit}0000000-0000-4000-8000-000000000000") for digit in "12")
    assert await store.claim(services.database, late, "alice", "print")
    assert not await store.claim(services.database, next_one, "alice", "print")
    await database.execute("UPDATE idempotency_keys SET leased_until = timezone('utc', now())")
    assert await store.claim(services.database, next_one, "alice", "print")

    async def carried_out(own: store.Claim) -> None:
        async with services.transaction(["alice"]) as transaction:
            await wishlist.insert_item(transaction, "alice", {**EMPTY, "title": own.owner[0], "sort_order": "1"})
            await store.commit(transaction, own)
        await store.keep(services.database, own, 201, {}, own.owner[:1].encode())

    with pytest.raises(Conflict):
        await carried_out(late)
    assert await items(database) == []
    await carried_out(next_one)
    await store.keep(services.database, late, 201, {}, b"1")
    assert await items(database) == ["2"]
    found = await store.find(services.database, "key")
    assert found is not None
    assert found["content"] == b"2"


async def test_refusals_before_the_execution_leave_the_key_free(alice: httpx.AsyncClient, database: Connection) -> None:
    for wrong in ({}, {"title": ""}, {"title": 7}):  # of the binding, of the rules, of the schema
        assert (await alice.post("/api/wishlist", json=wrong, headers=KEY)).status_code == 400
    corrected = await alice.post("/api/wishlist", json=ITEM, headers=KEY)
    assert (corrected.status_code, replayed(corrected)) == (201, False)
    assert await items(database) == ["Eiffel Tower"]


async def test_refusals_of_the_execution_are_kept(alice: httpx.AsyncClient, create: Callable[..., Any]) -> None:
    moc = await create()
    first = await alice.post("/api/mocs", json=MOC, headers=KEY)
    assert first.status_code == 409
    assert (await alice.delete(f"/api/mocs/{moc['id']}")).status_code == 200
    second = await alice.post("/api/mocs", json=MOC, headers=KEY)
    assert (told(second), replayed(second)) == (told(first), True)


async def test_an_outage_leaves_the_key_free(
    alice: httpx.AsyncClient, database: Connection, outage: Callable[..., Any]
) -> None:
    async with outage("wishlist_items", "INSERT"):
        for path, body in (
            ("/api/wishlist", ITEM),
            ("/graphql", {"query": CREATE, "variables": {"title": "Big Ben"}}),
        ):
            answer = await alice.post(path, json=body, headers=KEY)
            assert b"SERVICE_UNAVAILABLE" in answer.content
    assert await items(database) == []
    answer = await alice.post("/api/wishlist", json=ITEM, headers=KEY)
    assert (answer.status_code, replayed(answer)) == (201, False)
    answer = await alice.post("/graphql", json={"query": CREATE, "variables": {"title": "Big Ben"}}, headers=KEY)
    assert answer.json()["data"]["createWishlistItem"]["title"] == "Big Ben"


async def test_without_a_claim_nothing_is_carried_out(
    alice: httpx.AsyncClient, database: Connection, outage: Callable[..., Any]
) -> None:
    async with outage("idempotency_keys", "INSERT"):
        rest = await alice.post("/api/wishlist", json=ITEM, headers=KEY)
        graph = await alice.post("/graphql", json={"query": CREATE, "variables": ITEM}, headers=KEY)
    assert (rest.status_code, graph.status_code) == (503, 503)
    assert graph.json()["errors"][0]["extensions"]["code"] == rest.json()["code"] == "SERVICE_UNAVAILABLE"
    assert await items(database) == []


async def test_what_took_effect_in_part_is_kept(alice: httpx.AsyncClient, database: Connection) -> None:
    """Two mutations of one document, of which the second is refused for what could be corrected."""
    both = 'mutation { a: createWishlistItem(input: {title: "A"}) { title } b: createWishlistItem(input: {title: ""}) { title } }'
    first = await alice.post("/graphql", json={"query": both}, headers=KEY)
    assert first.json()["errors"][0]["extensions"]["code"] == "VALIDATION_ERROR"
    second = await alice.post("/graphql", json={"query": both}, headers=KEY)
    assert (told(second), replayed(second)) == (told(first), True)
    assert await items(database) == ["A"]


async def test_an_answer_that_cannot_be_kept_is_given_all_the_same(
    alice: httpx.AsyncClient, database: Connection, outage: Callable[..., Any], warnings: Callable[[], list[str]]
) -> None:
    async with outage("idempotency_keys", "UPDATE", "NEW.status IS NOT NULL"):
        assert (await alice.post("/api/wishlist", json=ITEM, headers=KEY)).status_code == 201
    assert warnings() == ["answer not kept"]
    await database.execute("UPDATE idempotency_keys SET leased_until = timezone('utc', now())")
    assert (await alice.post("/api/wishlist", json=ITEM, headers=KEY)).status_code == 409
    assert await items(database) == ["Eiffel Tower"]


async def test_a_form_is_known_by_what_it_holds(alice: httpx.AsyncClient, database: Connection) -> None:
    """A browser makes up another boundary each time; another picture or another name of it is another form."""
    small, large = picture(), picture(size=(31, 17))

    async def send(content: bytes, name: str) -> httpx.Response:
        return await alice.post("/api/images", data={"title": "Castle"}, files={"image": (name, content)}, headers=KEY)

    first, second = await send(small, "a.png"), await send(small, "a.png")
    assert (first.status_code, told(second), replayed(second)) == (201, told(first), True)
    assert [(await send(*other)).status_code for other in ((large, "a.png"), (small, "b.png"))] == [422, 422]
    assert await database.fetchval("SELECT count(*) FROM gallery_images") == 1


async def test_readers_see_what_was_written_under_a_key(alice: httpx.AsyncClient) -> None:
    assert (await alice.get("/api/wishlist")).json()["total"] == 0
    for _ in range(2):
        await alice.post("/api/wishlist", json=ITEM, headers=KEY)
        assert (await alice.get("/api/wishlist")).json()["total"] == 1


async def test_what_changes_others_data_is_marked_too(
    alice: httpx.AsyncClient, bob: httpx.AsyncClient, database: Connection
) -> None:
    image = (await alice.post("/api/images", files={"a": ("a.png", picture())})).json()["data"]
    first = await bob.post("/api/flag", json={"imageId": image["id"]}, headers=KEY)
    assert first.status_code == 201
    assert await database.fetchval("SELECT committed_at IS NOT NULL FROM idempotency_keys")
    assert told(await bob.post("/api/flag", json={"imageId": image["id"]}, headers=KEY)) == told(first)


async def test_without_a_key_nothing_more_is_asked(alice: httpx.AsyncClient, statements: Callable[[], Any]) -> None:
    await alice.post("/api/wishlist", json=ITEM)
    plain = await statements()
    assert [sql for sql in plain if "idempotency_keys" in sql] == []
    await alice.post("/api/wishlist", json={"title": "Big Ben"}, headers=KEY)
    keyed = await statements()
    assert len(keyed) == len(plain) + 3
    await alice.post("/api/wishlist", json={"title": "Big Ben"}, headers=KEY)
    assert len(await statements()) == 2


async def test_a_day_later_the_key_is_free_and_the_worker_forgets_it(
    app: FastAPI, alice: httpx.AsyncClient, database: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    await alice.post("/api/wishlist", json=ITEM, headers=KEY)
    over = "UPDATE idempotency_keys SET expires_at = expires_at - interval '1 day'"
    await database.execute(over)
    answer = await alice.post("/api/wishlist", json={"title": "Big Ben"}, headers=KEY)
    assert (answer.status_code, replayed(answer)) == (201, False)
    for number in range(5):
        await alice.post("/api/wishlist", json=ITEM, headers={"Idempotency-Key": str(number)})
    kept = await alice.post("/api/wishlist", json=ITEM, headers={"Idempotency-Key": "kept"})
    await database.execute(f"{over} WHERE content <> $1", kept.content)
    monkeypatch.setattr(worker, "BATCH", 2)
    await worker.drain(app.state.gateway.services)
    assert await database.fetchval("SELECT count(*) FROM idempotency_keys") == 1
    assert replayed(await alice.post("/api/wishlist", json=ITEM, headers={"Idempotency-Key": "kept"}))
