"""The time that an operation may take: when it is over, the client is told so while it still listens, and nothing goes on unseen."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, TypeVar

from gateway.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from resolvers.context import Context

_T = TypeVar("_T")
_log = logging.getLogger("brickgate.deadline")


async def in_time(work: Awaitable[_T], context: Context) -> _T:
    """The result of an operation's work.

    What the work waits for is cancelled at the deadline of `context`: statements by the server, transactions are rolled back, connections
    are closed. Only a thread that computes, as for a picture, runs to its end.

    Raises:
        Problem: SERVICE_UNAVAILABLE, there was none by then.
    """
    try:
        async with asyncio.timeout(context.deadline) as limit:
            return await work
    except TimeoutError:
        if not limit.expired():
            raise
    _log.error("operation given up", extra={"seconds": context.deadline})
    sentence = (
        f"The operation was given up after {context.deadline:g} seconds: ask for less at once, or try again in a while"
    )
    raise Problem("SERVICE_UNAVAILABLE", sentence, headers={"Retry-After": "1"})
