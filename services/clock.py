"""Time limits of many who wait, kept by one timer: nearly all are done before it rings, and a timer for each costs more than they do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import asyncio

_BUSY = 0.003  # seconds that a turn of the event loop takes where this process is busy with something else; an answer takes several turns


class Call:
    """One caller who waits for an answer.

    Attributes:
        answer: what is waited for; a task is one, too.
        began: when, by the event loop's clock.
        late: whether there has been no answer for longer than there should.
        idle: whether this process had nothing else to do by then, and would have heard one.
        given_up: whether the answer was cancelled because its time was up.
        ended: whether nobody waits any more.
    """

    __slots__ = ("answer", "began", "ended", "given_up", "idle", "late")

    def __init__(self, answer: asyncio.Future[Any], began: float) -> None:
        self.answer, self.began = answer, began
        self.late = self.idle = self.given_up = self.ended = False

    def give_up(self) -> None:
        """Wait no longer."""
        if not self.ended:
            self.given_up = self.answer.cancel()


class Clock:
    """Looks after calls of one kind.

    Args:
        slow: seconds after which a call is late.
        timeout: seconds after which it is given up.
    """

    def __init__(self, slow: float, timeout: float) -> None:
        self._slow, self._timeout = slow, timeout
        self._calls: dict[Call, None] = {}  # the oldest first
        self._loop: asyncio.AbstractEventLoop | None = None  # in which it rings; None while it is not to ring

    def start(self, answer: asyncio.Future[Any]) -> Call:
        """A call that begins now."""
        loop = answer.get_loop()
        call = Call(answer, loop.time())
        self._calls[call] = None
        if self._loop is not loop:
            self._loop = loop
            loop.call_at(call.began + self._slow, self._ring, loop)
        return call

    def end(self, call: Call) -> None:
        """That call has its answer, or will not have one."""
        call.ended = True
        del self._calls[call]

    def _ring(self, loop: asyncio.AbstractEventLoop) -> None:
        now = loop.time()
        late = [call for call in self._calls if not call.late and call.began + self._slow <= now]
        for call in late:
            call.late = True
            loop.call_at(call.began + self._timeout, call.give_up)
        loop.call_soon(self._turned, late, now, loop)
        following = next((call.began for call in self._calls if not call.late), None)
        if following is None:
            self._loop = None
        else:
            loop.call_at(following + self._slow, self._ring, loop)

    @staticmethod
    def _turned(late: list[Call], rung: float, loop: asyncio.AbstractEventLoop) -> None:
        if loop.time() - rung < _BUSY:
            for call in late:
                call.idle = True
