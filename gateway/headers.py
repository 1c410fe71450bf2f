"""What every answer carries for browsers: security headers and CORS (contract section 5; FR7)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.datastructures import Headers
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from services.tracing import Part, Took
    from settings import Settings

# The legacy service sent these by Helmet; frame denial, opener and resource policies as the contract asks.
SECURITY = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Origin-Agent-Cluster": "?1",
    "X-DNS-Prefetch-Control": "off",
    "X-Download-Options": "noopen",
    "X-Permitted-Cross-Domain-Policies": "none",
    "X-XSS-Protection": "0",
}
HSTS = {"Strict-Transport-Security": "max-age=31536000; includeSubDomains"}

# Of answers that show a signed-in caller's data: nobody else may keep them, and who has kept one asks whether it still holds.
PRIVATE = "private, no-cache"
_VARY = (b"vary", b"Origin")
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
ALLOWED = (
    "Content-Type",
    "Authorization",
    "X-Requested-With",
    "X-CSRF-Token",
    "Cache-Control",
    "X-Request-ID",
    "X-Client-Version",
    "If-Match",
    "If-None-Match",
    "Idempotency-Key",
)
EXPOSED = (
    "Content-Range",
    "X-Content-Range",
    "ETag",
    "RateLimit-Limit",
    "RateLimit-Remaining",
    "RateLimit-Reset",
    "RateLimit-Policy",
    "Retry-After",
    "X-Request-ID",
    "X-Cache",
    "Idempotent-Replayed",
)


def security(settings: Settings) -> list[tuple[bytes, bytes]]:
    """The security headers, as ASGI writes them; HSTS in production alone."""
    headers = SECURITY | (HSTS if settings.production else {})
    return [(name.lower().encode(), value.encode()) for name, value in headers.items()]


def server_timing(clock: Mapping[Part, Took], total: float) -> tuple[bytes, bytes]:
    """What took how long, in milliseconds, and how often (https://www.w3.org/TR/server-timing/). Parts may overlap.

    Args:
        clock: what each part took.
        total: seconds since the request came.
    """
    parts = [f'{part};dur={took.seconds * 1000:.2f};desc="{took.spans}"' for part, took in clock.items()]
    return b"server-timing", ", ".join([*parts, f"total;dur={total * 1000:.2f}"]).encode()


class Cors(CORSMiddleware):
    """Starlette's CORS, which answers preflights as the legacy service did: 204, also to an origin that gets no permission."""

    async def simple_response(self, scope: Scope, receive: Receive, send: Send, request_headers: Headers) -> None:
        """Any other answer. To who tells no origin it says only that an origin would matter, without looking for what else it says."""
        if "origin" in request_headers:
            await super().simple_response(scope, receive, send, request_headers)
            return

        async def varying(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message["headers"], _VARY]}
            await send(message)

        await self.app(scope, receive, varying)

    def preflight_response(self, request_headers: Headers) -> Response:
        """A preflight's answer; the browser refuses by what is missing from it.

        What has no content tells no length of it (RFC 9110, section 8.6).
        """
        told = super().preflight_response(request_headers).headers
        return Response(None, 204, {name: value for name, value in told.items() if not name.startswith("content-")})


def cors(app: ASGIApp, settings: Settings) -> Cors:
    """`app`, open to the frontends' origins, with credentials."""
    return Cors(
        app,
        allow_origins=settings.cors_origins,
        allow_methods=METHODS,
        allow_headers=ALLOWED,
        allow_credentials=True,
        expose_headers=EXPOSED,
    )
