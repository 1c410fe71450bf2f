"""The one policy of trying again (PRD 4.8.2, 4.8.3, 4.8.4): at most three times, with exponential backoff and jitter.

What is transient, only the client of a service knows; each gives its own predicate. A write is tried again only after a fault that
shows that it cannot have happened. Waits add up to less than a second, since a user is waiting too.
Source: https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/
"""

from __future__ import annotations

import logging
from functools import cache
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from stamina import AsyncRetryingCaller
    from stamina.instrumentation import RetryDetails

ATTEMPTS = 3
FIRST_WAIT, LONGEST_WAIT, JITTER = 0.05, 0.5, 0.1  # seconds: waits of .05 to .15, then .1 to .2
PATIENCE = 4.0  # seconds after the first fault, from which on no other attempt begins

_log = logging.getLogger("brickgate.retry")
_T = TypeVar("_T")


async def retried(call: Callable[[], Awaitable[_T]], transient: Callable[[Exception], bool]) -> _T:
    """What `call()` returns, at the first attempt or at a later one.

    Args:
        call: starts a new attempt each time.
        transient: whether an exception may be gone at the next attempt, and the attempt that raised it did no harm.

    Raises:
        Exception: whatever the last attempt raised, or the first that is not transient.
    """
    try:
        return await call()
    except Exception as error:
        if not transient(error):
            raise
        failed: Exception | None = error

    async def again() -> _T:
        nonlocal failed
        if failed is not None:  # the first attempt was made already, without the policy's price of 40 us
            first, failed = failed, None
            raise first
        return await call()

    return await _policy()(transient, again)


@cache
def _policy() -> AsyncRetryingCaller:
    import stamina  # noqa: PLC0415 - 50 ms of imports that a start without faults should not pay
    from stamina.instrumentation import set_on_retry_hooks  # noqa: PLC0415 - as above

    set_on_retry_hooks([_told])
    return stamina.AsyncRetryingCaller(
        attempts=ATTEMPTS, timeout=PATIENCE, wait_initial=FIRST_WAIT, wait_max=LONGEST_WAIT, wait_jitter=JITTER
    )


def _told(details: RetryDetails) -> None:
    cause = details.caused_by
    facts = {"errorType": type(cause).__name__, "errorMessage": str(cause)}
    _log.warning("trying again", extra={**facts, "attempt": details.retry_num + 1, "wait": round(details.wait_for, 3)})
