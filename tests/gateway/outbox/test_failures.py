"""What fails by its own fault is dead in the end and before an operator; what fails because a part is away waits for it."""

from __future__ import annotations

import asyncio
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from gateway import worker
from gateway.app import create_app
from gateway.cli import main
from gateway.dev.process import free_port
from gateway.gateway import Gateway
from tests.gateway.outbox.agreement import assert_agree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import asyncpg
    from opensearchpy import AsyncOpenSearch

    from gateway.dev.aws import Aws
    from resolvers.context import Services
    from settings import Settings

WISH = "INSERT INTO wishlist_items (user_id, title, sort_order) VALUES ('u', $1, '1')"
# A year of five digits is no date to OpenSearch.
REFUSED = "INSERT INTO moc_instructions (user_id, title, type, updated_at) VALUES ('u', 'x', 'moc', '20000-01-01')"


async def now(database: asyncpg.Connection[asyncpg.Record]) -> None:
    """Time has passed: everything that waits is due."""
    await database.execute("UPDATE outbox SET due_at = now() AT TIME ZONE 'utc' - interval '1 second'")


async def tried_to_death(services: Services, database: asyncpg.Connection[asyncpg.Record]) -> list[float]:
    """Drain ten times; the seconds waited between."""
    waits = []
    for _ in range(10):
        await worker.drain(services)
        waits.append(
            await database.fetchval("SELECT extract(epoch FROM due_at - now() AT TIME ZONE 'utc') FROM outbox LIMIT 1")
        )
        await now(database)
    return waits


@pytest.mark.prd("2.6.10")
@pytest.mark.prd("4.8.6")
async def test_nobody_notices_that_opensearch_and_the_bucket_are_away_but_the_log(
    settings_for: Callable[..., Settings],
    services: Services,
    aws: Aws,
    token: Callable[[str], str],
    database: asyncpg.Connection[asyncpg.Record],
    client: AsyncOpenSearch,
    prefix: str,
    left: Callable[[], Any],
    logged: Callable[[str], list[dict[str, Any]]],
) -> None:
    nobody = f"http://127.0.0.1:{free_port()}"
    app = create_app(settings_for(opensearch_url=nobody, opensearch_index_prefix=prefix, aws_endpoint_url_s3=nobody))
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app),
        base_url="http://test",
        headers={"Authorization": f"Bearer {token('alice')}"},
    ) as alice:
        moc = {"type": "moc", "title": "x", "author": "Alice", "partsCount": 1}
        made = await alice.post("/api/mocs", json=moc)
        assert made.status_code == 201
        path = f"/api/mocs/{made.json()['data']['id']}"
        await database.execute(
            "INSERT INTO moc_files (moc_id, file_type, file_url) SELECT id, 'instruction', $1 FROM moc_instructions",
            f"https://{aws.bucket}.s3.{aws.region}.amazonaws.com/mocs/{aws.users['alice'].sub}/x.pdf",
        )
        assert (await alice.patch(path, json={"title": "y"})).status_code == 200
        deleted = await alice.delete(path)
        assert (deleted.status_code, deleted.json()["success"]) == (200, True)
    assert await worker.drain(app.state.gateway.services) == 0
    put_off = logged("put off")
    assert {facts["topic"] for facts in put_off} == {"changed", "delete-objects"}
    assert all(facts["errorType"] and facts["errorMessage"] for facts in put_off)
    await app.state.gateway.services.close()
    await now(database)
    await worker.drain(services)
    assert await left() == []
    await assert_agree(database, client, prefix)


