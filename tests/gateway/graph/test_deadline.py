"""What takes too long is given up: the client is told, the server of the database too, and nothing stays behind."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from gateway.app import create_app
from gateway.appsync import AppSync
from tests.gateway.appsync.service import identity_of
from tests.gateway.conftest import MOC

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    import asyncpg

    from gateway.dev.aws import Aws

SENTENCE = "The operation was given up after 0.3 seconds: ask for less at once, or try again in a while"


@pytest.fixture
async def application(settings_for: Callable[..., Any]) -> AsyncIterator[Any]:
    application = create_app(settings_for(deadline_seconds=0.3, database_pool_size=2))
    yield application
    await application.state.gateway.services.close()


@pytest.fixture
async def client(application: Any, token: Callable[[str], str]) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"Authorization": f"Bearer {token('alice')}"}
    transport = httpx.ASGITransport(application)
    async with httpx.AsyncClient(transport=transport, base_url="http://test", headers=headers) as one:
        yield one


@pytest.fixture
def locked(database: asyncpg.Connection[asyncpg.Record]) -> Callable[[str], Any]:
    """`async with locked("moc_files")`: nobody else gets at the table."""

    @asynccontextmanager
    async def lock(table: str) -> AsyncIterator[None]:
        async with database.transaction():
            await database.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
            yield

    return lock


async def waiting(database: asyncpg.Connection[asyncpg.Record]) -> int:
    """The sessions that wait for a lock, or are in a transaction, the asking one aside."""
    count: int = await database.fetchval(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        " AND (wait_event_type = 'Lock' OR state LIKE 'idle in transaction%')"
    )
    return count


@pytest.mark.parametrize(
    ("table", "method", "path", "body"),
    [
        ("moc_instructions", "GET", "/api/mocs", None),
        ("moc_instructions", "POST", "/api/mocs", MOC),
        ("moc_instructions", "POST", "/graphql", {"query": "{ a: mocs { total } b: mocs(limit: 1) { total } }"}),
        ("moc_instructions", "POST", "/graphql", {"query": "{ mocs { total } images { total } albums { total } }"}),
        ("moc_files", "POST", "/graphql", {"query": "{ mocs { items { files { id } partsLists { id } } } }"}),
        (
            "moc_instructions",
            "POST",
            "/graphql",
            {"query": 'mutation { createMoc(input: {type: set, title: "T", brand: "L", setNumber: "1"}) { id } }'},
        ),
    ],
    ids=["read", "write", "siblings", "different siblings", "loaders", "mutation"],
)
async def test_what_takes_too_long_is_given_up_and_leaves_nothing_behind(
    client: httpx.AsyncClient,
    create: Callable[..., Any],
    database: asyncpg.Connection[asyncpg.Record],
    locked: Callable[[str], Any],
    forget: Callable[[], None],
    table: str,
    method: str,
    path: str,
    body: Any,
) -> None:
    moc = await create(title="Before")
    assert (await client.get(f"/api/mocs/{moc['id']}")).status_code == 200
    forget()
    tasks = asyncio.all_tasks()
    async with locked(table):
        answer = await client.request(method, path, json=body)
        assert (answer.status_code, answer.json()["code"], answer.json()["message"]) == (
            503,
            "SERVICE_UNAVAILABLE",
            SENTENCE,
        )
        assert answer.headers["retry-after"] == "1"
        if path == "/graphql":
            assert answer.json()["errors"][0]["extensions"]["code"] == "SERVICE_UNAVAILABLE"
        async with asyncio.timeout(3):
            while not asyncio.all_tasks() <= tasks or await waiting(database):  # noqa: ASYNC110 - the server has no event to wait for
                await asyncio.sleep(0.01)
    listed = await client.get("/api/mocs")
    assert [one["title"] for one in listed.json()["data"]] == ["Before"]


async def test_appsync_hears_of_it_for_each_field(
    application: Any, locked: Callable[[str], Any], aws: Aws, settings: Any, create: Callable[..., Any]
) -> None:
    await create()
    event: dict[str, Any] = {
        "info": {
            "parentTypeName": "Query",
            "fieldName": "mocs",
            "selectionSetGraphQL": "{ total }",
            "selectionSetList": ["total"],
            "variables": {},
        },
        "arguments": {},
        "source": None,
        "identity": identity_of(aws.users["alice"].sub, settings.issuer),
        "request": {"headers": {}},
    }
    async with locked("moc_instructions"):
        assert await AppSync(application.state.gateway).serve([event]) == [
            {"data": None, "errorMessage": SENTENCE, "errorType": "SERVICE_UNAVAILABLE"}
        ]


async def test_what_is_done_in_time_is_not_disturbed(client: httpx.AsyncClient, create: Callable[..., Any]) -> None:
    await create()
    assert (await client.get("/api/mocs")).json()["total"] == 1
