"""Rows of all kinds that can be searched, and a gateway that finds them by one engine or the other."""

from __future__ import annotations

import logging
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from gateway.worker import drain
from resolvers.search import query
from resolvers.search.rules import typed
from services.mappings import INDICES, template

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    import asyncpg
    from fastapi import FastAPI

    from gateway.dev.aws import Aws
    from settings import Settings


@dataclass(frozen=True)
class Kind:
    """What can be searched.

    Args:
        table: where its rows are.
        path: the route that lists and searches them.
        index: the index that the log names.
        tags: the column that counts twice, None without one.
        changed: the column that tells when a row was last changed.
        defaults: columns that a row must have.
    """

    table: str
    path: str
    index: str
    tags: str | None
    changed: str = "updated_at"
    defaults: dict[str, Any] = field(default_factory=dict)


MOCS = Kind("moc_instructions", "/api/mocs", "moc_instructions", "tags", defaults={"type": "moc"})
IMAGES = Kind(
    "gallery_images", "/api/images", "gallery_images", "tags", "last_updated_at", defaults={"image_url": "/i.webp"}
)
ALBUMS = Kind("gallery_albums", "/api/albums", "gallery_images", None, "last_updated_at")
WISHES = Kind("wishlist_items", "/api/wishlist", "wishlist_items", "category", defaults={"sort_order": "1"})
_WARM: set[str] = set()  # servers that have searched before
KINDS = (MOCS, IMAGES, ALBUMS, WISHES)


def titled(kind: Kind) -> str:
    return kind.table


@dataclass(frozen=True)
class Shelf:
    """Puts rows into the database, and into the indices what has changed since; searches them as alice."""

    app: FastAPI
    database: asyncpg.Connection[asyncpg.Record]
    aws: Aws
    alice: httpx.AsyncClient
    caplog: pytest.LogCaptureFixture
    engine: str

    async def put(self, kind: Kind, title: str, *, user: str = "alice", **columns: Any) -> str:
        """Insert a row; its id."""
        values = {**kind.defaults, "user_id": self.aws.users[user].sub, "title": title, **columns}
        places = ", ".join(f"${number}" for number in range(1, len(values) + 1))
        statement = f"INSERT INTO {kind.table} ({', '.join(values)}) VALUES ({places}) RETURNING id"
        return str(await self.database.fetchval(statement, *values.values()))

    async def give(self, kind: Kind, identifier: str, user: str) -> None:
        """Make a row another user's, unknown to the indices until `index`."""
        statement = f"UPDATE {kind.table} SET user_id = $1 WHERE id = $2"
        await self.database.execute(statement, self.aws.users[user].sub, uuid.UUID(identifier))

    async def delete(self, kind: Kind, identifier: str) -> None:
        """Delete a row, unknown to the indices until `index`."""
        await self.database.execute(f"DELETE FROM {kind.table} WHERE id = $1", uuid.UUID(identifier))

    async def index(self) -> None:
        """Bring what has changed into the indices."""
        if self.engine == "opensearch":
            await drain(self.app.state.gateway.services)
            assert await self.database.fetchval("SELECT count(*) FROM outbox") == 0

    async def answer(
        self, kind: Kind, text: str, path: str = "", *, engine: str | None = None, **more: Any
    ) -> dict[str, Any]:
        """What the route answers; the log must name the engine, this shelf's by default."""
        self.caplog.clear()
        name = "q" if path else "search"
        answer = await self.alice.get(f"{kind.path}{path}", params={name: text, **more})
        assert answer.status_code == 200, answer.text
        if text.strip():
            facts = [vars(record) for record in self.caplog.records if record.name == "brickgate.search"]
            body = answer.json()
            expected = (engine or self.engine, kind.index, body["total"])
            assert [(one["engine"], one["index"], one["total"]) for one in facts] == [expected]
            assert 0 < facts[0]["ms"] < 10_000
        body = answer.json()
        assert body["success"] is True
        return body  # type: ignore[no-any-return] # JSON

    async def titles(self, kind: Kind, text: str, *, engine: str | None = None, **more: Any) -> list[str]:
        """Titles of what the list finds, in order."""
        body = await self.answer(kind, text, engine=engine, **more)
        return [row["title"] for row in body["data"]]


@pytest.fixture(params=["database", "opensearch"])
def engine(request: pytest.FixtureRequest) -> str:
    """Which engine is to answer."""
    return str(request.param)


@pytest.fixture
def search_url(engine: str, request: pytest.FixtureRequest) -> str:
    """Where OpenSearch is, nowhere for the other engine; without Java its tests are skipped, the others' are not."""
    return str(request.getfixturevalue("opensearch_url")) if engine == "opensearch" else ""


def arrange(url: str, prefix: str) -> None:
    """Give a server the templates of indices that begin with `prefix`; make sure that its Java has loaded what a search needs."""
    with httpx.Client(base_url=url, timeout=30) as client:
        for index in INDICES:
            client.put(f"/_index_template/{prefix}{index}", json=template(index, prefix)).raise_for_status()
        if url not in _WARM:
            _WARM.add(url)
            words = typed('warm "two words" -cold')
            body = query.body(MOCS.index, "nobody", words, {"tag": "warm"}, limit=1, offset=0)
            client.put(f"/{prefix}{MOCS.index}-warm").raise_for_status()
            client.post(f"/{prefix}{MOCS.index}-warm/_search", json=body).raise_for_status()
            client.delete(f"/{prefix}{MOCS.index}-warm").raise_for_status()


@pytest.fixture
def prefix(search_url: str) -> Iterator[str]:
    """What this test's own indices begin with."""
    name = f"test-{uuid.uuid4().hex[:12]}-"
    if not search_url:
        yield name
        return
    arrange(search_url, name)
    yield name
    with httpx.Client(base_url=search_url, timeout=30) as client:
        client.delete(f"/{name}*").raise_for_status()
        client.delete(f"/_index_template/{name}*").raise_for_status()


@pytest.fixture
def settings(settings_for: Callable[..., Settings], search_url: str, prefix: str) -> Settings:
    """Without a cache, which would answer in the engine's stead."""
    return settings_for(redis_url="", opensearch_url=search_url, opensearch_index_prefix=prefix)


@pytest.fixture
async def shelf(
    app: FastAPI,
    database: asyncpg.Connection[asyncpg.Record],
    aws: Aws,
    alice: httpx.AsyncClient,
    caplog: pytest.LogCaptureFixture,
    engine: str,
) -> AsyncIterator[Shelf]:
    """See `Shelf`."""
    logger = logging.getLogger("brickgate")
    before, logger.propagate = logger.propagate, True
    yield Shelf(app, database, aws, alice, caplog, engine)
    logger.propagate = before


async def all_found(shelf: Shelf, engine: str) -> None:
    """Every kind is found, by this engine."""
    for kind in KINDS:
        assert await shelf.titles(kind, "casttle", engine=engine) == ["Castle"]
    for kind in (MOCS, WISHES):
        assert (await shelf.answer(kind, "castle", "/search", engine=engine))["source"] == engine


@pytest.fixture
async def castles(shelf: Shelf) -> Shelf:
    """A castle of each kind, indexed and found there."""
    for kind in KINDS:
        await shelf.put(kind, "Castle")
        await shelf.put(kind, "Castle", user="bob")
    await shelf.index()
    await all_found(shelf, "opensearch")
    return shelf
