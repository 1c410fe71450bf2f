"""The application in this process, with real services behind it, and clients for its users."""

from __future__ import annotations

import asyncio
import uuid
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any

import asyncpg
import httpx
import pytest

from gateway.app import create_app
from tests.gateway import described

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from fastapi import FastAPI

    from gateway.dev.postgres import Postgres
    from settings import Settings

MOC = {"type": "moc", "title": "Windmill", "author": "Alice Brick", "partsCount": 812}
SET = {"type": "set", "title": "Titanic", "brand": "LEGO", "setNumber": "10294"}


HOOKS = {"response": [described.check]}
# Everything else goes with these by cascade.
_ROOTS = (
    "moc_instructions",
    "gallery_images",
    "gallery_albums",
    "wishlist_items",
    "uploads",
    "outbox",
    "idempotency_keys",
)


@pytest.fixture(scope="session")
async def shared_database_url(postgres: Postgres, template: str) -> str:
    await postgres.create("gateway", template)
    return postgres.url("gateway")


@pytest.fixture
async def database_url(shared_database_url: str) -> str:
    """One database for all tests of the gateway, emptied before each: a copy for each would take half a second."""
    connection = await asyncpg.connect(shared_database_url)
    for table in _ROOTS:
        await connection.execute(f"DELETE FROM {table}")
    await connection.close()
    return shared_database_url


@pytest.fixture
async def app(settings: Settings) -> AsyncIterator[FastAPI]:
    application = create_app(settings)
    yield application
    await application.state.gateway.services.close()


@pytest.fixture
async def process(
    settings_for: Callable[..., Settings], token: Callable[[str], str]
) -> AsyncIterator[Callable[..., httpx.AsyncClient]]:
    """`process(user="bob", redis_url=...)`: a client of an application of its own, with changes of its settings; "" for nobody's."""
    async with AsyncExitStack() as opened:

        def start(user: str = "alice", *, raising: bool = True, **changes: Any) -> httpx.AsyncClient:
            application = create_app(settings_for(**changes))
            client = httpx.AsyncClient(
                transport=httpx.ASGITransport(application, raise_app_exceptions=raising),
                base_url="http://test",
                headers={"Authorization": f"Bearer {token(user)}"} if user else {},
                event_hooks=HOOKS,
            )
            opened.push_async_callback(application.state.gateway.services.close)
            opened.push_async_callback(client.aclose)
            return client

        yield start


@pytest.fixture
def production_browser(settings_for: Callable[..., Settings], token: Callable[[str], str]) -> Callable[..., Any]:
    """`async with production_browser(frontend, url)`: alice's, signed in by cookie, under production's manners."""

    @asynccontextmanager
    async def start(frontend: str, url: str) -> AsyncIterator[httpx.AsyncClient]:
        application = create_app(settings_for(environment="production", cors_origins=frontend))
        transport = httpx.ASGITransport(application)
        try:
            async with httpx.AsyncClient(
                transport=transport, base_url=url, cookies={"token": token("alice")}
            ) as client:
                yield client
        finally:
            await application.state.gateway.services.close()

    return start


@pytest.fixture
async def anonymous(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A client that has not signed in."""
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://test", event_hooks=HOOKS
    ) as client:
        yield client


@pytest.fixture
def client_of(app: FastAPI, token: Callable[[str], str]) -> Callable[[str], httpx.AsyncClient]:
    """`client_of("alice")`: a client that sends her access token as Bearer."""

    def make(user: str) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(app),
            base_url="http://test",
            headers={"Authorization": f"Bearer {token(user)}"},
            event_hooks=HOOKS,
        )

    return make


@pytest.fixture
async def alice(client_of: Callable[[str], httpx.AsyncClient]) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of("alice") as client:
        yield client


@pytest.fixture
async def bob(client_of: Callable[[str], httpx.AsyncClient]) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of("bob") as client:
        yield client


@pytest.fixture
def create(alice: httpx.AsyncClient) -> Callable[..., Any]:
    """`await create(title="...")`: a MOC of alice's, made over REST; its data."""

    async def make(client: httpx.AsyncClient = alice, **changes: Any) -> dict[str, Any]:
        answer = await client.post("/api/mocs", json={**(SET if changes.get("type") == "set" else MOC), **changes})
        assert answer.status_code == 201, answer.text
        data: dict[str, Any] = answer.json()["data"]
        return data

    return make


@pytest.fixture
def statements(app: FastAPI) -> Callable[[], Any]:
    """`await statements()`: the SQL sent since it was last asked, on connections opened after the test began."""
    sent: list[str] = []

    app.state.gateway.services.database.loggers.append(lambda query: sent.append(query.query))

    async def take() -> list[str]:
        await asyncio.sleep(0)  # the driver tells of a statement one turn of the loop later
        taken = sent.copy()
        sent.clear()
        return taken

    return take


@pytest.fixture
def graphql(alice: httpx.AsyncClient) -> Callable[..., Any]:
    """`await graphql("{ ... }", variables, client=...)`: the answer of /graphql, alice's by default."""

    async def ask(query: str, variables: dict[str, Any] | None = None, client: httpx.AsyncClient = alice) -> Any:
        answer = await client.post("/graphql", json={"query": query, "variables": variables or {}})
        assert answer.status_code == 200, answer.text
        return answer.json()

    return ask


@pytest.fixture
def stored(database: asyncpg.Connection[asyncpg.Record]) -> Callable[[str], Any]:
    """`await stored(moc_id)`: the MOC's row as it is, to prove that nothing changed; None without one."""

    async def read(moc_id: str) -> dict[str, Any] | None:
        row = await database.fetchrow("SELECT * FROM moc_instructions WHERE id = $1", uuid.UUID(moc_id))
        return dict(row) if row else None

    return read
