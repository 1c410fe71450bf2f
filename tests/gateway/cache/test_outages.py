"""A Redis that is away, hung, slow, read-only or full: every answer is right, and one caller alone pays for it (PRD 1.4.8, 4.8.3)."""

from __future__ import annotations

import asyncio
import gc
import signal
from typing import TYPE_CHECKING

import pytest
import redis

from gateway.dev.process import free_port
from gateway.dev.valkey import Valkey
from gateway.worker import drain
from tests.gateway.conftest import MOC

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from pathlib import Path

    import httpx

REST = 5.0  # seconds for which a Redis that failed is left alone
ONCE = 1.0  # seconds that its failure may cost; five times what it is by default, for machines that have much to do


@pytest.fixture
def own(services_folder: Path) -> Iterator[Valkey]:
    """A server of this test's own, to be done harm."""
    server = Valkey(free_port(), log=services_folder / "harmed.log")
    server.wait()
    yield server
    server.child.send(signal.SIGCONT)
    server.child.stop()


@pytest.fixture
def harm(own: Valkey) -> Callable[[str], None]:
    """`harm("paused")`, `harm("none")`: what is wrong with the server from now on."""
    with redis.Redis.from_url(own.url) as client:

        def do(what: str) -> None:
            if what == "stopped":
                own.child.stop()
            elif what == "paused":
                own.child.send(signal.SIGSTOP)
            elif what == "full":
                client.config_set("maxmemory-policy", "noeviction")
                client.config_set("maxmemory", 1)
            elif what == "read-only":
                client.replicaof("127.0.0.1", free_port())
            elif what == "none":
                own.child.send(signal.SIGCONT)
                client.config_set("maxmemory", 0)
                client.replicaof("NO", "ONE")

    return do


