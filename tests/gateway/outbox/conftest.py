"""A worker with a real OpenSearch behind it, and looks at what it has made of the database."""

from __future__ import annotations

import itertools
import logging
from typing import TYPE_CHECKING, Any

import pytest
from opensearchpy import AsyncOpenSearch

from gateway.gateway import Gateway
from tests.gateway.outbox.agreement import contents

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    import asyncpg

    from resolvers.context import Services
    from settings import Settings

_numbers = itertools.count(1)


@pytest.fixture
async def client(opensearch_url: str) -> AsyncIterator[AsyncOpenSearch]:
    """A plain client, for arranging and looking."""
    client = AsyncOpenSearch(opensearch_url)
    yield client
    await client.close()


@pytest.fixture
async def prefix(client: AsyncOpenSearch) -> AsyncIterator[str]:
    """What the names of this test's indices begin with."""
    prefix = f"outbox{next(_numbers)}-"
    yield prefix
    await client.indices.delete(index=f"{prefix}*")
    for template in (await client.indices.get_index_template())["index_templates"]:
        if template["name"].startswith(prefix):
            await client.indices.delete_index_template(name=template["name"])


@pytest.fixture
def searching(settings_for: Callable[..., Settings], opensearch_url: str, prefix: str) -> Settings:
    """Settings with everything configured."""
    return settings_for(opensearch_url=opensearch_url, opensearch_index_prefix=prefix)


@pytest.fixture
async def services(searching: Settings) -> AsyncIterator[Services]:
    """A process's clients."""
    services = Gateway.of(searching).services
    yield services
    await services.close()


@pytest.fixture
def indexed(client: AsyncOpenSearch, prefix: str) -> Callable[[], Any]:
    """`await indexed()`: all documents, see `agreement.contents`."""

    async def look() -> dict[str, dict[str, Any]]:
        return await contents(client, prefix)

    return look


@pytest.fixture
def left(database: asyncpg.Connection[asyncpg.Record]) -> Callable[[], Any]:
    """`await left()`: what the outbox holds."""

    async def look() -> list[dict[str, Any]]:
        return [dict(row) for row in await database.fetch("SELECT * FROM outbox ORDER BY id")]

    return look


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> Iterator[Callable[[str], list[dict[str, Any]]]]:
    """`logged("put off")`: what the worker has said under that message."""
    logger = logging.getLogger("brickgate.worker")  # whose records an application keeps from pytest
    logger.addHandler(caplog.handler)
    yield lambda message: [one.__dict__ for one in dict.fromkeys(caplog.records) if one.getMessage() == message]
    logger.removeHandler(caplog.handler)