async def test_while_opensearch_is_away_changes_wait_and_are_indexed_later(
    settings_for: Callable[..., Settings],
    services: Services,
    database: asyncpg.Connection[asyncpg.Record],
    client: AsyncOpenSearch,
    prefix: str,
    left: Callable[[], Any],
) -> None:
    nobody = f"http://127.0.0.1:{free_port()}"
    away = Gateway.of(settings_for(opensearch_url=nobody, opensearch_index_prefix=prefix)).services
    for number in range(20):
        await database.execute(WISH, f"{number}")
    for _ in range(15):
        assert await worker.drain(away) == 0
        await now(database)
    await away.close()
    rows = await left()
    assert {(row["attempts"], row["dead_at"]) for row in rows} == {(0, None)}
    assert all("OpenSearch" in row["error"] for row in rows)
    assert await worker.drain(services) == 20
    assert len((await assert_agree(database, client, prefix))["wishlist_items"]) == 20
    assert await left() == []


async def test_an_opensearch_that_never_answers_holds_up_nothing_else(
    settings_for: Callable[..., Settings],
    silent: str,
    prefix: str,
    database: asyncpg.Connection[asyncpg.Record],
    monkeypatch: pytest.MonkeyPatch,
    left: Callable[[], Any],
    client: AsyncOpenSearch,
) -> None:
    monkeypatch.setattr("services.indices.TIMEOUT", 0.3)
    hung = Gateway.of(settings_for(opensearch_url=f"http://{silent}", opensearch_index_prefix=prefix)).services
    await database.execute(WISH, "x")
    await database.execute("""INSERT INTO outbox (topic, payload) VALUES ('delete-objects', '{"keys": ["never"]}')""")
    assert await asyncio.wait_for(worker.drain(hung), 10) == 1
    assert [row["topic"] for row in await left()] == ["changed"]
    await hung.close()
    assert await client.ping()


async def test_rows_are_not_done_before_caches_know(
    settings_for: Callable[..., Settings],
    services: Services,
    prefix: str,
    database: asyncpg.Connection[asyncpg.Record],
    opensearch_url: str,
    client: AsyncOpenSearch,
    left: Callable[[], Any],
) -> None:
    away = Gateway.of(
        settings_for(
            redis_url=f"redis://127.0.0.1:{free_port()}", opensearch_url=opensearch_url, opensearch_index_prefix=prefix
        )
    ).services
    await database.execute(WISH, "x")
    assert await worker.drain(away) == 0
    await away.close()
    await assert_agree(database, client, prefix)
    (row,) = await left()
    assert (row["attempts"], row["dead_at"]) == (0, None)
    await now(database)
    assert await worker.drain(services) == 1


async def test_a_refused_document_is_dead_after_ten_attempts_and_holds_up_no_other(
    services: Services,
    database: asyncpg.Connection[asyncpg.Record],
    client: AsyncOpenSearch,
    prefix: str,
    left: Callable[[], Any],
) -> None:
    await database.execute(REFUSED)
    await database.execute(WISH, "good")
    waits = await tried_to_death(services, database)
    assert waits == [pytest.approx(5 * 2**attempt, abs=4) for attempt in range(10)]
    (row,) = await left()
    assert (row["attempts"], row["dead_at"] is not None) == (10, True)
    assert "mapper_parsing_exception" in row["error"]
    found = await client.search(index=f"{prefix}wishlist_items", body={"query": {"match": {"title": "good"}}})
    assert found["hits"]["total"]["value"] == 1
    assert await worker.drain(services) == 0
    assert (await left())[0]["attempts"] == 10
    await database.execute("UPDATE moc_instructions SET updated_at = now()")  # whoever writes it well again heals it
    assert await worker.drain(services) == 1
    await assert_agree(database, client, prefix)


@pytest.mark.parametrize(
    ("topic", "payload"),
    [
        ("no-such-topic", "{}"),
        ("delete-objects", '{"key": "x"}'),
        ("changed", "[]"),
        ("changed", "{}"),
        ("changed", '{"table": "moc_instructions", "user_id": "u", "id": "x", "version": 1, "deleted": false}'),
        ("changed", '{"table": "moc_instructions", "user_id": "u", "id": 7, "version": 1, "deleted": false}'),
        ("changed", '{"table": "moc_instructions", "user_id": null}'),
    ],
)
async def test_what_no_duty_understands_is_dead_in_the_end_and_holds_up_no_other(
    settings: Settings,
    database: asyncpg.Connection[asyncpg.Record],
    left: Callable[[], Any],
    topic: str,
    payload: str,
) -> None:
    plain = Gateway.of(settings).services
    await database.execute("INSERT INTO outbox (topic, payload) VALUES ($1, $2)", topic, payload)
    await database.execute(WISH, "good")
    await tried_to_death(plain, database)
    (row,) = await left()
    assert (row["topic"], row["attempts"], row["dead_at"] is not None) == (topic, 10, True)
    assert row["error"]
    await plain.close()


