"""Applications of their own that are looked at: what they print, and the spans that they make."""

from __future__ import annotations

import asyncio
import json
import re
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from services import metrics, tracing

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    import httpx


@pytest.fixture
def process(process: Callable[..., httpx.AsyncClient]) -> Iterator[Callable[..., httpx.AsyncClient]]:
    """As everywhere, but what an application raises is an answer here, too, and counting ends with the test."""
    yield partial(process, raising=False)
    metrics.configure(None)


@pytest.fixture
def printed(capsys: pytest.CaptureFixture[str]) -> Callable[[], list[dict[str, Any]]]:
    """`printed()`: the lines of standard output since the last time, each of which is JSON."""
    return lambda: [json.loads(line) for line in capsys.readouterr().out.splitlines()]


@pytest.fixture
def accesses(printed: Callable[[], list[dict[str, Any]]]) -> Callable[[], list[dict[str, Any]]]:
    """`accesses()`: those of the access log."""
    return lambda: [line for line in printed() if line.get("logger") == "brickgate.access"]


class Listener(NamedTuple):
    """A server of HTTP that remembers what it was sent, and answers a search that found nothing."""

    url: str
    heads: list[str]


@pytest.fixture
async def listener() -> AsyncIterator[Listener]:
    """`listener.url`, `listener.heads`: request lines and headers."""
    heads: list[str] = []
    body = b'{"hits": {"total": {"value": 0}, "hits": []}}'
    answer = (
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: %d\r\n\r\n"
        % len(body)
    )

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = re.search(r"content-length: (\d+)", head, re.IGNORECASE)
        await reader.readexactly(int(length[1]) if length else 0)
        heads.append(head)
        writer.write(answer + body)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1") as server:
        yield Listener(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", heads)


@pytest.fixture
def spans() -> Iterator[Any]:
    """OpenTelemetry's exporter into memory: `spans.get_finished_spans()`."""
    reason = "OpenTelemetry's SDK is not installed: uv sync"
    sdk = pytest.importorskip("opentelemetry.sdk.trace", reason=reason)
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor  # noqa: PLC0415 - an extra
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter  # noqa: PLC0415 - as above

    from gateway import otel  # noqa: PLC0415 - as above

    exporter = InMemorySpanExporter()
    provider = sdk.TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracing.record(otel.Recorder(provider.get_tracer("test")))
    yield exporter
    tracing.record(None)
    provider.shutdown()
