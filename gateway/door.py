"""What comes before every route: who is calling, and whether they may call once more.

A route counts its request before it does any work: by `admitted`, or by `looked` where the same round trip brings what is kept. One that
only reads may do so while it is counted: `counting`; one that changes rows and nothing else is counted with the change: `changing`. What
no route has counted is counted when the answer begins; nothing goes uncounted.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.requests import HTTPConnection

from gateway import requests
from gateway.address import Origin
from gateway.errors import Problem
from gateway.refusals import Refusals
from resolvers.errors import AppError
from services.tracing import span

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from gateway.gateway import Gateway
    from gateway.identity import Identity
    from gateway.limits import Begun, Class, Limits, Verdict
    from services.cache import Look
    from services.windows import Admission, Count, Window

_VISIT = "brickgate.visit"
_SERVER_ERROR = 500


@dataclass
class _Visit:
    """What the door knows of a request.

    Args:
        identity: who sent it, None for nobody, or why that cannot be told.
        caller: a user id or an address, under which it is counted.
        limits: where it is counted.
        verdict: what that caller has left, told in the answer's headers; None before it is counted.
        risk: what is left to those that fail, this request counted among them; None before it is.
        owed: whether it is to be taken back from there unless it fails.
        begun: the counting, where it is on its way.
    """

    identity: Identity | AppError | Problem | None
    caller: str
    limits: Limits
    verdict: Verdict | None = None
    risk: Verdict | None = None
    owed: bool = False
    begun: Begun = None

    async def counted(self) -> Verdict:
        """What the caller has left, this request counted."""
        if self.verdict is None:
            self.verdict = await self.limits.hit(self.caller, begun=self.begun)
        return self.verdict

    def risked(self, risk: Verdict, *, owed: bool) -> None:
        """Tell of the class of those that fail from now on."""
        self.verdict = self.risk = risk
        self.owed = owed

    async def admit(self) -> None:
        """Count this request, unless it is counted.

        Raises:
            Problem: TOO_MANY_REQUESTS, it is one too many.
        """
        (await self.counted()).check()

    def due(self) -> Count | None:
        """How it is to be counted; None once it is."""
        return self.limits.due(self.caller) if self.verdict is None else None

    def settle(self, window: Window | None) -> None:
        """Hear what was counted with a change, None where Redis gave no answer.

        Raises:
            Problem: TOO_MANY_REQUESTS, it is one too many.
        """
        self.verdict = self.limits.judged(self.limits.due(self.caller), window)
        self.verdict.check()

    async def forgive(self) -> None:
        """Take this request back from those that fail, where that is still to be done."""
        if self.owed and self.risk:
            self.owed = False
            await self.limits.forgive(self.risk)


class Door:
    """Wraps the application: counts each request, for its user where a valid token names one, else for its address."""

    def __init__(self, app: ASGIApp, gateway: Gateway) -> None:
        self._app = Refusals(app)
        self._gateway = gateway
        self._origin = Origin(gateway.settings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in, and its answer out: 429 where it is one too many."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            with span("auth", "authenticate"):
                identity: Identity | AppError | Problem | None = await self._gateway.verifier.identify(
                    HTTPConnection(scope)
                )
        except (AppError, Problem) as refusal:
            identity = refusal  # told by the routes that ask for it; the public ones do not
        if isinstance(identity, AppError | Problem | None):
            caller = self._origin.of(scope)
        else:
            caller = identity.caller.id
            requests.called_by(caller, identity.kind)
        visit = _Visit(identity, caller, self._gateway.limits)

        async def send_with_limits(message: Message) -> None:
            if message["type"] == "http.response.start":
                if visit.verdict is None:
                    await visit.admit()  # for `Refusals`, as if the route had
                verdict = await visit.counted()
                message = {**message, "headers": [*message["headers"], *verdict.headers()]}
            await send(message)

        try:
            await self._app({**scope, _VISIT: visit}, receive, send_with_limits)
        finally:
            if visit.verdict is None:  # who asked has gone before there was an answer
                visit.limits.leave(visit.begun)


def identified(connection: HTTPConnection) -> Identity | None:
    """Who sent this request; None where it names nobody.

    Raises:
        Unauthorized: it names somebody with a token that is not valid.
        Problem: SERVICE_UNAVAILABLE, the token cannot be verified.
    """
    visit: _Visit = connection.scope[_VISIT]
    if isinstance(visit.identity, AppError | Problem):
        raise visit.identity
    return visit.identity


async def admitted(connection: HTTPConnection) -> None:
    """Count this request, unless it is counted.

    Raises:
        Problem: TOO_MANY_REQUESTS, it is one too many.
    """
    visit: _Visit = connection.scope[_VISIT]
    await visit.admit()


async def counting(connection: HTTPConnection) -> None:
    """Have this request counted while it is worked on, which must do no harm: whether it is one too many is told when its answer begins.

    Who was refused a moment ago is counted first, so that too many requests cost no more work than one.

    Raises:
        Problem: TOO_MANY_REQUESTS, it is one too many.
    """
    visit: _Visit = connection.scope[_VISIT]
    if visit.limits.spent(visit.caller):
        await admitted(connection)
    elif visit.verdict is None and visit.begun is None:
        visit.begun = visit.limits.begin(visit.caller)


async def changing(connection: HTTPConnection) -> Admission:
    """Have this request counted by the change that it makes, whose round trip it shares; it must do nothing before that does harm.

    Who was refused a moment ago is counted first, as by `counting`, and so is everybody where there is no round trip to share.

    Raises:
        Problem: TOO_MANY_REQUESTS, it is one too many.
    """
    visit: _Visit = connection.scope[_VISIT]
    if not visit.limits.shared or visit.limits.spent(visit.caller):
        await admitted(connection)
    return visit


async def looked(connection: HTTPConnection, place: str, failing: Class | None = None) -> Look | None:
    """What is kept for the user under `place`, None where Redis gives no answer; this request is counted, if it is not.

    Args:
        connection: the request.
        place: where to look.
        failing: the class in which the route counts those that fail: this one is, until something is found.

    Raises:
        Problem: TOO_MANY_REQUESTS, it is one too many.
    """
    visit: _Visit = connection.scope[_VISIT]
    visit.verdict, risk, look = await visit.limits.look(visit.caller, place, visit.verdict, failing)
    visit.verdict.check()
    if risk:
        visit.risked(risk, owed=risk.allowed and (look is None or look.value is None))
        risk.check()
    return look


async def counted(connection: HTTPConnection, limits: Limits, kind: Class) -> None:
    """Count this request in a class of its own, whose headers the answer tells.

    Raises:
        Problem: TOO_MANY_REQUESTS, it is one too many.
    """
    await admitted(connection)
    visit: _Visit = connection.scope[_VISIT]
    visit.verdict = await limits.hit(visit.caller, kind)
    visit.verdict.check()


async def risked(connection: HTTPConnection, failing: Class) -> None:
    """Count this request among those that fail, if it is not; `failures_counted` takes it back.

    Raises:
        Problem: TOO_MANY_REQUESTS, the caller has failed too often.
    """
    await admitted(connection)
    visit: _Visit = connection.scope[_VISIT]
    if visit.risk is None:
        visit.risked(await visit.limits.hit(visit.caller, failing), owed=True)
    assert visit.risk is not None  # noqa: S101 - narrows for mypy
    if not visit.risk.allowed:
        await visit.forgive()  # it is not even tried
    visit.risk.check()


@asynccontextmanager
async def failures_counted(connection: HTTPConnection, failing: Class) -> AsyncIterator[None]:
    """Have this request count in a class of its own, whose headers the answer tells, if the caller has made a mistake.

    What is inside counts it by `risked` or `looked` before it is known what becomes of it, so that no number of requests at a time can
    fail more often than they may.

    Raises:
        Problem: TOO_MANY_REQUESTS, the caller has failed too often.
    """
    visit: _Visit = connection.scope[_VISIT]
    try:
        yield
    except Exception as failure:
        await risked(connection, failing)
        if isinstance(failure, Problem) and failure.status >= _SERVER_ERROR:
            await visit.forgive()  # nobody is to be locked out for an outage
        raise
    await visit.forgive()
