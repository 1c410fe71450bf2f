"""Measuring an ASGI application in this process: CPU of a request, and how long it takes."""

from __future__ import annotations

import gc
import random
import statistics
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp, Message

WARM_UP, ROUNDS, REQUESTS = 50, 30, 40
AWAKE = 8  # requests at the beginning of a turn that find the processor's caches full of another application


@dataclass(frozen=True)
class Call:
    """A request, made anew for each time it is sent."""

    method: str
    path: str
    body: Callable[[], dict[str, Any]] | None = None


@dataclass(frozen=True)
class Figures:
    """Microseconds of a request: CPU of this process (median of rounds), wall-clock time (percentiles), and what it asked of others."""

    cpu: float
    p50: float
    p95: float
    p99: float
    statements: float = 0
    trips: float = 0


async def send(app: ASGIApp, call: Call, headers: list[tuple[bytes, bytes]]) -> int:
    """Send one request straight into the application; its status."""
    body = orjson.dumps(call.body()) if call.body else b""
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": call.method,
        "scheme": "http",
        "path": call.path,
        "raw_path": call.path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [*headers, (b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
        "state": {},
    }
    status = 0

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def answer(message: Message) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]

    await app(scope, receive, answer)
    return status


async def compare(
    apps: dict[str, ASGIApp], call: Call, headers: list[tuple[bytes, bytes]], status: int
) -> dict[str, Figures]:
    """Measure the applications in turns of changing order, so that what the machine does meanwhile hits them alike.

    `status` is what the first of them must answer; the others must succeed.
    """
    cpu: dict[str, list[float]] = {name: [] for name in apps}
    wall: dict[str, list[float]] = {name: [] for name in apps}
    for app in apps.values():
        for _ in range(WARM_UP):
            answered = await send(app, call, headers)
            assert answered in {status, 200}, f"{call.method} {call.path} answered {answered}"
    gc.collect()
    gc.freeze()
    for _ in range(ROUNDS):
        for name, app in random.sample(list(apps.items()), len(apps)):
            for _ in range(AWAKE):
                await send(app, call, headers)
            started = time.process_time()
            for _ in range(REQUESTS):
                sent = time.perf_counter()
                await send(app, call, headers)
                wall[name].append(time.perf_counter() - sent)
            cpu[name].append((time.process_time() - started) / REQUESTS)
    gc.unfreeze()
    cuts = {name: statistics.quantiles((time * 1e6 for time in wall[name]), n=100) for name in apps}
    return {
        name: Figures(statistics.median(cpu[name]) * 1e6, *(cuts[name][place] for place in (49, 94, 98)))
        for name in apps
    }
