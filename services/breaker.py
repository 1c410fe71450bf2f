"""A circuit breaker: whoever waited in vain for an outside part saves the next callers the wait (PRD 1.4.8, 4.8.3).

The pattern's libraries count failures up to a threshold and let each failure cost its full time limit; here the first failure opens, an
answer that came too slowly counts as one, and a process that was itself too busy to listen does not blame the part.
Source: https://learn.microsoft.com/en-us/azure/architecture/patterns/circuit-breaker
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING, TypeVar

from services.clock import Clock

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

_T = TypeVar("_T")

REST = 5.0  # seconds for which a part that failed is not asked
_DOUBTS = 3  # time limits in a row that passed while the process was busy, and it is the part's fault after all

_log = logging.getLogger("brickgate.breaker")


class Unreachable(Exception):
    """The part gave no answer, or is not asked because it gave none a moment ago."""


class Refused(Exception):
    """The part answered, and does not do what it was asked; another request may fare better."""


class Breaker:
    """Stands between this process and one outside part.

    Args:
        part: its name, for messages.
        timeout: seconds within which it must answer.
        slow: seconds from which an answer counts as a failure of the next one; None where slowness is no fault.
        rest: seconds for which it is left alone after a failure. Then one caller tries it; the others still do not wait.
    """

    def __init__(self, part: str, timeout: float, *, slow: float | None = None, rest: float = REST) -> None:
        self._part, self._timeout, self._slow, self._rest = part, timeout, slow, rest
        self._clock = Clock(timeout if slow is None else slow, timeout)
        self._again: float | None = None
        self._since = 0.0
        self._doubts = 0

    @property
    def closed(self) -> bool:
        """Whether the part is asked as usual."""
        return self._again is None

    async def call(self, ask: Callable[[], Awaitable[_T]]) -> _T:
        """What `ask` returns; raises as `admit` and `answer`."""
        self.admit()
        return await self.answer(asyncio.ensure_future(ask()))

    def admit(self) -> None:
        """Let somebody ask, who then waits by `answer`.

        Raises:
            Unreachable: the part is left alone.
        """
        if self._again is not None:
            now = time.monotonic()
            if now < self._again:
                raise Unreachable(f"{self._part} is left alone for {self._again - now:.1f} s more")
            self._again = now + self._rest  # one caller tries

    async def answer(self, answer: asyncio.Future[_T]) -> _T:
        """What the part answers; when its time is up, `answer` is cancelled.

        Raises:
            Unreachable: it did not answer in time, or failed; or `answer` says so, which says nothing of the part.
            Refused: `answer` says so; that is one.
        """
        call = self._clock.start(answer)
        try:
            told = await answer
        except Refused:
            self._close()
            raise
        except Unreachable:
            raise
        except asyncio.CancelledError as error:
            if not call.given_up or _cancelled():
                raise
            self._doubts += 1
            if call.idle or self._doubts >= _DOUBTS:
                self._open(f"no answer within {self._timeout * 1000:.0f} ms")
            raise Unreachable(f"{self._part} does not answer") from error
        except Exception as error:
            self._open(f"{type(error).__name__}: {error}")
            raise Unreachable(f"{self._part} does not answer: {error!r}") from error
        finally:
            self._clock.end(call)
        if self._slow is not None and call.idle:
            self._open(f"an answer took longer than {self._slow * 1000:.0f} ms")
        elif self._again is not None or self._doubts:
            self._close()
        return told

    def _open(self, reason: str) -> None:
        if self._again is None:
            self._since = time.monotonic()
            _log.warning("left alone", extra={"part": self._part, "errorMessage": reason, "seconds": self._rest})
        self._again = time.monotonic() + self._rest

    def _close(self) -> None:
        if self._again is not None:
            away = round(time.monotonic() - self._since, 1)
            _log.info("answers again", extra={"part": self._part, "seconds": away})
        self._again, self._doubts = None, 0


def _cancelled() -> bool:
    """Whether whoever waits was told by somebody else to end."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
