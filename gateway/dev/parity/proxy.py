"""A recording reverse proxy: what passes through it is not changed, and a recording that fails is nobody's trouble but the recorder's."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Self

import httpx

from gateway.dev.parity.observation import Body, Headers, Observation

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from starlette.types import Message, Receive, Scope, Send

# They are a connection's, not the message's (RFC 9110, section 7.6.1).
_HOP_BY_HOP = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
_KEPT_ALIVE = 2  # seconds; less than the five after which Node closes an idle connection


class _ClientLeft(Exception):
    """The client went away before its request was whole."""


class Proxy:
    """An ASGI application that asks `upstream` and tells `observe` of what passed, up to `most` bytes of each body.

    Use it as a context manager.
    """

    def __init__(self, upstream: str, observe: Callable[[Observation], None], *, most: int) -> None:
        self._upstream = httpx.URL(upstream)
        self._observe = observe
        self._most = most
        limits = httpx.Limits(max_connections=None, keepalive_expiry=_KEPT_ALIVE)
        self._client = httpx.AsyncClient(limits=limits, timeout=None, trust_env=False)  # noqa: S113 - patience is the client's matter

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        query = scope["query_string"]
        target: bytes = scope["raw_path"] + (b"?" + query if query else b"")
        observed = Observation(
            method=scope["method"],
            target=target.decode("latin-1"),
            headers=Headers.of(scope["headers"]),
            request=Body(self._most),
            response=Body(self._most),
        )
        try:
            await self._pass(observed, self._request(scope, target, observed, receive), send)
        finally:
            self._observe(observed)

    def _request(self, scope: Scope, target: bytes, observed: Observation, receive: Receive) -> httpx.Request:
        async def content() -> AsyncIterator[bytes]:
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise _ClientLeft
                piece: bytes = message.get("body", b"")
                observed.request.keep(piece)
                yield piece
                if not message.get("more_body"):
                    return

        host, _ = scope["client"] or ("unknown", 0)
        before = observed.headers.get("x-forwarded-for")
        headers = [(name, value) for name, value in scope["headers"] if name not in {b"host", b"x-forwarded-for"}]
        headers += [
            (b"host", self._upstream.netloc),
            (b"x-forwarded-for", f"{before}, {host}".removeprefix("None, ").encode()),
        ]
        base = self._upstream.raw_path.partition(b"?")[0].rstrip(b"/")
        sends = "transfer-encoding" in observed.headers or observed.headers.get("content-length", "0") != "0"
        return httpx.Request(
            scope["method"],
            self._upstream.copy_with(raw_path=base + target),
            headers=_end_to_end(headers),
            content=content() if sends else None,
        )

    async def _pass(self, observed: Observation, request: httpx.Request, send: Send) -> None:
        try:
            answer = await self._client.send(request, stream=True)
        except _ClientLeft:
            observed.failure = "the client left"
            return
        except httpx.TransportError as error:
            observed.failure = f"{type(error).__name__}: {error}"
            await _refuse(observed, send)
            return
        try:
            observed.status, observed.response_headers = answer.status_code, Headers.of(answer.headers.raw)
            await send(
                {
                    "type": "http.response.start",
                    "status": answer.status_code,
                    "headers": _end_to_end(answer.headers.raw),
                }
            )
            async for piece in answer.aiter_raw():
                observed.response.keep(piece)
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        except httpx.TransportError as error:  # the server breaks the connection off, as the service did
            observed.failure = f"{type(error).__name__}: {error}"
        finally:
            await answer.aclose()


def _end_to_end(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """The headers that are passed on, under lower-case names as ASGI wants them."""
    named = {item.strip().lower() for item in Headers.of(headers).get("connection", "").split(",")} | _HOP_BY_HOP
    return [(name.lower(), value) for name, value in headers if name.decode("latin-1").lower() not in named]


async def _refuse(observed: Observation, send: Send) -> None:
    """Tell the client that nobody answers."""
    message = "The service behind this recording proxy does not answer"
    body = json.dumps({"success": False, "code": "BAD_GATEWAY", "message": message}).encode()
    start: Message = {
        "type": "http.response.start",
        "status": observed.status,
        "headers": [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())],
    }
    await send(start)
    await send({"type": "http.response.body", "body": body})
