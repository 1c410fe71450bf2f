"""Connections that are lent, outlived, one too many, given up on."""

from __future__ import annotations

import asyncio
import gc
from typing import TYPE_CHECKING

import asyncpg
import pytest

from db.pool import Pool

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from asyncpg import Connection, Record

SIZE, OVERFLOW = 1, 2
SLEEP = "SELECT pg_sleep(5)"


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator[Pool]:
    made = Pool(lambda: asyncpg.connect(database_url), size=SIZE, overflow=OVERFLOW, patience=0.2)
    yield made
    await made.close()


@pytest.fixture
async def watcher(database_url: str) -> AsyncIterator[Connection[Record]]:
    connection = await asyncpg.connect(database_url)
    yield connection
    await connection.close()


async def pid(pool: Pool) -> int:
    async with await pool.borrow() as connection:
        return int(await connection.fetchval("SELECT pg_backend_pid()"))


async def others(watcher: Connection[Record]) -> list[int]:
    """The servers of all other connections to the database."""
    asked = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    return [row["pid"] for row in await watcher.fetch(asked)]


async def settled(watcher: Connection[Record], count: int) -> list[int]:
    """The others, once they are `count`: a server ends a moment after its connection."""
    for _ in range(100):
        if len(found := await others(watcher)) == count:
            break
        await asyncio.sleep(0.02)
    return found


@pytest.mark.prd("1.7.8")
async def test_borrowers_that_follow_each_other_share_a_connection(pool: Pool, watcher: Connection[Record]) -> None:
    first = await pid(pool)
    assert await pid(pool) == first
    assert await others(watcher) == [first]
    loan = await pool.borrow()
    assert 0 <= loan.rested < 5
    other = await pool.borrow()
    async with loan, other:
        assert other.rested == 0  # a new one, since the first is lent


@pytest.mark.prd("1.7.8")
async def test_connections_beyond_the_pool_are_closed_when_they_come_back(
    pool: Pool, watcher: Connection[Record]
) -> None:
    loans = [await pool.borrow() for _ in range(SIZE + OVERFLOW)]
    assert len(await others(watcher)) == SIZE + OVERFLOW
    for loan in loans:
        async with loan:
            pass
    assert await settled(watcher, SIZE) == [await pid(pool)]


async def test_who_waits_for_too_long_while_all_are_lent_is_told_and_others_are_not_kept_waiting(pool: Pool) -> None:
    loans = [await pool.borrow() for _ in range(SIZE + OVERFLOW)]
    with pytest.raises(TimeoutError, match=r"all 3 connections were in use for 0\.2 s"):
        await pool.borrow()
    waiting = [asyncio.create_task(pid(pool)) for _ in range(3)]
    given_up = asyncio.create_task(pool.borrow())
    await asyncio.sleep(0)
    given_up.cancel()
    for loan in loans:
        async with loan:
            pass
    assert len(await asyncio.gather(*waiting)) == 3
    assert await pid(pool)


async def test_a_connection_that_has_ended_is_lent_to_nobody(pool: Pool, watcher: Connection[Record]) -> None:
    first = await pid(pool)
    await watcher.execute("SELECT pg_terminate_backend($1)", first)
    await settled(watcher, 0)
    assert await pid(pool) != first


async def test_a_statement_that_is_given_up_ends_at_the_server_and_with_its_connection(
    pool: Pool, watcher: Connection[Record]
) -> None:
    first = await pid(pool)

    async def sleep() -> None:
        async with await pool.borrow() as connection:
            await connection.execute(SLEEP)

    asleep = asyncio.create_task(sleep())
    await asyncio.sleep(0.1)
    asleep.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asleep
    assert await settled(watcher, 0) == []
    assert await pid(pool) != first


async def test_a_mistake_of_the_borrower_costs_no_connection(pool: Pool) -> None:
    first = await pid(pool)
    with pytest.raises(asyncpg.PostgresSyntaxError):
        async with await pool.borrow() as connection:
            await connection.execute("SELEKT")
    assert await pid(pool) == first


async def test_what_is_lent_while_the_pool_closes_is_closed_when_it_comes_back(
    pool: Pool, watcher: Connection[Record]
) -> None:
    async with await pool.borrow() as connection:
        await pool.close()
        assert await connection.fetchval("SELECT 1") == 1
    assert await settled(watcher, 0) == []


async def test_whoever_gives_up_while_a_connection_is_made_leaves_none_behind(pool: Pool) -> None:
    for number in range(40):
        asking = asyncio.create_task(pid(pool))
        await asyncio.sleep(number * 0.0005)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        await pool.close()
    assert await pid(pool)
    await pool.close()
    gc.collect()  # a connection that nobody closed would say so now


async def test_a_server_that_refuses_takes_no_place(database_url: str) -> None:
    away = True

    async def connect() -> Connection[Record]:
        if away:
            raise ConnectionRefusedError
        return await asyncpg.connect(database_url)

    pool = Pool(connect, size=SIZE, overflow=0, patience=0.2)
    for _ in range(3):
        with pytest.raises(ConnectionRefusedError):
            await pool.borrow()
    away = False
    assert await pid(pool)
    await pool.close()
