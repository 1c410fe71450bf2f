"""What is kept in a real Valkey, and when it counts (PRD FR6, 1.4.8; design.md, "Cache")."""

from __future__ import annotations

import asyncio
import gc
import signal
import time
from typing import TYPE_CHECKING, Any

import pytest
import redis
from redis.crc import key_slot

from gateway.dev.process import free_port
from gateway.dev.valkey import Valkey
from services.cache import LARGEST, OWED, Cache, Count, Look
from services.spelling import Rate

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
    from pathlib import Path

USER, KEY = "carol", "moc:detail:1:{carol}"
MINUTE = 60_000
SHORT = 1.0  # seconds
PATIENT = 10.0  # seconds; a machine under load is not what is tested


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


@pytest.fixture
def own(services_folder: Path) -> Iterator[Valkey]:
    """A server of this test's own, to be done harm."""
    server = Valkey(free_port(), log=services_folder / "harmed.log")
    server.wait()
    yield server
    server.child.stop()


def loads(value: bytes) -> Callable[[], Awaitable[bytes]]:
    async def load() -> bytes:
        return value

    return load


async def keep(cache: Cache, value: bytes, key: str = KEY) -> None:
    assert await cache.filled(await cache.look(USER, key), MINUTE, loads(value)) == value


async def kept(cache: Cache, key: str = KEY) -> bytes | None:
    return (await cache.look(USER, key)).value


async def test_what_one_process_keeps_another_finds(cache: Cache, other: Cache) -> None:
    await keep(cache, b"old")
    assert await kept(other) == b"old"
    assert await kept(other, "moc:detail:2:{carol}") is None


async def test_it_is_kept_for_its_time(cache: Cache, server: Any) -> None:
    await cache.filled(await cache.look(USER, KEY), 40, loads(b"old"))
    assert 0 < server.pttl(KEY) <= 40
    await asyncio.sleep(0.05)
    assert await kept(cache) is None


async def test_after_a_change_nothing_of_the_user_counts(cache: Cache, other: Cache) -> None:
    await keep(cache, b"old")
    await keep(cache, b"list", "moc:user:{carol}:list:1:20")
    dave = await cache.look("dave", "moc:detail:1:{dave}")
    await cache.filled(dave, MINUTE, loads(b"dave's"))
    async with other.changing([USER]) as told:
        assert told
    assert [await kept(cache), await kept(cache, "moc:user:{carol}:list:1:20")] == [None, None]
    assert (await cache.look("dave", "moc:detail:1:{dave}")).value == b"dave's"


async def test_what_was_loaded_before_a_change_is_not_kept_after_it(cache: Cache, other: Cache) -> None:
    look = await cache.look(USER, KEY)

    async def load() -> bytes:
        async with other.changing([USER]):
            pass
        return b"old"

    assert await cache.filled(look, MINUTE, load) == b"old", "whoever asked before the change may be told so"
    assert await kept(other) is None


async def test_while_a_writer_commits_nothing_is_found_and_nothing_kept(cache: Cache, other: Cache) -> None:
    await keep(cache, b"old")
    async with cache.changing([USER]), other.changing([USER]):
        assert (await other.look(USER, KEY)).generation is None
        await keep(other, b"old")
    assert await kept(other) is None
    await keep(other, b"new")
    assert await kept(cache) == b"new"


async def test_nobody_waits_for_redis_to_hear_that_a_change_is_made(own: Valkey) -> None:
    cache = Cache(own.url, timeout=PATIENT)
    try:
        async with cache.changing([USER]):
            own.child.send(signal.SIGSTOP)
        look = asyncio.ensure_future(cache.look(USER, KEY))
        await asyncio.sleep(0.05)
        assert not look.done()
    finally:
        own.child.send(signal.SIGCONT)
    assert (await look).generation, "what this process sends afterwards comes after it"
    await cache.close()


