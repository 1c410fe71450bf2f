"""A service with the ways of answering that a proxy could get wrong."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request

TAG = 'W/"1"'
PACKED = gzip.compress(json.dumps({"data": {"title": "Žižkov", "token": "ab" * 32}}).encode(), mtime=0)


async def packed(request: Request) -> Response:
    if request.headers.get("if-none-match") == TAG:
        return Response(status_code=304, headers={"ETag": TAG})
    headers = {"Content-Encoding": "gzip", "ETag": TAG, "Vary": "Accept-Encoding, Origin"}
    return Response(PACKED, media_type="application/json", headers=headers)


async def echo(request: Request) -> Response:
    content = await request.body()

    async def pieces() -> AsyncIterator[bytes]:
        yield content[:5]
        yield content[5:]

    answer = StreamingResponse(pieces(), media_type=request.headers.get("content-type"))
    answer.headers.append("Set-Cookie", f"XSRF-TOKEN={'ef' * 32}; Path=/")
    answer.headers.append("Set-Cookie", "session=of-somebody; Path=/; HttpOnly")
    answer.headers["X-Seen"] = f"{request.headers['x-forwarded-for']} {request.headers['host']} {request.url.query}"
    return answer


async def broken(_: Request) -> Response:
    return Response("part", headers={"Content-Length": "1000"})  # the server breaks off where the rest should come


def create_app() -> Starlette:
    return Starlette(
        routes=[Route("/packed", packed), Route("/echo", echo, methods=["POST"]), Route("/broken", broken)]
    )
