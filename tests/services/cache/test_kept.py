"""What is kept in a real Valkey, and counted on the way (PRD FR6, 1.4.8; docs/decisions/0016)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
import redis
from redis.crc import key_slot

from gateway.dev.process import free_port
from gateway.dev.valkey import Valkey
from services.cache import LARGEST, Cache, Look
from services.spelling import Rate
from services.windows import Count
from tests.services.cache.keeping import KEY, MINUTE, PATIENT, USER, keep, kept, loads

if TYPE_CHECKING:
    from pathlib import Path


async def test_what_one_process_keeps_another_finds(cache: Cache, other: Cache) -> None:
    await keep(cache, b"old")
    assert await kept(other) == b"old"
    assert await kept(other, "moc:detail:2:{carol}") is None


async def test_it_is_kept_for_its_time(cache: Cache, server: Any) -> None:
    await cache.filled(await cache.look(USER, KEY), 40, loads(b"old"))
    assert 0 < server.pttl(KEY) <= 40
    await asyncio.sleep(0.05)
    assert await kept(cache) is None


async def test_losing_the_generation_loses_all_that_was_kept(cache: Cache, server: Any) -> None:
    await keep(cache, b"old")
    server.delete("generation:{carol}")
    assert await kept(cache) is None


@pytest.mark.parametrize("key", ["generation:{carol}", KEY, "limit:{carol}:general"])
@pytest.mark.parametrize("garbage", ["text", "list", "hash", "number"])
async def test_garbage_is_a_miss_and_is_overwritten(cache: Cache, server: Any, key: str, garbage: str) -> None:
    put = {
        "text": lambda: server.set(key, b"\xff\x00 garbage"),
        "list": lambda: server.rpush(key, "x"),
        "hash": lambda: server.hset(key, "x", "y"),
        "number": lambda: server.set(key, 7),
    }
    put[garbage]()
    look = await cache.look(USER, KEY, Count("limit:{carol}:general", Rate(100, 60)))
    assert look.value is None
    (window,) = look.windows
    assert window.used == (8 if key.startswith("limit") and garbage == "number" else 1)
    assert 0 < window.left <= 60
    await cache.filled(look, MINUTE, loads(b"new"))
    assert await kept(cache) == b"new"


async def test_what_another_release_has_kept_is_a_miss(cache: Cache, valkey_url: str) -> None:
    await keep(cache, b"old form")
    newer = Cache(valkey_url, release="two", timeout=PATIENT)
    assert await kept(newer) is None
    await keep(newer, b"new form")
    assert await kept(cache) is None
    await newer.close()


async def test_what_is_too_large_is_not_kept(cache: Cache) -> None:
    await keep(cache, b"x" * (LARGEST + 1))
    assert await kept(cache) is None


async def test_a_hundred_misses_of_a_moment_load_once(cache: Cache, other: Cache) -> None:
    loaded = 0

    async def load() -> bytes:
        nonlocal loaded
        loaded += 1
        await asyncio.sleep(0.05)
        return b"%d" % loaded

    looks = await asyncio.gather(*(cache.look(USER, KEY) for _ in range(100)))
    answers = await asyncio.gather(*(cache.filled(look, MINUTE, load) for look in looks))
    assert (loaded, set(answers)) == (1, {b"1"})
    # One who comes after a change does not share a load from before it.
    server_look = await cache.look(USER, "moc:detail:2:{carol}")
    before = asyncio.ensure_future(cache.filled(server_look, MINUTE, load))
    await asyncio.sleep(0)
    async with other.changing([USER]):
        pass
    after = await cache.filled(await cache.look(USER, "moc:detail:2:{carol}"), MINUTE, load)
    assert (await before, after) == (b"3", b"3")
    assert loaded == 3


async def test_one_who_gives_up_does_not_take_the_load_from_the_others(cache: Cache) -> None:
    began, go = asyncio.Event(), asyncio.Event()

    async def load() -> bytes:
        began.set()
        await go.wait()
        return b"new"

    look = await cache.look(USER, KEY)
    first, second = (asyncio.ensure_future(cache.filled(look, MINUTE, load)) for _ in range(2))
    await began.wait()
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    go.set()
    assert await second == b"new"


async def test_what_failed_to_load_is_not_kept_and_told_to_all(cache: Cache) -> None:
    async def load() -> bytes:
        await asyncio.sleep(0)
        raise LookupError("nothing there")

    look = await cache.look(USER, KEY)
    outcomes = await asyncio.gather(*(cache.filled(look, MINUTE, load) for _ in range(3)), return_exceptions=True)
    assert [str(outcome) for outcome in outcomes] == ["nothing there"] * 3
    await keep(cache, b"new")


async def test_a_look_and_a_count_are_one_round_trip(cache: Cache, server: Any) -> None:
    async def look() -> Look:
        return await cache.look(USER, KEY, Count("limit:{carol}:general", Rate(100, 60)))

    await look()
    before = server.info("commandstats")["cmdstat_evalsha"]["calls"]
    assert (await look()).windows[0].used == 2
    assert server.info("commandstats")["cmdstat_evalsha"]["calls"] == before + 1


async def test_what_is_found_or_one_too_many_counts_as_failing_no_more(cache: Cache, server: Any) -> None:
    async def look(general: int = 100, failing: int = 100) -> tuple[bytes | None, list[int], int]:
        counts = Count("limit:{carol}:general", Rate(general, 60)), Count("limit:{carol}:auth", Rate(failing, 60))
        look = await cache.look(USER, KEY, *counts)
        return look.value, [window.used for window in look.windows], int(server.get("limit:{carol}:auth"))

    assert await look() == (None, [1, 1], 1)
    assert await look(general=1) == (None, [2, 2], 1), "refused for another reason"
    assert await look(failing=1) == (None, [3, 2], 1), "not even tried"
    assert await look() == (None, [4, 2], 2)
    await keep(cache, b"old")
    assert await look() == (b"old", [5, 3], 2)
    assert 0 < server.pttl("limit:{carol}:auth") <= 60_000


async def test_a_script_that_the_server_has_forgotten_is_sent_again(cache: Cache, server: Any) -> None:
    await keep(cache, b"old")
    server.execute_command("SCRIPT FLUSH")
    assert await kept(cache) == b"old"


async def test_keys_of_a_user_share_a_slot_and_a_cluster_serves_them(services_folder: Path) -> None:
    assert len({key_slot(key.encode()) for key in (KEY, "generation:{carol}", "limit:{carol}:general")}) == 1
    options = {"cluster-enabled": "yes", "cluster-port": free_port()}
    cluster = Valkey(free_port(), log=services_folder / "cluster.log", options=options)
    try:
        cluster.wait()
        with redis.Redis.from_url(cluster.url) as client:
            client.cluster("addslotsrange", 0, 16383)
            cluster.child.wait_until(lambda: client.cluster("info")["cluster_state"] == "ok", 10)
        for cache in (Cache(cluster.url, cluster=True, timeout=PATIENT), Cache(cluster.url, timeout=PATIENT)):
            await keep(cache, b"old")
            look = await cache.look(USER, KEY, Count("limit:{carol}:general", Rate(100, 60)))
            assert (look.value, look.windows[0].used > 0) == (b"old", True)
            async with cache.changing([USER, "dave"]):
                pass
            assert await kept(cache) is None
            await cache.expire([USER, "dave"])
            await cache.close()
    finally:
        cluster.child.stop()
