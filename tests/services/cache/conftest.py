"""Two processes with one Valkey."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import redis

from services.cache import Cache
from tests.services.cache.keeping import PATIENT

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator


@pytest.fixture
async def cache(valkey_url: str, forget: Callable[[], None]) -> AsyncIterator[Cache]:
    forget()
    cache = Cache(valkey_url, release="one", timeout=PATIENT)
    yield cache
    await cache.close()


@pytest.fixture
async def other(valkey_url: str) -> AsyncIterator[Cache]:
    """Another process's."""
    cache = Cache(valkey_url, release="one", timeout=PATIENT)
    yield cache
    await cache.close()


@pytest.fixture
def server(valkey_url: str) -> Iterator[Any]:
    with redis.Redis.from_url(valkey_url) as client:
        yield client
