"""The way to PostgreSQL: connections of asyncpg, statements of `db.query`.

A read borrows a connection for one statement, in autocommit, and no round trip is spent on resetting it. A write is a `Transaction`,
or a `Statement` that is one by itself. All offer the same three verbs, so a store function serves any. What RDS Proxy would pin a
session for (SET, LISTEN, advisory locks, named statements) is not used: timeouts belong to the role (`ALTER ROLE`) and to the driver.
Source: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-proxy-pinning.html
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import asyncpg
import orjson

from db.faults import LOST, told, transient
from db.pool import Pool
from services.retry import retried
from services.tracing import span

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from asyncpg import Connection, Record
    from asyncpg.connection import LoggedQuery

    from db.pool import Loan
    from db.query import Query

_T = TypeVar("_T")

CONNECT_TIMEOUT = 5.0  # seconds
COMMAND_TIMEOUT = 20.0  # seconds; less than API Gateway's 30, so that the caller still gets an answer
FRESH = 30.0  # seconds since its last use for which a connection is taken to be there; who is frozen hears of no end
OVERFLOW = 2  # connections beyond the pool's size: siblings of one operation, each with its own


class Session(ABC):
    """What a store needs: a place to run statements, be it a transaction or not."""

    @abstractmethod
    async def rows(self, query: Query, /, **values: Any) -> list[Record]:
        """Run `query` and return its rows."""

    async def row(self, query: Query, /, **values: Any) -> Record | None:
        """Run `query` and return its first row, None without one."""
        rows = await self.rows(query, **values)
        return rows[0] if rows else None

    async def value(self, query: Query, /, **values: Any) -> Any:
        """Run `query` and return the first column of its first row, None without one."""
        row = await self.row(query, **values)
        return row[0] if row else None


class Transaction(Session):
    """A session whose statements take effect together, when the block that made it ends without an exception."""

    def __init__(self, connection: Connection[Record]) -> None:
        self._connection = connection

    async def rows(self, query: Query, /, **values: Any) -> list[Record]:
        """Run `query` in this transaction."""
        arguments = query.arguments(values)
        with span("sql", query.summary, query.told):
            return await self._connection.fetch(query.sql, *arguments)


class Statement(Session):
    """A session of one statement, which takes effect by itself: BEGIN and COMMIT would be two round trips more."""

    def __init__(self, connection: Connection[Record]) -> None:
        self._connection: Connection[Record] | None = connection

    async def rows(self, query: Query, /, **values: Any) -> list[Record]:
        """Run `query`.

        Raises:
            RuntimeError: there was one before; several belong into a transaction.
        """
        connection, self._connection = self._connection, None
        if connection is None:
            raise RuntimeError("a second statement wants a transaction")
        return await Transaction(connection).rows(query, **values)


class Database(Session):
    """One process's connections to one database; opens none until the first statement.

    Args:
        url: `postgresql://...`; the parameters of libpq, such as `sslmode`, are understood.
        pool_size: connections kept open.
        statement_cache: prepared statements kept by a connection; 0 behind RDS Proxy or PgBouncer.
        password: makes the password of a connection; None where `url` has it.

    Attributes:
        loggers: told of each statement (asyncpg's query loggers) on connections that are opened from then on.
    """

    def __init__(
        self,
        url: str,
        *,
        pool_size: int = 1,
        statement_cache: int = 0,
        password: Callable[[], str] | None = None,
    ) -> None:
        self._url, self._password = url, password
        self._statement_cache = statement_cache
        self._constants: dict[Query, Any] = {}
        self._pool = Pool(self._opened, size=pool_size, overflow=OVERFLOW, patience=CONNECT_TIMEOUT)
        self.loggers: list[Callable[[LoggedQuery], None]] = []

    async def _opened(self) -> Connection[Record]:
        connection = await self._connect()
        try:
            await _set_codecs(connection)
            for logger in self.loggers:
                connection.add_query_logger(logger)
        except BaseException:
            connection.terminate()
            raise
        return connection

    async def _connect(self) -> Connection[Record]:
        try:
            connection = await asyncpg.connect(
                self._url,
                password=self._password,
                timeout=CONNECT_TIMEOUT,
                command_timeout=COMMAND_TIMEOUT,
                statement_cache_size=self._statement_cache,
            )
        except TimeoutError as error:
            raise ConnectionError(f"no connection within {CONNECT_TIMEOUT} s") from error
        # Without this asyncpg runs set_config('jit', ...) when it looks up an unknown type, which pins a proxied session.
        private: Any = connection  # asyncpg has no other switch for it
        private._server_caps = private._server_caps._replace(jit=False)  # noqa: SLF001 - as above
        return connection

    async def rows(self, query: Query, /, **values: Any) -> list[Record]:
        """Run `query` in autocommit; where the server cannot be reached, again on a new connection (`services.retry`).

        Only reads come this way, and single statements that are safe to repeat: a write belongs in a `transaction`.

        Raises:
            Unavailable: PostgreSQL gave no answer.
            Unstorable: a value cannot be held or compared.
        """
        arguments = query.arguments(values)
        with told():
            return await self._patiently(lambda: self._fetch(query, arguments))

    async def _patiently(self, call: Callable[[], Awaitable[_T]]) -> _T:
        """What `call` returns, tried again while connections are lost or all taken."""

        async def attempt() -> _T:
            try:
                return await call()
            except LOST as error:
                if transient(error):
                    await self.close()  # its siblings have died with it
                raise

        return await retried(attempt, transient)

    async def constant(self, query: Query) -> Any:
        """The value of a statement whose answer holds as long as the process lives; asked once."""
        if query not in self._constants:
            self._constants[query] = await self.value(query)
        return self._constants[query]

    async def _fetch(self, query: Query, arguments: list[Any]) -> list[Record]:
        with span("sql", query.summary, query.told):
            async with await self._pool.borrow() as connection:
                return await connection.fetch(query.sql, *arguments)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """One transaction: committed when the block ends, rolled back when it raises.

        To begin is tried as often as a read is; from then on nothing is tried twice.

        Raises:
            Duplicate, Dangling: a constraint refused a statement of the block.
            Unstorable: a value cannot be held by its column.
            Unavailable: PostgreSQL gave no answer.
        """
        with told():
            async with AsyncExitStack() as stack:
                yield await self._patiently(lambda: self._begun(stack))

    @asynccontextmanager
    async def statement(self) -> AsyncIterator[Statement]:
        """A place for one statement that changes something; never run twice, since it is not known what became of the first run.

        Raises:
            Duplicate, Dangling, Unstorable, Unavailable: as of a transaction.
        """
        with told():
            async with await self._patiently(self._alive) as connection:
                yield Statement(connection)

    async def _alive(self) -> Loan:
        """A connection whose server has been heard of lately."""
        loan = await self._pool.borrow()
        if loan.rested > FRESH:
            async with AsyncExitStack() as attempt:
                connection = await attempt.enter_async_context(loan)
                await connection.execute("SELECT 1")
                attempt.pop_all()  # the loan goes on
        return loan

    async def _begun(self, stack: AsyncExitStack) -> Transaction:
        """A transaction that ends with `stack`."""
        async with AsyncExitStack() as attempt:
            connection = await attempt.enter_async_context(await self._pool.borrow())
            await attempt.enter_async_context(connection.transaction())
            stack.push_async_exit(attempt.pop_all())
        return Transaction(connection)

    async def close(self) -> None:
        """Close every connection that nobody has borrowed, and forget the others; whoever comes next opens new ones."""
        await self._pool.close()


async def _set_codecs(connection: Connection[Record]) -> None:
    """Ids stay text, JSON becomes Python values: what a field serves, a row brings."""
    await connection.set_type_codec("uuid", schema="pg_catalog", encoder=str, decoder=str)
    for name in ("json", "jsonb"):
        await connection.set_type_codec(
            name, schema="pg_catalog", encoder=lambda value: orjson.dumps(value).decode(), decoder=orjson.loads
        )
