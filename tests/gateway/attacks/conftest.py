"""What the attacks share: the bucket, browsers of victims, and requests that no client library would send."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.gateway.rest.uploads.conftest import bucket, work

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable

    import httpx
    from fastapi import FastAPI

__all__ = ["bucket", "work"]

FRONTEND = "https://app.example.com"


@pytest.fixture
async def victim(production_browser: Callable[..., Any]) -> AsyncIterator[httpx.AsyncClient]:
    """Alice's browser, signed in by cookie, under production's manners."""
    async with production_browser(FRONTEND, "https://api.example.com") as client:
        yield client


@pytest.fixture
def raw(app: FastAPI) -> Callable[..., Any]:
    """`await raw("GET", b"/api/mocs", [(b"host", b"x")], b"...")`: status, headers and body of a request as it stands."""

    async def send(
        method: str, path: str, headers: Iterable[tuple[bytes, bytes]] = (), *bodies: bytes
    ) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
        before, _, query = path.partition("?")
        scope = {
            "type": "http",
            "method": method,
            "path": before,
            "raw_path": before.encode("utf-8", "surrogatepass"),
            "query_string": query.encode(),
            "headers": list(headers),
            "client": ("127.0.0.1", 1),
            "scheme": "http",
        }
        pieces = iter(bodies or (b"",))
        left = len(bodies or (b"",))
        sent: list[Any] = []

        async def receive() -> dict[str, Any]:
            nonlocal left
            left -= 1
            return {"type": "http.request", "body": next(pieces), "more_body": left > 0}

        async def told(message: Any) -> None:
            sent.append(message)

        await app(scope, receive, told)
        body = b"".join(message.get("body", b"") for message in sent[1:])
        return sent[0]["status"], sent[0]["headers"], body

    return send