async def test_what_is_still_to_be_heard_is_heard_before_the_end(cache: Cache, server: Any, valkey_url: str) -> None:
    ending = Cache(valkey_url, timeout=PATIENT)
    async with ending.changing([USER]):
        assert server.hlen("generation:{carol}") == 2
    await ending.close()
    assert server.hlen("generation:{carol}") == 1
    assert (await cache.look(USER, KEY)).generation


async def test_a_change_that_redis_does_not_hear_the_end_of_is_made_all_the_same(
    own: Valkey, caplog: pytest.LogCaptureFixture
) -> None:
    cache = Cache(own.url, timeout=PATIENT)
    async with cache.changing([USER]) as told:
        assert told
        own.child.stop()
    await cache.close()
    gc.collect()
    assert [(record.name, record.getMessage()) for record in caplog.records] == [("brickgate.breaker", "left alone")]


def test_a_function_that_was_frozen_before_it_heard_so_blames_nobody(valkey_url: str) -> None:
    cache = Cache(valkey_url, timeout=SHORT)

    async def change() -> None:
        async with cache.changing([USER]):
            pass

    with asyncio.Runner() as invocations:
        invocations.run(change())
        time.sleep(1.1 * SHORT)  # the event loop stands still, and all clocks go on
        assert invocations.run(cache.look(USER, KEY)).generation
        assert cache._breaker.closed  # noqa: SLF001 - what the next request would find
        invocations.run(cache.close())


async def test_the_first_of_two_writers_to_end_does_not_open_for_the_second(cache: Cache, other: Cache) -> None:
    second = other.changing([USER])
    async with cache.changing([USER]):
        await second.__aenter__()
    await keep(cache, b"old")
    assert await kept(cache) is None
    await second.__aexit__(None, None, None)
    await keep(cache, b"new")
    assert await kept(cache) == b"new"


async def test_a_writer_that_died_closes_for_half_a_minute_and_takes_all_with_it(cache: Cache, server: Any) -> None:
    await keep(cache, b"old")
    died = cache.changing([USER])
    await died.__aenter__()
    assert 29_000 < server.pttl("generation:{carol}") <= 30_000
    async with cache.changing([USER]):
        pass
    assert server.pttl("generation:{carol}") <= 30_000, "a writer that lives does not answer for one that died"
    server.delete("generation:{carol}")  # as time will
    assert await kept(cache) is None
    await died.__aexit__(None, None, None)


async def test_a_writer_slower_than_its_mark_still_ends_a_generation(cache: Cache, server: Any) -> None:
    async with cache.changing([USER]):
        server.delete("generation:{carol}")
        await keep(cache, b"old")
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


async def test_what_redis_was_not_told_it_is_told_before_it_is_believed(
    cache: Cache, other: Cache, server: Any
) -> None:
    await keep(cache, b"old")
    server.config_set("maxmemory", 1)
    server.config_set("maxmemory-policy", "noeviction")
    try:
        async with cache.changing([USER]) as told:
            assert not told
    finally:
        server.config_set("maxmemory", 0)
    assert cache.owes
    cache._breaker._again = None  # noqa: SLF001 - as five seconds would
    assert await kept(cache) is None
    assert len(cache._owed) == 0  # noqa: SLF001 - as above
    assert await kept(other) is None


async def test_only_so_many_changes_are_owed() -> None:
    cache = Cache(f"redis://127.0.0.1:{free_port()}")
    async with cache.changing(map(str, range(OWED + 5))) as told:
        assert not told
    assert len(cache._owed) == OWED  # noqa: SLF001 - memory has no other face
    await cache.close()


async def test_a_server_that_hangs_costs_one_time_limit(silent: str) -> None:
    cache = Cache(f"redis://{silent}", timeout=1)
    cache.load()
    loop = asyncio.get_running_loop()
    started = loop.time()
    async with cache.changing([USER, "dave"]) as told:
        assert not told
    assert loop.time() - started < 2
    await cache.close()
