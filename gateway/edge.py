"""The outermost layer: one id, one set of headers and one error body for every answer, whatever became of the request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway import requests
from gateway.errors import problem
from gateway.headers import cors, security

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from settings import Settings


class Edge:
    """Wraps the application; what it raises becomes the contract's error body, logged once if it was not expected."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = cors(_Refusals(app), settings)
        self._headers = security(settings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request; a trailing slash is as good as none."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        proposed = next((value for name, value in scope["headers"] if name == b"x-request-id"), b"")
        more = [*self._headers, (b"x-request-id", requests.begin(proposed.decode("latin-1")).encode())]
        path = scope["path"]
        if len(path) > 1 and path.endswith("/"):
            scope = {**scope, "path": path.rstrip("/") or "/"}

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message["headers"], *more]}
            await send(message)

        await self._app(scope, receive, send_with_headers)


class _Refusals:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def sending(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, receive, sending)
        except Exception as error:
            answer = problem(error).response()
            if started:  # half an answer is out; only breaking off tells the client that it is not whole
                raise
            await answer(scope, receive, send)
