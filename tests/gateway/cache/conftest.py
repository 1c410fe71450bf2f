"""Several processes' applications in this one, with and without a Redis, and a look into it."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import redis

from gateway.app import create_app
from tests.gateway.conftest import HOOKS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from settings import Settings


@pytest.fixture
def server(valkey_url: str) -> Iterator[Any]:
    """The Valkey itself."""
    with redis.Redis.from_url(valkey_url, decode_responses=True) as client:
        yield client


@pytest.fixture
async def process(
    settings_for: Callable[..., Settings], token: Callable[[str], str]
) -> AsyncIterator[Callable[..., httpx.AsyncClient]]:
    """`process(redis_url=..., user="bob")`: a client of an application of its own, with changes of its settings."""
    async with AsyncExitStack() as opened:

        def start(user: str = "alice", **changes: Any) -> httpx.AsyncClient:
            application = create_app(settings_for(**changes))
            client = httpx.AsyncClient(
                transport=httpx.ASGITransport(application),
                base_url="http://test",
                headers={"Authorization": f"Bearer {token(user)}"},
                event_hooks=HOOKS,
            )
            opened.push_async_callback(application.state.gateway.services.close)
            opened.push_async_callback(client.aclose)
            return client

        yield start


@pytest.fixture
def uncached(process: Callable[..., httpx.AsyncClient]) -> httpx.AsyncClient:
    """A process without Redis, which therefore always says what is true now."""
    return process(redis_url="")