class Counted:
    """A proxy that delays what a server says, and counts what it is asked."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.asked, self.delay = 0, 0.0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        behind, ahead = await asyncio.open_connection("127.0.0.1", self._port)

        async def forward(source: asyncio.StreamReader, sink: asyncio.StreamWriter, *, answers: bool) -> None:
            while data := await source.read(65536):
                if answers:
                    await asyncio.sleep(self.delay)
                else:
                    self.asked += data.count(b"EVALSHA")
                sink.write(data)
                await sink.drain()
            sink.close()

        await asyncio.gather(
            forward(reader, ahead, answers=False), forward(behind, writer, answers=True), return_exceptions=True
        )


@pytest.fixture
async def proxy(own: Valkey) -> AsyncIterator[tuple[Counted, str]]:
    counted = Counted(own.port)
    server = await asyncio.start_server(counted.serve, "127.0.0.1", 0)
    yield counted, f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}/0"
    server.close()


@pytest.mark.prd("1.4.8")
@pytest.mark.parametrize("what", ["stopped", "paused", "full", "read-only"])
async def test_answers_stay_right_and_one_request_pays(
    process: Callable[..., httpx.AsyncClient],
    harm: Callable[[str], None],
    proxy: tuple[Counted, str],
    what: str,
) -> None:
    counted, url = proxy
    client = process(redis_url=url, redis_timeout_ms=int(ONCE * 1000))
    moc = (await client.post("/api/mocs", json={**MOC, "title": "A"})).json()["data"]
    path, loop = f"/api/mocs/{moc['id']}", asyncio.get_running_loop()
    for _ in range(2):
        assert (await client.get(path)).json()["data"]["title"] == "A"
    assert (await client.get(path)).headers["x-cache"] == "HIT"
    harm(what)
    counted.asked = 0
    began = loop.time()
    assert (await client.get(path)).json()["data"]["title"] == "A"
    spent, asked = loop.time() - began, counted.asked
    assert spent < 5 * ONCE, "far from a client's own minute"
    for number in range(10):
        changed = await client.patch(path, json={"title": f"A {number}"})
        assert (changed.status_code, changed.headers["ratelimit-remaining"].isdecimal()) == (200, True)
        for answer in (await client.get(path), await client.get("/api/mocs")):
            assert (answer.status_code, answer.headers["x-cache"]) == (200, "MISS")
        assert (await client.get(path)).json()["data"]["title"] == f"A {number}"
    assert counted.asked == asked <= 2, "the first request alone has asked Redis"


@pytest.mark.slow
@pytest.mark.parametrize("what", ["paused", "full", "read-only"])
async def test_what_was_changed_meanwhile_is_not_shown_as_it_was_when_redis_is_back(
    process: Callable[..., httpx.AsyncClient], own: Valkey, harm: Callable[[str], None], what: str
) -> None:
    writer = process(redis_url=own.url, redis_timeout_ms=int(ONCE * 1000))
    moc = (await writer.post("/api/mocs", json={**MOC, "title": "old"})).json()["data"]
    path = f"/api/mocs/{moc['id']}"
    for _ in range(2):
        await writer.get(path)
    harm(what)
    await writer.patch(path, json={"title": "new"})
    harm("none")
    await asyncio.sleep(REST + 0.1)
    answers = [await writer.get(path) for _ in range(3)]
    assert {answer.json()["data"]["title"] for answer in answers} == {"new"}
    assert answers[-1].headers["x-cache"] == "HIT"


async def test_a_worker_tells_redis_of_changes_that_their_process_could_not(
    process: Callable[..., httpx.AsyncClient], own: Valkey, harm: Callable[[str], None]
) -> None:
    writer, reader = (process(redis_url=own.url) for _ in range(2))
    moc = (await writer.post("/api/mocs", json={**MOC, "title": "old"})).json()["data"]
    path = f"/api/mocs/{moc['id']}"
    for _ in range(2):
        await reader.get(path)
    harm("full")
    await writer.patch(path, json={"title": "new"})
    harm("none")
    services = reader._transport.app.state.gateway.services  # type: ignore[attr-defined] # noqa: SLF001 - httpx names it nowhere
    await drain(services)
    assert (await reader.get(path)).json()["data"]["title"] == "new"


@pytest.mark.parametrize("delay", [ONCE / 2, 5 * ONCE])
async def test_a_slow_redis_is_waited_for_once(
    process: Callable[..., httpx.AsyncClient], proxy: tuple[Counted, str], delay: float
) -> None:
    counted, url = proxy
    client = process(redis_url=url, redis_timeout_ms=int(ONCE * 1000))
    await client.get("/api/mocs")
    counted.delay, counted.asked = delay, 0
    for _ in range(10):
        assert (await client.get("/api/mocs")).status_code == 200
    assert counted.asked <= 3
    assert (await client.get("/api/mocs")).headers["x-cache"] == "MISS"


async def test_a_redis_that_comes_back_is_used_again(
    process: Callable[..., httpx.AsyncClient], own: Valkey, harm: Callable[[str], None]
) -> None:
    client = process(redis_url=own.url, redis_timeout_ms=int(ONCE * 1000))
    harm("paused")
    assert (await client.get("/api/mocs")).status_code == 200
    harm("none")
    await asyncio.sleep(REST + 0.1)
    states = [(await client.get("/api/mocs")).headers["x-cache"] for _ in range(3)]
    assert states[-1] == "HIT"


async def test_values_of_others_are_misses(
    process: Callable[..., httpx.AsyncClient], valkey_url: str, forget: Callable[[], None]
) -> None:
    forget()
    client = process()
    first = await client.get("/api/mocs")
    with redis.Redis.from_url(valkey_url) as server:
        (key,) = server.scan_iter("moc:*")
        whole = server.get(key)
        assert isinstance(whole, bytes)
        for wrong in (b"", b"x", whole[:10], b"0" * 8 + whole[8:], whole.replace(b":", b";", 1), b"\xff" * 100):
            server.set(key, wrong)
            answer = await client.get("/api/mocs")
            assert (answer.status_code, answer.headers["x-cache"]) == (200, "MISS"), wrong
            assert {**answer.json(), "timestamp": ""} == {**first.json(), "timestamp": ""}


async def test_a_count_that_nobody_waits_for_any_more_fails_in_silence(
    process: Callable[..., httpx.AsyncClient], own: Valkey, harm: Callable[[str], None]
) -> None:
    client = process(redis_url=own.url, cache_list_seconds=0)
    assert (await client.get("/api/mocs")).status_code == 200
    loop, complaints = asyncio.get_running_loop(), []
    loop.set_exception_handler(lambda _, context: complaints.append(context))
    harm("paused")
    asking = asyncio.create_task(client.get("/api/mocs"))
    counts = client._transport.app.state.gateway.services.cache._client._connection.waiting  # type: ignore[attr-defined] # noqa: SLF001
    while not counts:  # noqa: ASYNC110 - a command that is sent sets no event
        await asyncio.sleep(0)
    asking.cancel()
    await asyncio.wait({asking})
    del asking
    own.child.send(signal.SIGKILL)
    while counts and not counts[0].done():  # noqa: ASYNC110 - nor does a connection that is lost
        await asyncio.sleep(0.01)
    counts.clear()
    gc.collect()
    assert not complaints
