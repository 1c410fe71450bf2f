"""Connections that are held open, cut, or speak HTTP to confuse, against the server that `make run` starts (OWASP API4:2023; CWE-444)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx
import pytest
import uvicorn

from gateway.app import create_app

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from settings import Settings


@pytest.fixture
async def port(settings: Settings) -> AsyncIterator[int]:
    """Of the gateway, served by uvicorn."""
    server = uvicorn.Server(uvicorn.Config(create_app(settings), port=0, log_level="critical"))
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event to wait for
        await asyncio.sleep(0.01)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    await serving


async def spoken(port: int, content: bytes) -> bytes:
    """All that is answered to these bytes, until the connection is closed or silent."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(content)
    answer = b""
    try:
        while piece := await asyncio.wait_for(reader.read(65_536), 1):
            answer += piece
    except (TimeoutError, ConnectionError):
        pass
    writer.close()
    return answer


async def test_many_who_send_slowly_do_not_keep_others_waiting(port: int) -> None:
    """A body that comes byte by byte costs a connection and no more; how long it may take, the load balancer says (SECURITY.md)."""
    head = b"POST /api/mocs HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n{"
    slow = [await asyncio.open_connection("127.0.0.1", port) for _ in range(150)]
    for place, (_, writer) in enumerate(slow):
        writer.write(head if place % 2 else b"GET /api/mocs HTTP/1.1\r\nHost: x\r\nX-Slow: ")
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=10, trust_env=False) as client:
        answers = await asyncio.gather(*(client.get("/api/csrf") for _ in range(5)))
    assert [answer.status_code for answer in answers] == [200] * 5
    for _, writer in slow:
        writer.close()


@pytest.mark.parametrize(
    "head",
    [
        b"Content-Length: 5\r\nContent-Length: 6\r\n",
        b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        b"Transfer-Encoding: chunked, identity\r\n",
        b"Transfer-Encoding: xchunked\r\n",
        b"Content-Length: +5\r\n",
        b"Content-Length: 5, 5\r\n",
        b"Content-Length : 5\r\n",
        b"Content-Length: -1\r\n",
    ],
)
async def test_a_request_of_two_lengths_is_not_two_requests(port: int, head: bytes) -> None:
    """What follows as a second request, hidden in the first one's body, is not answered."""
    hidden = b"GET /api/csrf HTTP/1.1\r\nHost: x\r\n\r\n"
    request = b"POST /api/mocs HTTP/1.1\r\nHost: x\r\n" + head + b"\r\n0\r\n\r\n" + hidden
    answer = await spoken(port, request)
    assert b"XSRF-TOKEN" not in answer, answer
    assert answer.startswith((b"HTTP/1.1 400", b"HTTP/1.1 401")) or answer == b""


@pytest.mark.parametrize(
    "head",
    [
        b"GET /" + b"x" * 200_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 200_000 + b"\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00",
        b"GET http://evil.example.com/ HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nA\0B: y\r\n\r\n",
    ],
    ids=lambda head: repr(head[:24]),
)
async def test_what_is_hardly_http_is_refused_and_the_server_lives(port: int, head: bytes) -> None:
    answer = await spoken(port, head)
    assert answer[:12] in (b"HTTP/1.1 400", b"HTTP/1.1 404", b"HTTP/1.1 431", b"HTTP/1.1 414", b"")
    assert b"Traceback" not in answer
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=60) as client:
        assert (await client.get("/api/csrf")).status_code == 200
