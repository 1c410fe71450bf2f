"""The outermost layer: one id and one set of headers for every answer, whatever became of the request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway import requests
from gateway.door import Door
from gateway.headers import cors, security

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from gateway.gateway import Gateway


class Edge:
    """Wraps the application: CORS and security headers around the door."""

    def __init__(self, app: ASGIApp, gateway: Gateway) -> None:
        self._app = cors(Door(app, gateway), gateway.settings)
        self._headers = security(gateway.settings)

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
