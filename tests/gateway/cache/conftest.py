"""Several processes' applications in this one, with and without a Redis, and a look into it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import redis

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import httpx


@pytest.fixture
def server(valkey_url: str) -> Iterator[Any]:
    """The Valkey itself."""
    with redis.Redis.from_url(valkey_url, decode_responses=True) as client:
        yield client


@pytest.fixture
def uncached(process: Callable[..., httpx.AsyncClient]) -> httpx.AsyncClient:
    """A process without Redis, which therefore always says what is true now."""
    return process(redis_url="")
