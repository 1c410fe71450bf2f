"""What asyncpg and the pool raise, and what it means."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import asyncpg

from db.errors import Dangling, Duplicate, Unavailable, Unstorable

if TYPE_CHECKING:
    from collections.abc import Iterator

LOST = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    OSError,
)
BUSY = (
    asyncpg.TooManyConnectionsError,
    asyncpg.QueryCanceledError,
    asyncpg.DeadlockDetectedError,
    TimeoutError,
)


@contextmanager
def told() -> Iterator[None]:
    """Tell of asyncpg's errors in the words of `db.errors`."""
    try:
        yield
    except asyncpg.UniqueViolationError as error:
        raise Duplicate(error.constraint_name or "") from error
    except asyncpg.ForeignKeyViolationError as error:
        raise Dangling(error.constraint_name or "") from error
    except asyncpg.DataError as error:
        raise Unstorable(str(error)) from error
    except (*LOST, *BUSY) as error:
        raise Unavailable(repr(error)) from error


def transient(error: Exception) -> bool:
    """Whether another connection may do what this one did not. A time limit was waited for already; it is not waited for again."""
    return isinstance(error, (*LOST, asyncpg.TooManyConnectionsError)) and not isinstance(
        error, asyncpg.DataError | TimeoutError
    )
