"""Changes, after which nothing counts that was kept before (PRD FR6, 1.4.8; docs/decisions/0016)."""

from __future__ import annotations

import asyncio
import gc
import signal
import time
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import pytest
import redis

from gateway.dev.process import free_port
from gateway.dev.valkey import Valkey
from services.breaker import REST
from services.cache import Cache
from services.debts import OWED
from services.spelling import Rate
from services.windows import Count
from tests.services.cache.keeping import KEY, MINUTE, PATIENT, USER, keep, kept, loads

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from services.windows import Window

SHORT = 1.0  # seconds


@pytest.fixture
def own(services_folder: Path) -> Iterator[Valkey]:
    """A server of this test's own, to be done harm."""
    server = Valkey(free_port(), log=services_folder / "harmed.log")
    server.wait()
    yield server
    server.child.stop()


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


class Asking:
    """A request of `caller`'s, of which a window holds so many; by itself it is counted in `cache`."""

    def __init__(self, most: int, caller: str = USER, cache: Cache | None = None) -> None:
        self.caller, self.most, self.cache = caller, most, cache
        self.windows: list[Window | None] = []

    async def admit(self) -> None:
        if self.cache and (due := self.due()):
            self.settle(await self.cache.count(due.key, due.rate.seconds))

    def due(self) -> Count | None:
        return None if self.windows else Count(f"limit:{{{self.caller}}}:general", Rate(self.most, 60))

    def settle(self, window: Window | None) -> None:
        self.windows.append(window)
        if window and window.used > self.most:
            raise OverflowError


async def test_a_request_is_counted_once_with_its_change(cache: Cache, server: Any) -> None:
    asking = Asking(5)
    for _ in range(2):  # an operation may have several transactions
        async with cache.changing(["dave", USER], asking) as told:
            assert told
    [window] = asking.windows
    assert window is not None
    assert window.used == 1
    assert 50 < window.left <= 60
    assert server.get("limit:{carol}:general") == b"1"


async def test_the_change_of_a_request_that_is_one_too_many_is_not_made(
    cache: Cache, other: Cache, server: Any
) -> None:
    await keep(other, b"old")
    with pytest.raises(OverflowError):
        async with cache.changing([USER], Asking(0)):
            pytest.fail("it was made")
    await cache.ping()
    assert server.hlen("generation:{carol}") == 1, "it has left no mark"
    assert await kept(other) == b"old"


@pytest.mark.parametrize("others", [[USER], []])
async def test_a_request_that_changes_what_others_see_is_counted_before(
    cache: Cache, server: Any, others: list[str]
) -> None:
    for most, made in ((1, True), (0, False)):
        with nullcontext() if made else pytest.raises(OverflowError):
            async with cache.changing(others, Asking(most, "dave", cache)):
                assert made
    assert server.get("limit:{dave}:general") == b"2"
    assert server.keys("limit:{carol}*") == []


async def test_without_redis_it_is_told_so() -> None:
    cache, asking = Cache(f"redis://127.0.0.1:{free_port()}"), Asking(0)
    async with cache.changing([USER], asking) as told:
        assert not told
    assert asking.windows == [None]
    assert cache.owes
    await cache.close()


async def test_a_mark_that_came_all_the_same_is_taken_away_by_whoever_left_it(own: Valkey) -> None:
    cache = Cache(own.url, timeout=SHORT)
    async with cache.changing([USER]) as told:
        assert told, "the server knows the script"
    await keep(cache, b"old")
    own.child.send(signal.SIGSTOP)
    async with cache.changing([USER]) as told:
        assert not told
    async with cache.changing([USER]) as told:
        assert not told, "nor is it asked"
    own.child.send(signal.SIGCONT)
    await asyncio.sleep(REST + 0.1)
    with redis.Redis.from_url(own.url) as server:
        assert server.hlen("generation:{carol}") == 2, "the mark"
        assert await kept(cache) is None
        assert server.hlen("generation:{carol}") == 1
        assert server.pttl("generation:{carol}") > 60_000, "which ends with its writer, if he is not heard of"
    await keep(cache, b"new")
    assert await kept(cache) == b"new"
    assert not cache.owes
    await cache.close()
