"""The outermost layer: one id and one set of headers for every answer, whatever became of the request, and one line of the log."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING
from urllib.parse import unquote

from gateway import access, requests
from gateway.door import Door
from gateway.headers import cors, security, server_timing
from services import metrics, tracing
from services.tracing import span
from settings import invocation_trace

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from gateway.gateway import Gateway

# Source: https://www.w3.org/TR/trace-context/#traceparent-header-field-values
_TRACEPARENT = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
# Source: https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader
_ROOT = re.compile(r"(?:^|;)Root=(1-[0-9a-f]{8}-[0-9a-f]{24})(?:;|$)")
_SLASH = re.compile(rb"%(2f)", re.IGNORECASE)
_WANTED = frozenset({b"x-request-id", b"traceparent", b"x-amzn-trace-id", b"x-server-timing", b"content-length"})
_SERVER_ERROR = 500


class Edge:
    """Wraps the application: CORS and security headers around the door."""

    def __init__(self, app: ASGIApp, gateway: Gateway) -> None:
        self._app = cors(Door(app, gateway), gateway.settings)
        self._headers = security(gateway.settings)
        self._timings = not gateway.settings.production

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request; a trailing slash is as good as none."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        given = {name: value.decode("latin-1") for name, value in scope["headers"] if name in _WANTED}
        served = requests.begin(given.get(b"x-request-id"), trace_of(given))
        more = [*self._headers, (b"x-request-id", served.id.encode())]
        clock = tracing.clock() if self._timings and b"x-server-timing" in given else None
        path = path_of(scope)
        if len(path) > 1:
            path = path.rstrip("/") or "/"
        if path != scope["path"]:
            scope = {**scope, "path": path}
        status, size = _SERVER_ERROR, 0

        async def send_with_headers(message: Message) -> None:
            nonlocal status, size
            if message["type"] == "http.response.start":
                status = message["status"]
                timing = [] if clock is None else [server_timing(clock, time.perf_counter() - began)]
                message = {**message, "headers": [*message["headers"], *more, *timing]}
            else:
                size += len(message.get("body", b""))
            await send(message)

        try:
            with span("request", scope["method"], {"http.request.method": scope["method"]}) as seen:
                await self._app(scope, receive, send_with_headers)
                if seen.recording:
                    sent = given.get(b"content-length", "0")
                    seen.tell(access.attributes(served, sent, status, size), served.route)
        finally:
            access.ended(served, scope["method"], status, time.perf_counter() - began, size)
            metrics.flush()


def path_of(scope: Scope) -> str:
    """The path of a request, where a slash that was percent-encoded is part of a segment, and stays so (RFC 3986, section 2.2).

    Servers decode it, and an id with such slashes in it would be taken for a longer path. API Gateway decodes it before its functions
    see it, and keeps no other form.
    """
    path: str = scope["path"]
    raw = scope.get("raw_path") or b""
    if not path.startswith("/api") or not _SLASH.search(raw):
        return path
    return unquote(_SLASH.sub(rb"%25\1", raw).decode("latin-1"))


def trace_of(headers: dict[bytes, str]) -> str:
    """The trace that a request belongs to: its caller's (W3C), else X-Ray's; `-` for none."""
    parent = _TRACEPARENT.fullmatch(headers.get(b"traceparent", ""))
    tracing.follow(parent[0] if parent else "")
    if parent:
        return parent[1]
    root = _ROOT.search(headers.get(b"x-amzn-trace-id", "") or invocation_trace())
    return root[1] if root else "-"
