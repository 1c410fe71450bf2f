"""The door to the migrations, for the command line, the tests and the migration Lambda (PRD 1.7).

Everything here is synchronous and takes a `postgresql://` URL of the database itself, not of a proxy: the advisory lock
and the time limits belong to a session. asyncpg is the only driver of this project, so the work runs in an event loop
of its own, on a thread of its own; a caller with a running loop either blocks it or uses `asyncio.to_thread`.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import asyncpg
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, NullPool, inspect, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from db import legacy

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine

    from alembic.operations.ops import MigrationScript

T = TypeVar("T")

LEGACY = "0001"
"""The revision that an existing legacy database is at."""

LEGACY_TABLES = legacy.TABLES
"""The nine tables of the legacy service (PRD 1.7.4)."""

_FOLDER = Path(__file__).resolve().parent / "migrations"
_LOCK = 0x6272696B  # "brik": the key of the advisory lock, the same in every release
_POLL = 0.2  # seconds between two tries for the advisory lock
_CONNECT_TIMEOUT = 10.0  # seconds

# Alembic keeps the migration at hand in module globals (`alembic.op`, `alembic.context`): one at a time in a process.
_alembic = threading.Lock()
_log = logging.getLogger(__name__)


class MigrationError(Exception):
    """A migration that did not happen. The text says why, and what would help; the schema is as it was before."""


@dataclass(frozen=True)
class Patience:
    """How long a migration waits, in seconds."""

    lock: float = 5.0
    """For a table that another session uses. Everybody else queues behind the waiting migration, hence short."""
    statement: float = 300.0
    """For one statement."""
    migrator: float = 600.0
    """For another migrator to finish."""


DEFAULT = Patience()


def upgrade(url: str, revision: str = "head", *, patience: Patience = DEFAULT) -> None:
    """Bring the database forward to `revision`, whole or not at all; nothing to do is a success.

    Raises:
        MigrationError: see its text; among others a legacy database that was not adopted, and one of a newer release.
    """
    _migrate(url, patience, lambda connection: _upgrade(connection, revision))


def downgrade(url: str, revision: str, *, patience: Patience = DEFAULT) -> None:
    """Take the database back to `revision`. What later revisions added goes, with its data; `base` drops every table.

    Raises:
        MigrationError: see its text.
    """
    _migrate(url, patience, lambda connection: command.downgrade(_config(connection), revision))


def adopt(url: str, revision: str = "head", *, patience: Patience = DEFAULT) -> None:
    """Take over a legacy database, which is at revision `LEGACY`, and bring it forward to `revision`, in one transaction.

    Raises:
        MigrationError: see its text; the database is under Alembic's care already, or lacks something that the legacy service's has.
    """
    _migrate(url, patience, lambda connection: _adopt(connection, revision))


def current(url: str) -> str | None:
    """Return the revision that the database is at; None for one that was neither built nor adopted.

    Raises:
        MigrationError: no connection could be had.
    """

    async def read() -> str | None:
        async with _connection(url, DEFAULT) as connection:
            return await connection.run_sync(_revision)

    return _run(read())


def head() -> str:
    """Return the newest revision that this release knows."""
    return ScriptDirectory.from_config(_config()).get_current_head() or ""


def generate(url: str, message: str, *, patience: Patience = DEFAULT) -> Path | None:
    """Write the next revision, made of the differences between the models and the database at `url` (PRD 1.7.5).

    Returns:
        The new file, to be read and completed by its author; None when there is no difference.

    Raises:
        MigrationError: the database is not at the newest revision.
    """
    written: list[Path] = []
    _migrate(url, patience, lambda connection: written.extend(_generate(connection, message)))
    return written[0] if written else None


def _config(connection: Connection | None = None) -> Config:
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))  # a ConfigParser interpolates
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.set_main_option("path_separator", "os")
    return config


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _upgrade(connection: Connection, revision: str) -> None:
    at = _revision(connection)
    if at is None and (found := LEGACY_TABLES.intersection(inspect(connection).get_table_names())):
        raise MigrationError(
            f"the database has tables of the legacy service ({', '.join(sorted(found))}) and no revision:"
            " adopt it first"
        )
    known = [script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()]
    if at is not None and at not in known:
        raise MigrationError(
            f"the database is at revision {at}, which this release does not know (its newest is {known[0]}):"
            " a newer release has migrated it; run that one"
        )
    connection.rollback()  # ends the transaction of these reads: Alembic commits only one that it began
    command.upgrade(_config(connection), revision)
    _log.info("the database was at revision %s and is at %s now", at, _revision(connection))


def _adopt(connection: Connection, revision: str) -> None:
    tables = set(inspect(connection).get_table_names())
    if "alembic_version" in tables:
        raise MigrationError(f"the database was adopted before, it is at revision {_revision(connection)}: upgrade it")
    if complaint := legacy.complaint(connection, tables, _legacy_revision):
        raise MigrationError(f"this is no database of the legacy service, {complaint}")
    connection.rollback()  # as in _upgrade
    with connection.begin():  # Alembic joins it: where the upgrade fails, the database was never adopted
        command.stamp(_config(connection), LEGACY)
        command.upgrade(_config(connection), revision)
    _log.info("the legacy database was adopted as revision %s, and is at %s now", LEGACY, _revision(connection))


def _legacy_revision() -> None:
    """Make the tables of revision `LEGACY`, where the search path leads."""
    script = ScriptDirectory.from_config(_config()).get_revision(LEGACY)
    script.module.upgrade()


def _generate(connection: Connection, message: str) -> list[Path]:
    def drop_empty(_context: object, _revision: object, scripts: list[MigrationScript]) -> None:
        if scripts[0].upgrade_ops is not None and scripts[0].upgrade_ops.is_empty():
            scripts.clear()

    made = command.revision(
        _config(connection),
        message,
        autogenerate=True,
        rev_id=f"{int(head()) + 1:04}",
        process_revision_directives=drop_empty,
    )
    scripts = made if isinstance(made, list) else [made]
    return [Path(script.path) for script in scripts if script is not None]


def _migrate(url: str, patience: Patience, work: Callable[[Connection], None]) -> None:
    async def locked() -> None:
        async with _connection(url, patience) as connection:
            await _wait_for_turn(connection, patience.migrator)
            await connection.run_sync(work)

    with _alembic:
        try:
            _run(locked())
        except CommandError as error:
            known = [script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()]
            raise MigrationError(f"{error}. Revisions of this release: {', '.join(reversed(known))}") from error
        except DBAPIError as error:
            raise MigrationError(_explain(error, patience)) from error


def _explain(error: DBAPIError, patience: Patience) -> str:
    statement = " ".join((error.statement or "").split())
    match getattr(error.orig, "sqlstate", None):
        case "55P03":  # lock_not_available
            return (
                f"another session kept a table locked for {patience.lock:g} s, nothing was changed: end it (see"
                f" pg_stat_activity) or wait for it, then run this again. Statement: {statement}"
            )
        case "40P01":  # deadlock_detected
            return (
                f"another session's locks got in the way, nothing was changed: run this again. Statement: {statement}"
            )
        case "57014":  # query_canceled
            return (
                f"a statement took longer than {patience.statement:g} s, nothing was changed: run this when less is"
                f" going on, or allow more time. Statement: {statement}"
            )
    if error.connection_invalidated:
        return f"the connection was lost, see which revision the database is at: {error.orig}. Statement: {statement}"
    return f"PostgreSQL refused, nothing was changed: {error.orig}. Statement: {statement}"


async def _wait_for_turn(connection: AsyncConnection, limit: float) -> None:
    """Take the lock that lets migrators pass one by one; it goes with the connection.

    Tried for, not waited for: a statement that waits holds a snapshot, and a CREATE INDEX CONCURRENTLY of the migrator
    ahead would wait for that in turn, forever.
    """
    deadline = asyncio.get_running_loop().time() + limit
    waited = False
    while not await connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": _LOCK}):
        await connection.rollback()
        if asyncio.get_running_loop().time() >= deadline:
            raise MigrationError(
                f"another migrator was still at work after {limit:g} s: wait for it, then run this again"
            )
        if not waited:
            _log.info("another migrator is at work, waiting for it")
            waited = True
        await asyncio.sleep(_POLL)
    await connection.rollback()  # the lock is the session's; the transaction is in Alembic's way


@asynccontextmanager
async def _connection(url: str, patience: Patience) -> AsyncIterator[AsyncConnection]:
    async def connect() -> asyncpg.Connection[asyncpg.Record]:
        # By asyncpg itself, as in db.engine: it reads the parameters of libpq (sslmode), SQLAlchemy's URLs do not.
        return await asyncpg.connect(
            url,
            timeout=_CONNECT_TIMEOUT,
            statement_cache_size=0,  # a cached plan does not survive the DDL
            server_settings={
                "application_name": "brickgate-migrate",
                "lock_timeout": f"{patience.lock * 1000:.0f}",
                "statement_timeout": f"{patience.statement * 1000:.0f}",
            },
        )

    engine = create_async_engine("postgresql+asyncpg://", async_creator=connect, poolclass=NullPool)
    try:
        try:
            connection = await engine.connect()
        except (DBAPIError, OSError, TimeoutError) as error:
            cause = error.orig if isinstance(error, DBAPIError) else error
            silent = f"no answer within {_CONNECT_TIMEOUT:g} s; is it running, and does the network let you through?"
            reason = silent if isinstance(cause, TimeoutError) else str(cause) or type(cause).__name__
            raise MigrationError(f"no connection to the database: {reason}") from error
        try:
            yield connection
        finally:
            await connection.close()
    finally:
        await engine.dispose()


def _run(work: Coroutine[None, None, T]) -> T:
    with ThreadPoolExecutor(1, "migrate") as thread:
        return thread.submit(asyncio.run, work).result()
