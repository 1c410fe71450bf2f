"""What comes before every route: who is calling, and whether they may call once more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.requests import HTTPConnection

from gateway import requests
from gateway.errors import Problem
from gateway.refusals import Refusals
from resolvers.errors import AppError

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from gateway.gateway import Gateway
    from gateway.identity import Identity

_IDENTITY = "brickgate.identity"


class Door:
    """Wraps the application: counts each request, for its user where a valid token names one, else for its address."""

    def __init__(self, app: ASGIApp, gateway: Gateway) -> None:
        self._app = Refusals(app)
        self._gateway = gateway

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in, or refuse it with 429."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            identity: Identity | AppError | Problem | None = await self._gateway.verifier.identify(
                HTTPConnection(scope)
            )
        except (AppError, Problem) as refusal:
            identity = refusal  # told by the routes that ask for it; the public ones do not
        if isinstance(identity, AppError | Problem | None):
            caller = (scope.get("client") or ("unknown",))[0]
        else:
            caller = identity.caller.id
            requests.called_by(caller)
        verdict = await self._gateway.limits.hit(caller)

        async def send_with_limits(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message["headers"], *verdict.headers()]}
            await send(message)

        if verdict.allowed:
            await self._app({**scope, _IDENTITY: identity}, receive, send_with_limits)
        else:
            answer = verdict.problem().response(retryAfter=verdict.reset)
            await answer(scope, receive, send_with_limits)


def identified(connection: HTTPConnection) -> Identity | None:
    """Who sent this request; None where it names nobody.

    Raises:
        Unauthorized: it names somebody with a token that is not valid.
        Problem: SERVICE_UNAVAILABLE, the token cannot be verified.
    """
    identity: Identity | AppError | Problem | None = connection.scope[_IDENTITY]
    if isinstance(identity, AppError | Problem):
        raise identity
    return identity
