"""Rate limits (FR8; contract section 5), counted in a real Redis and, without one, in the process."""

from __future__ import annotations

import asyncio
import itertools
import os
import random
import subprocess
import sys
import uuid
from typing import TYPE_CHECKING

import pytest

from gateway.dev.api import ROOT
from gateway.dev.process import free_port
from gateway.limits import REMEMBERED, Limits
from services.cache import Cache
from services.spelling import Rate

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx
    from fastapi import FastAPI

    from gateway.limits import Class


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
    refused = await elsewhere.post("/graphql", json={"query": "{ __typename }"})
    assert (refused.status_code, refused.json()["code"]) == (429, "TOO_MANY_REQUESTS")
    extensions = refused.json()["errors"][0]["extensions"]
    assert extensions["code"] == "TOO_MANY_REQUESTS"
    assert 1 <= extensions["retryAfter"] <= 60
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


@pytest.mark.slow
def test_two_processes_admit_exactly_as_many_as_they_may(
    environment: dict[str, str], token: Callable[[str], str], forget: Callable[[], None]
) -> None:
    forget()
    command = [sys.executable, "-m", "tests.gateway.limits.crowd", token("alice"), "100"]
    given = {**os.environ, **environment, "RATE_LIMIT_GENERAL": "50/15m", "LOG_LEVEL": "ERROR"}
    pipe = subprocess.PIPE
    crowds = [subprocess.Popen(command, cwd=ROOT, env=given, stdin=pipe, stdout=pipe, text=True) for _ in range(2)]
    for crowd in crowds:
        assert crowd.stdout
        assert crowd.stdout.readline() == "\n"
    for crowd in crowds:
        assert crowd.stdin
        crowd.stdin.write("\n")
        crowd.stdin.flush()
    answers = [crowd.communicate(timeout=60)[0].split("\n")[:-1] for crowd in crowds]
    assert [crowd.returncode for crowd in crowds] == [0, 0]
    admitted, refused = [f"200 {left}" for left in range(50)], ["429 0"] * 150
    assert sorted(itertools.chain(*answers)) == sorted([*admitted, *refused])


@pytest.mark.parametrize("shared", [True, False], ids=["Redis", "no Redis"])
async def test_successes_take_back_their_own_counts_alone(valkey_url: str, shared: bool) -> None:
    cache = Cache(valkey_url, timeout=5) if shared else None
    limits = Limits({"auth": Rate(50, 60)}, cache)
    caller = str(uuid.uuid4())

    async def attempt(number: int) -> bool:
        """Whether it was admitted, and failed."""
        verdict = await limits.hit(caller, "auth")
        await asyncio.sleep(random.uniform(0, 0.05))  # noqa: S311 - nothing to keep secret
        if number % 2 and verdict.allowed:
            return True
        await limits.forgive(verdict)
        return False

    failures = sum(await asyncio.gather(*(attempt(number) for number in range(200))))
    assert 1 <= failures <= 50
    assert (await limits.hit(caller, "auth")).used == failures + 1
    if cache:
        await cache.close()


@pytest.mark.parametrize("shared", [True, False], ids=["Redis", "no Redis"])
async def test_what_is_taken_back_late_is_not_taken_from_the_next_window(valkey_url: str, shared: bool) -> None:
    cache = Cache(valkey_url, timeout=5) if shared else None
    limits = Limits({"auth": Rate(5, 1)}, cache)
    caller = str(uuid.uuid4())
    late = await limits.hit(caller, "auth")
    await asyncio.sleep(1.05)
    await limits.forgive(late)  # nothing is counted now
    failed, succeeds = [await limits.hit(caller, "auth") for _ in range(2)]
    assert (failed.used, succeeds.used) == (1, 2)
    for verdict in (late, succeeds):
        await limits.forgive(verdict)
    assert (await limits.hit(caller, "auth")).used == 2
    if cache:
        await cache.close()


async def test_what_one_place_has_counted_is_not_taken_back_in_the_other(valkey_url: str) -> None:
    cache, caller = Cache(valkey_url, timeout=5), str(uuid.uuid4())
    rates: dict[Class, Rate] = {"auth": Rate(5, 60)}
    shared, own = Limits(rates, cache), Limits(rates, None)
    theirs, mine = await shared.hit(caller, "auth"), await own.hit(caller, "auth")
    await own.forgive(theirs)
    await shared.forgive(mine)
    assert [(await limits.hit(caller, "auth")).used for limits in (shared, own)] == [2, 2]
    await cache.close()


async def test_reads_that_are_not_kept_are_counted_while_they_are_made_until_one_is_too_many(
    limited: Callable[..., FastAPI], serve: Callable[..., httpx.AsyncClient], token: Callable[[str], str]
) -> None:
    application = limited(cache_list_seconds=0)
    statements: list[str] = []
    application.state.gateway.services.database.loggers.append(lambda told: statements.append(told.query))
    client = serve(application, token("alice"))
    answers = await asyncio.gather(*(client.get("/api/mocs") for _ in range(10)))
    assert sorted(answer.status_code for answer in answers) == [200] * 5 + [429] * 5
    assert [told(answer)[2] for answer in answers if answer.status_code == 429] == ["0"] * 5
    await asyncio.sleep(0)
    statements.clear()
    assert [(await client.get("/api/mocs")).status_code for _ in range(3)] == [429] * 3
    await asyncio.sleep(0)
    assert statements == []


async def test_a_window_ends(valkey_url: str) -> None:
    cache = Cache(valkey_url)
    for limits in (Limits({"general": Rate(1, 1)}, cache), Limits({"general": Rate(1, 1)}, None)):
        verdicts = [await limits.hit("window") for _ in range(2)]
        assert [(verdict.allowed, verdict.reset) for verdict in verdicts] == [(True, 1), (False, 1)]
        assert limits.spent("window")
        await asyncio.sleep(1.05)
        assert not limits.spent("window")
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
    assert loop.time() - started < first < 5
    await cache.close()


async def test_a_process_remembers_only_so_many_callers() -> None:
    limits = Limits({"general": Rate(5, 60)}, None)
    for number in range(REMEMBERED + 1):
        await limits.hit(str(number))
    assert (await limits.hit("0")).used == 1
    assert (await limits.hit(str(REMEMBERED))).used == 2
    spent = Limits({"general": Rate(0, 60)}, None)
    for number in range(REMEMBERED + 1):
        await spent.hit(str(number))
    assert [spent.spent(str(number)) for number in (0, 1, REMEMBERED)] == [False, True, True]
