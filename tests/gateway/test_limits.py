"""Rate limits (FR8; contract section 5), counted in a real Redis and, without one, in the process."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import redis

from gateway.app import create_app
from gateway.dev.process import free_port
from gateway.limits import REMEMBERED, Limits
from services.cache import Cache
from services.spelling import Rate

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


def told(answer: httpx.Response) -> tuple[int, str, str, str]:
    headers = answer.headers
    return (answer.status_code, headers["ratelimit-limit"], headers["ratelimit-remaining"], headers["ratelimit-policy"])


@pytest.mark.parametrize("away", [False, True], ids=["Redis", "no Redis"])
async def test_what_is_left_is_told_and_one_too_many_is_refused(
    limited: Callable[..., FastAPI], serve: Callable[..., httpx.AsyncClient], token: Callable[[str], str], away: bool
) -> None:
    redis_url = {"redis_url": f"redis://127.0.0.1:{free_port()}"} if away else {}
    client = serve(limited(**redis_url), token("alice"))
    for left in (4, 3, 2, 1, 0):
        assert told(await client.get("/api/mocs")) == (200, "5", str(left), "5;w=60")
    refused = await client.get("/api/mocs", headers={"origin": "http://localhost:3000"})
    assert told(refused) == (429, "5", "0", "5;w=60")
    body = refused.json()
    assert (body["success"], body["code"], body["error"]["code"]) == (False, "TOO_MANY_REQUESTS", "TOO_MANY_REQUESTS")
    assert 1 <= body["retryAfter"] <= 60
    assert refused.headers["retry-after"] == refused.headers["ratelimit-reset"] == str(body["retryAfter"])
    assert refused.headers["access-control-allow-origin"] == "http://localhost:3000"
    assert refused.headers["x-content-type-options"] == "nosniff"


async def test_users_and_addresses_are_counted_apart(
    limited: Callable[..., FastAPI], serve: Callable[..., httpx.AsyncClient], token: Callable[[str], str]
) -> None:
    application = limited()
    alice, elsewhere = serve(application, token("alice")), serve(application, token("alice"), "192.0.2.9")
    for client in (alice, elsewhere, alice, elsewhere, alice):
        assert (await client.get("/api/mocs")).status_code == 200
    assert (await elsewhere.post("/graphql", json={"query": "{ __typename }"})).status_code == 429
    assert told(await serve(application, token("bob")).get("/api/mocs"))[2] == "4"
    nobody, forger = serve(application), serve(application, "not-a-token")
    assert [told(await client.get("/health"))[2] for client in (nobody, forger, nobody)] == ["4", "3", "2"]
    assert told(await serve(application, address="192.0.2.2").get("/api/nothing"))[:3] == (404, "5", "4")


async def test_processes_count_together_and_exactly(
    limited: Callable[..., FastAPI], serve: Callable[..., httpx.AsyncClient], token: Callable[[str], str]
) -> None:
    clients = [serve(limited(), token("alice")) for _ in range(3)]
    answers = await asyncio.gather(*(client.get("/health") for client in clients * 10))
    assert sorted(answer.status_code for answer in answers) == [200] * 5 + [429] * 25


async def test_a_window_ends(valkey_url: str) -> None:
    cache = Cache(valkey_url)
    for limits in (Limits({"general": Rate(1, 1)}, cache), Limits({"general": Rate(1, 1)}, None)):
        verdicts = [await limits.hit("window") for _ in range(2)]
        assert [(verdict.allowed, verdict.reset) for verdict in verdicts] == [(True, 1), (False, 1)]
        await asyncio.sleep(1.05)
        assert (await limits.hit("window")).allowed
    await cache.close()


async def test_a_redis_that_hangs_costs_once(silent: str) -> None:
    cache = Cache(f"redis://{silent}")
    cache.load()
    limits = Limits({"general": Rate(5, 60)}, cache)
    loop = asyncio.get_running_loop()
    started = loop.time()
    assert (await limits.hit("caller")).used == 1
    first = loop.time() - started
    started = loop.time()
    assert [(await limits.hit("caller")).used for _ in range(3)] == [2, 3, 4]
    assert loop.time() - started < first < 1
    await cache.close()


async def test_a_process_remembers_only_so_many_callers() -> None:
    limits = Limits({"general": Rate(5, 60)}, None)
    for number in range(REMEMBERED + 1):
        await limits.hit(str(number))
    assert (await limits.hit("0")).used == 1
    assert (await limits.hit(str(REMEMBERED))).used == 2
