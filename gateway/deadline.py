"""The time that an operation may take: when it is over, the client is told so while it still listens, and nothing goes on unseen."""

from __future__ import annotations

import asyncio
import logging
from functools import cache
from typing import TYPE_CHECKING, TypeVar

from gateway.errors import Problem
from services.clock import Clock

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from resolvers.context import Context

_T = TypeVar("_T")
_log = logging.getLogger("brickgate.deadline")


@cache
def _clock(seconds: float) -> Clock:
    return Clock(seconds, seconds)


async def in_time(work: Awaitable[_T], context: Context) -> _T:
    """The result of an operation's work.

    What the work waits for is cancelled at the deadline of `context`: statements by the server, transactions are rolled back, connections
    are closed. Only a thread that computes, as for a picture, runs to its end.

    Raises:
        Problem: SERVICE_UNAVAILABLE, there was none by then.
    """
    task = asyncio.current_task()
    assert task is not None  # noqa: S101 - narrows for mypy; coroutines run in one
    asked = task.cancelling()
    clock = _clock(context.deadline)
    call = clock.start(task)
    try:
        return await work
    except asyncio.CancelledError:
        if not call.given_up or task.uncancel() > asked:  # somebody else ends the request
            raise
    finally:
        clock.end(call)
    _log.error("operation given up", extra={"seconds": context.deadline})
    sentence = (
        f"The operation was given up after {context.deadline:g} seconds: ask for less at once, or try again in a while"
    )
    raise Problem("SERVICE_UNAVAILABLE", sentence, headers={"Retry-After": "1"})
