"""Applications with a limit that is soon met, and clients of theirs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest
import redis

from gateway.app import create_app

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from fastapi import FastAPI


@pytest.fixture
def limited(settings_for: Callable[..., Any], valkey_url: str) -> Callable[..., FastAPI]:
    """`limited(redis_url=...)`: an application that lets 5 requests a minute in."""
    with redis.Redis.from_url(valkey_url) as server:
        server.flushall()
    return lambda **changes: create_app(settings_for(rate_limit_general="5/1m", **changes))


@pytest.fixture
async def serve() -> AsyncIterator[Callable[..., httpx.AsyncClient]]:
    """`serve(application, token, address="192.0.2.1")`: a client."""
    opened: list[tuple[httpx.AsyncClient, FastAPI]] = []

    def make(application: FastAPI, token: str | None = None, address: str = "192.0.2.1") -> httpx.AsyncClient:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        transport = httpx.ASGITransport(application, client=(address, 1))
        client = httpx.AsyncClient(transport=transport, base_url="http://test", headers=headers)
        opened.append((client, application))
        return client

    yield make
    for client, application in opened:
        await client.aclose()
        await application.state.gateway.services.close()
