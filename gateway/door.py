"""What comes before every route: who is calling, and whether they may call once more (`gateway.visit`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.requests import HTTPConnection

from gateway import requests
from gateway.address import Origin
from gateway.errors import Problem
from gateway.refusals import Refusals
from gateway.visit import KEY, Visit
from resolvers.errors import AppError
from services.tracing import span

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from gateway.gateway import Gateway
    from gateway.identity import Identity


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
                sender: Identity | AppError | Problem | None = await self._gateway.verifier.identify(
                    HTTPConnection(scope)
                )
        except (AppError, Problem) as refusal:
            sender = refusal  # told by the routes that ask for it; the public ones do not
        if isinstance(sender, AppError | Problem | None):
            caller = self._origin.of(scope)
        else:
            caller = sender.caller.id
            requests.called_by(caller, sender.kind)
        visit = Visit(sender, caller, self._gateway.limits)

        async def send_with_limits(message: Message) -> None:
            if message["type"] == "http.response.start":
                if visit.verdict is None:
                    await visit.admit()  # for `Refusals`, as if the route had
                verdict = await visit.counted()
                message = {**message, "headers": [*message["headers"], *verdict.headers()]}
            await send(message)

        try:
            await self._app({**scope, KEY: visit}, receive, send_with_limits)
        finally:
            visit.leave()
