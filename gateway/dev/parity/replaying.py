"""`brickgate parity replay`: a recording against a running service, told as a table and a page."""

from __future__ import annotations

import asyncio
import sys
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
from redis.asyncio import Redis

from gateway.dev.parity import page, table
from gateway.dev.parity.differences import declared
from gateway.dev.parity.exchange import UUID, Recording
from gateway.dev.parity.replay import Replay
from gateway.dev.parity.routes import route_of
from gateway.dev.parity.sending import Sender
from gateway.dev.parity.tokens import Given
from gateway.dev.process import StartError
from gateway.limits import KEYS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence

    from gateway.dev.parity.exchange import Exchange
    from gateway.dev.parity.replay import Report

TIMEOUT = 60  # seconds for one answer; API Gateway gives up after 30
_PRINTED = 10  # faults, where there is no page


def replay(  # noqa: PLR0913 - the command's options, by name
    file: str,
    against: str,
    *,
    token: Sequence[str] = (),
    tokens: str | None = None,
    differences: str | None = None,
    known: str | None = None,
    only: Sequence[str] = (),
    reads_only: bool = False,
    limits: str | None = None,
    concurrency: int = 1,
    report: str | None = None,
) -> int:
    """Send what was recorded, compare, tell; 1 where something differs that nobody has declared.

    Raises:
        StartError: a file or a token is of no use, or the service cannot be reached.
    """
    if concurrency < 1:
        raise StartError(f"--concurrency {concurrency}: at least one request at a time.")
    recording = Recording.read(Path(file), _ids(known))
    given = Given.of(token, tokens)
    entries = declared() + (declared(Path(differences)) if differences else ())
    if only and not any(_named(exchange, only) for exchange in recording.exchanges):
        raise StartError(
            f"{file} has no exchange of {' or '.join(only)}; routes are named as in 'GET /api/mocs/{{id}}'."
        )

    def wanted(exchange: Exchange) -> bool:
        return (exchange.reads or not reads_only) and (not only or _named(exchange, only))

    async def run() -> Report:
        async with _service(against) as client, _forgetting(limits) as forget:
            await given.check(client)
            going = Replay(recording, Sender(client, given, forget), entries, wanted=wanted)
            with _progress(len(recording.exchanges)) as done:
                return await going.run(concurrency, done)

    made = asyncio.run(run())
    for line in (*table.outcomes(made), *table.notes([made])):
        print(line)
    if report:
        at = f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
        path = page.write(Path(report), made, recording=Path(file).name, against=against, at=at)
        print(f"The report: {path}")
    else:
        for fault in made.faults[:_PRINTED]:
            print(fault)
        if len(made.faults) > _PRINTED:
            print(f"... and {len(made.faults) - _PRINTED} more: --report FOLDER writes a page.")
    return 1 if made.faults else 0


def _ids(known: str | None) -> frozenset[str]:
    if not known:
        return frozenset()
    try:
        return frozenset(UUID.findall(Path(known).read_text()))
    except (OSError, UnicodeDecodeError) as error:
        raise StartError(f"{known} cannot be read: {error}") from None


def _named(exchange: Exchange, routes: Sequence[str]) -> bool:
    return any(fnmatchcase(route_of(exchange), pattern) for pattern in routes)


@asynccontextmanager
async def _service(url: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the service, which answers."""
    try:
        client = httpx.AsyncClient(base_url=url, timeout=TIMEOUT, trust_env=False)
        async with client:
            await client.get("/health")
            yield client
    except (httpx.TransportError, httpx.InvalidURL) as error:
        raise StartError(f"{url} does not answer: {error or type(error).__name__}") from None


@asynccontextmanager
async def _forgetting(url: str | None) -> AsyncIterator[Callable[[], Awaitable[object]]]:
    """What has the service forget its counts: the keys in its Redis; without one, nothing."""
    if url is None:
        yield _remember
        return
    try:
        redis = Redis.from_url(url)
    except ValueError as error:
        raise StartError(f"--limits {url}: {error}") from None
    async with redis:

        async def forget() -> None:
            if keys := [key async for key in redis.scan_iter(match=KEYS)]:
                await redis.unlink(*keys)

        yield forget


async def _remember() -> None:
    """Leave the counts as they are."""


@contextmanager
def _progress(total: int) -> Iterator[Callable[[], object]]:
    """A bar at a terminal; else nothing."""
    if not sys.stderr.isatty():
        yield lambda: None
        return
    from rich.console import Console  # noqa: PLC0415 - where there is a terminal
    from rich.progress import Progress  # noqa: PLC0415 - as above

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("exchanges", total=total)
        yield lambda: bar.advance(task)
