"""Connections to a real Valkey that end, hang and refuse (PRD 4.8.3)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
import redis
from redis.exceptions import ConnectionError as LostError
from redis.exceptions import ResponseError

from gateway.dev.process import free_port
from services.connections import Connections

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

PAUSE = "redis.call('SET', KEYS[1], ARGV[1]) for i = 1, 3e6 do end return redis.call('GET', KEYS[1])"  # some ten milliseconds


@pytest.fixture
async def connections(valkey_url: str) -> AsyncIterator[Connections]:
    made = Connections(valkey_url, protocol=2)
    yield made
    await made.aclose()


@pytest.fixture
def server(valkey_url: str) -> Iterator[Any]:
    with redis.Redis.from_url(valkey_url) as client:
        yield client


async def own_id(connections: Connections) -> int:
    return int(await connections.execute_command("CLIENT", "ID"))


async def test_text_bytes_and_numbers_go_out_and_answers_come_as_bytes_and_numbers(connections: Connections) -> None:
    assert await connections.execute_command("SET", "ü", b"\x00\xff") == b"OK"
    assert await connections.execute_command("GET", "ü") == b"\x00\xff"
    assert await connections.execute_command("APPEND", "ü", 7) == 3


async def test_commands_one_after_the_other_share_a_connection_and_those_of_a_moment_do_not(
    connections: Connections,
) -> None:
    first = await own_id(connections)
    assert await own_id(connections) == first
    assert len(set(await asyncio.gather(*(own_id(connections) for _ in range(3))))) == 3


async def test_a_connection_that_the_server_has_closed_is_opened_again(connections: Connections, server: Any) -> None:
    first = await own_id(connections)
    server.client_kill_filter(_id=first)
    await asyncio.sleep(0.01)
    assert await own_id(connections) != first


async def test_a_refusal_is_an_answer_and_costs_no_connection(connections: Connections) -> None:
    first = await own_id(connections)
    with pytest.raises(ResponseError):
        await connections.execute_command("GET")
    assert await own_id(connections) == first


async def test_the_answer_of_one_who_gave_up_is_nobody_elses(connections: Connections) -> None:
    for _ in range(10):
        asked = asyncio.create_task(connections.execute_command("EVAL", PAUSE, 1, "late", "theirs"))
        await asyncio.sleep(0.002)
        asked.cancel()
        await asyncio.gather(asked, return_exceptions=True)
        assert await connections.execute_command("ECHO", "mine") == b"mine"


async def test_a_server_that_is_away_is_told_and_looked_for_again(valkey_url: str) -> None:
    away = Connections(f"redis://127.0.0.1:{free_port()}", protocol=2)
    for _ in range(2):
        with pytest.raises(LostError):
            await away.execute_command("PING")
    await away.aclose()
    back = Connections(valkey_url, protocol=2)
    assert await back.execute_command("PING") == b"PONG"
    await back.aclose()
