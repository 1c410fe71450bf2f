"""What comes before every route: who is calling, and whether they may call once more.

A route counts its request before it does any work: by `admitted`, or by `looked` where the same round trip brings what is kept. What no
route has counted is counted when the answer begins, so that nothing goes uncounted.
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
    from gateway.limits import Class, Limits, Verdict
    from services.cache import Look

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
    """

    identity: Identity | AppError | Problem | None
    caller: str
    limits: Limits
    verdict: Verdict | None = None

    async def counted(self) -> Verdict:
        """What the caller has left, this request counted."""
        if self.verdict is None:
            self.verdict = await self.limits.hit(self.caller)
        return self.verdict


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
                    (await visit.counted()).check()  # for `Refusals`, as if the route had
                verdict = await visit.counted()
                message = {**message, "headers": [*message["headers"], *verdict.headers()]}
            await send(message)

        await self._app({**scope, _VISIT: visit}, receive, send_with_limits)


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
    (await visit.counted()).check()


async def looked(connection: HTTPConnection, place: str) -> Look | None:
    """What is kept for the user under `place`, None where Redis gives no answer; this request is counted, if it is not.

    Raises:
        Problem: TOO_MANY_REQUESTS, it is one too many.
    """
    visit: _Visit = connection.scope[_VISIT]
    visit.verdict, look = await visit.limits.look(visit.caller, place, visit.verdict)
    visit.verdict.check()
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


@asynccontextmanager
async def failures_counted(connection: HTTPConnection, limits: Limits, kind: Class) -> AsyncIterator[None]:
    """Count this request in a class of its own, whose headers the answer tells; forget it unless the caller made a mistake.

    It counts before it is known what becomes of it, so that no number of requests at a time can fail more often than they may.

    Raises:
        Problem: TOO_MANY_REQUESTS, the caller has failed too often.
    """
    await admitted(connection)
    visit: _Visit = connection.scope[_VISIT]
    verdict = visit.verdict = await limits.hit(visit.caller, kind)
    try:
        verdict.check()
        yield
    except Problem as failure:
        # Nobody is to be locked out for an outage, nor for what was not even tried.
        if failure.status >= _SERVER_ERROR or not verdict.allowed:
            await limits.forgive(verdict)
        raise
    await limits.forgive(verdict)
