"""Connections of one process to one database, each lent to one borrower at a time.

A pool of our own, since what a library's costs is more than a statement's own way to the server: asyncpg's resets a connection by a
round trip and gives it back in another task, SQLAlchemy's runs in a greenlet (docs/decisions/0031-a-pool-of-our-own.md).
"""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from db.faults import LOST

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from types import TracebackType

    from asyncpg import Connection, Record

CLOSE_TIMEOUT = 1.0  # seconds for a server to hear that a connection ends; then it is cut


class Pool:
    """The last connection given back is the next one lent, so that no more are open than there are borrowers at a time.

    Args:
        connect: opens a connection.
        size: how many are kept while nobody uses them.
        overflow: how many more there may be at a time.
        patience: seconds that a borrower waits while all are lent.
    """

    def __init__(
        self, connect: Callable[[], Awaitable[Connection[Record]]], *, size: int, overflow: int, patience: float
    ) -> None:
        self._connect, self._size, self._patience = connect, size, patience
        self._places = asyncio.Semaphore(size + overflow)
        self._most = size + overflow
        self._idle: list[tuple[Connection[Record], float]] = []
        self._generation = 0

    async def borrow(self) -> Loan:
        """A connection until the loan ends, which is an asynchronous context manager.

        Raises:
            TimeoutError: all are lent, for too long.
            Exception: whatever connecting raises.
        """
        if self._places.locked():
            await self._place()
        else:
            await self._places.acquire()  # which does not wait
        try:
            while self._idle:
                connection, used = self._idle.pop()
                if not connection.is_closed():
                    return Loan(self, connection, self._generation, time.time() - used)
            return Loan(self, await self._connect(), self._generation, 0.0)
        except BaseException:
            self._places.release()
            raise

    async def _place(self) -> None:
        try:
            async with asyncio.timeout(self._patience):
                await self._places.acquire()
        except TimeoutError as error:
            raise TimeoutError(f"all {self._most} connections were in use for {self._patience:g} s") from error

    async def give_back(self, connection: Connection[Record], generation: int, *, sound: bool) -> None:
        """End a loan: keep the connection, or close it where it is one too many, outlived or not `sound`."""
        try:
            if sound and generation == self._generation and len(self._idle) < self._size:
                self._idle.append((connection, time.time()))
            else:
                await _closed(connection)
        finally:
            self._places.release()

    async def close(self) -> None:
        """Close every connection that nobody has borrowed, and the others when they come back; whoever comes next opens new ones."""
        self._generation += 1
        idle, self._idle = self._idle, []
        for connection, _ in idle:
            await _closed(connection)


class Loan:
    """A connection until the block ends.

    Attributes:
        connection: the connection.
        rested: seconds since it was used; none for a new one, whose server has just answered.
    """

    __slots__ = ("_generation", "_pool", "connection", "rested")

    def __init__(self, pool: Pool, connection: Connection[Record], generation: int, rested: float) -> None:
        self._pool, self._generation = pool, generation
        self.connection, self.rested = connection, rested

    async def __aenter__(self) -> Connection[Record]:
        """The connection."""
        return self.connection

    async def __aexit__(
        self, _kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        """Give it back. Who was interrupted has the server cancel the statement, which would go on waiting for a lock otherwise."""
        # After any of these the protocol may be out of step.
        sound = not isinstance(error, (*LOST, asyncio.CancelledError, TimeoutError)) and not self.connection.is_closed()
        await self._pool.give_back(self.connection, self._generation, sound=sound)


async def _closed(connection: Connection[Record]) -> None:
    """Close a connection, politely where its server still listens; a statement that still runs is cancelled."""
    with suppress(Exception):
        await connection.close(timeout=CLOSE_TIMEOUT)
