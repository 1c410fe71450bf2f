"""One request, as the door knows it: who sent it, and whether they may call once more.

A route counts its request before it does any work: by `admit`, or by `look` where the same round trip brings what is kept. One that
only reads may do so while it is counted: `begin`; one that changes rows and nothing else is counted with the change: `changing`. What
no route has counted is counted when the answer begins; nothing goes uncounted.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.errors import Problem
from resolvers.errors import AppError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import HTTPConnection

    from gateway.identity import Identity
    from gateway.limits import Begun, Class, Limits, Verdict
    from services.cache import Look
    from services.windows import Admission, Count, Window

KEY = "brickgate.visit"  # in the scope of a request
_SERVER_ERROR = 500


@dataclass
class Visit:
    """A request.

    Args:
        sender: who sent it, None for nobody, or why that cannot be told.
        caller: a user id or an address, under which it is counted.
        limits: where it is counted.
        verdict: what that caller has left, told in the answer's headers; None before it is counted.
    """

    sender: Identity | AppError | Problem | None
    caller: str
    limits: Limits
    verdict: Verdict | None = None
    _begun: Begun = None  # the counting, where it is on its way
    _risk: Verdict | None = None  # what is left to those that fail, this request counted among them; None before it is
    _owed: bool = False  # whether it is to be taken back from there unless it fails

    @staticmethod
    def of(connection: HTTPConnection) -> Visit:
        """The visit that a request is."""
        visit: Visit = connection.scope[KEY]
        return visit

    @property
    def identity(self) -> Identity | None:
        """Who sent it; None where it names nobody.

        Raises:
            Unauthorized: it names somebody with a token that is not valid.
            Problem: SERVICE_UNAVAILABLE, the token cannot be verified.
        """
        if isinstance(self.sender, AppError | Problem):
            raise self.sender
        return self.sender

    # -- counting; each of these raises Problem TOO_MANY_REQUESTS where the request is one too many ----------------------------

    async def counted(self) -> Verdict:
        """What the caller has left, this request counted; also if that is less than nothing."""
        if self.verdict is None:
            self.verdict = await self.limits.hit(self.caller, begun=self._begun)
        return self.verdict

    async def admit(self) -> None:
        """Count it, unless it is counted."""
        (await self.counted()).check()

    async def begin(self) -> None:
        """Have it counted while it is worked on, which must do no harm: whether it is one too many is told when its answer begins.

        Who was refused a moment ago is counted first, so that too many requests cost no more work than one.
        """
        if self.limits.spent(self.caller):
            await self.admit()
        elif self.verdict is None and self._begun is None:
            self._begun = self.limits.begin(self.caller)

    async def look(self, place: str, failing: Class | None = None) -> Look | None:
        """What is kept for the user under `place`, None where Redis gives no answer; the request is counted, if it is not.

        Args:
            place: where to look.
            failing: the class in which the route counts those that fail: this one is, until something is found.
        """
        self.verdict, risk, look = await self.limits.look(self.caller, place, self.verdict, failing)
        self.verdict.check()
        if risk:
            self._risked(risk, owed=risk.allowed and (look is None or look.value is None))
            risk.check()
        return look

    async def count(self, kind: Class) -> None:
        """Count it in a class of its own, too, whose headers the answer tells."""
        await self.admit()
        self.verdict = await self.limits.hit(self.caller, kind)
        self.verdict.check()

    # -- counting with the change that it makes (`services.windows.Admission`) -------------------------------------------------

    async def changing(self) -> Admission:
        """Have it counted by the change that it makes, whose round trip it shares; it must do nothing before that does harm.

        Who was refused a moment ago is counted first, as by `begin`, and so is everybody where there is no round trip to share.
        """
        if not self.limits.shared or self.limits.spent(self.caller):
            await self.admit()
        return self

    def due(self) -> Count | None:
        """How it is to be counted; None once it is."""
        return self.limits.due(self.caller) if self.verdict is None else None

    def settle(self, window: Window | None) -> None:
        """Hear what was counted with a change, None where Redis gave no answer."""
        self.verdict = self.limits.judged(self.limits.due(self.caller), window)
        self.verdict.check()

    # -- counting those that fail ----------------------------------------------------------------------------------------------

    @asynccontextmanager
    async def failures(self, failing: Class) -> AsyncIterator[None]:
        """Have it count in a class of its own, whose headers the answer tells, if the caller has made a mistake.

        What is inside counts it by `risk` or `look` before it is known what becomes of it, so that no number of requests at a time can
        fail more often than they may.
        """
        try:
            yield
        except Exception as failure:
            await self.risk(failing)
            if isinstance(failure, Problem) and failure.status >= _SERVER_ERROR:
                await self._forgive()  # nobody is to be locked out for an outage
            raise
        await self._forgive()

    async def risk(self, failing: Class) -> None:
        """Count it among those that fail, if it is not; `failures` takes it back."""
        await self.admit()
        risk = self._risk
        if risk is None:
            risk = await self.limits.hit(self.caller, failing)
            self._risked(risk, owed=True)
        if not risk.allowed:
            await self._forgive()  # it is not even tried
        risk.check()

    def _risked(self, risk: Verdict, *, owed: bool) -> None:
        """Tell of the class of those that fail from now on."""
        self.verdict = self._risk = risk
        self._owed = owed

    async def _forgive(self) -> None:
        """Take it back from those that fail, where that is still to be done."""
        if self._owed and self._risk:
            self._owed = False
            await self.limits.forgive(self._risk)

    # -- its end ---------------------------------------------------------------------------------------------------------------

    def leave(self) -> None:
        """It is over. Who has gone before there was an answer does not hear what was counted."""
        if self.verdict is None:
            self.limits.leave(self._begun)