DENIED = b"""<?xml version="1.0" encoding="UTF-8"?>
<DeleteResult><Error><Key>bad</Key><Code>AccessDenied</Code><Message>Access Denied</Message></Error></DeleteResult>"""


class Denying(BaseHTTPRequestHandler):
    """An S3 that deletes every object but `bad`."""

    def do_POST(self) -> None:
        asked = self.rfile.read(int(self.headers["content-length"]))
        answer = DENIED if b"<Key>bad</Key>" in asked else b"<DeleteResult></DeleteResult>"
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        """Keep the test's output clean."""


@pytest.fixture
def denying() -> Iterator[str]:
    """The URL of such an S3."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Denying) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


async def test_an_object_that_may_not_be_deleted_is_dead_in_the_end_and_the_others_are_deleted(
    settings_for: Callable[..., Settings],
    denying: str,
    database: asyncpg.Connection[asyncpg.Record],
    left: Callable[[], Any],
) -> None:
    services = Gateway.of(settings_for(aws_endpoint_url_s3=denying)).services
    for key in ("good", "bad", "fine"):
        await database.execute(
            "INSERT INTO outbox (topic, payload) VALUES ('delete-objects', $1)", f'{{"keys": ["{key}"]}}'
        )
    assert await worker.drain(services) == 2
    await now(database)
    await tried_to_death(services, database)
    (row,) = await left()
    assert (row["attempts"], "AccessDenied" in row["error"]) == (10, True)
    await services.close()


async def test_an_operator_lists_replays_and_drops_what_is_dead(
    settings: Settings,
    database: asyncpg.Connection[asyncpg.Record],
    database_url: str,
    capsys: pytest.CaptureFixture[str],
    left: Callable[[], Any],
) -> None:
    async def say(*arguments: str) -> tuple[int, str, str]:
        status = await asyncio.to_thread(main, ["outbox", *arguments], {"DATABASE_URL": database_url})
        out, err = capsys.readouterr()
        return status, out, err

    assert await say() == (0, "The outbox is empty.\n", "")
    plain = Gateway.of(settings).services
    for word in ("one", "zwei", "три"):
        await database.execute("INSERT INTO outbox (topic, payload) VALUES ('odd', $1)", f'{{"word": "{word}"}}')
    await tried_to_death(plain, database)
    await database.execute(WISH, "waits")
    one, two, three = [row["id"] for row in (await left())[:3]]
    status, out, _ = await say("list")
    assert (status, out.count("is dead since")) == (0, 3)
    assert "1 of changed wait, the oldest for 0 s" in out
    assert f"{three} is dead since" in out
    assert 'after 10 attempts: odd {"word": "три"}\n    there is no duty for the topic odd\n' in out
    assert await say("drop", f"{one}") == (0, "Forgotten: 1.\n", "")
    assert await say("replay", f"{two}", f"{one}") == (1, "Due again: 1.\n", f"No dead one has the id {one}.\n")
    assert await say("drop", f"{two}") == (1, "Forgotten: 0.\n", f"No dead one has the id {two}.\n")
    assert await say("replay", "all") == (0, "Due again: 1.\n", "")
    assert {row["id"]: (row["attempts"], row["dead_at"]) for row in await left() if row["topic"] == "odd"} == {
        two: (0, None),
        three: (0, None),
    }
    for wrong in (["replay"], ["drop", "all"], ["drop"], ["drop", "x"], ["list", "1"], ["what"]):
        assert (await say(*wrong))[0] == 1
    await plain.close()
