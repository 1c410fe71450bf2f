"""Bodies that the client can unpack are sent packed: nothing on the way to it does so for answers that nobody may keep."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.middleware.gzip import GZipMiddleware

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

SMALLEST = 1_400  # bytes that are packed: less goes over the network in one piece anyhow
LEVEL = 4  # of 9: from here on time grows, and the bodies hardly shrink


class Compression(GZipMiddleware):
    """Starlette's, which costs nothing where the client names no encoding that it can unpack (RFC 9110, section 12.5.3)."""

    def __init__(self, app: ASGIApp) -> None:
        super().__init__(app, minimum_size=SMALLEST, compresslevel=LEVEL)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        named = any(name == b"accept-encoding" for name, _ in scope.get("headers", ()))
        await (super().__call__ if named else self.app)(scope, receive, send)
