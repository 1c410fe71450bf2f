"""`brickgate parity record`: a recording made by a proxy before the legacy service, or out of its access log."""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING

import httpx
import uvicorn

from gateway.dev.parity import accesslog
from gateway.dev.parity.proxy import Proxy
from gateway.dev.parity.transcript import Transcript
from gateway.dev.process import StartError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gateway.dev.parity.observation import Observation


def record(  # noqa: PLR0913 - the command's options, by name
    out: str,
    *,
    upstream: str | None = None,
    listen: str = "127.0.0.1:8080",
    access_log: str | None = None,
    bodies: str | None = None,
    user: Sequence[str] = (),
    most: int = 1_000_000,
) -> int:
    """Record until it is told to end, or all of an access log.

    Raises:
        StartError: the options make no sense, or the file is there already.
    """
    if (upstream is None) == (access_log is None) or (access_log is not None and bodies is None):
        raise StartError("Say --upstream URL to stand before a service, or --access-log FILE --bodies FOLDER.")
    transcript = Transcript(_names(user))
    if access_log is not None:
        with _new(out) as file:
            recorder = Recorder(file, transcript)
            for observed in accesslog.read(Path(access_log), Path(str(bodies)), most):
                recorder.keep(observed)
        print(f"{recorder.kept} exchanges are in {out}; {recorder.lost} could not be written down.")
        return 1 if recorder.lost else 0
    url, (host, port) = _url(str(upstream)), _address(listen)
    with _new(out) as file:
        recorder = Recorder(file, transcript)
        with suppress(KeyboardInterrupt):
            asyncio.run(_serve(url, host, port, recorder, most))
    print(f"{recorder.kept} exchanges are in {out}; {recorder.lost} could not be written down.")
    return 0


class Recorder:
    """Writes each observation to a file as soon as it is made; what cannot be written is counted, and told of once."""

    def __init__(self, file: IO[str], transcript: Transcript) -> None:
        self._file = file
        self._transcript = transcript
        self.kept = self.lost = 0

    def keep(self, observed: Observation) -> None:
        """Write it down. Whatever goes wrong, the request that it is about does not notice."""
        try:
            self._file.write(self._transcript.line(observed) + "\n")
            self._file.flush()
        except Exception as error:  # noqa: BLE001 - as above
            if not self.lost:
                print(f"Not recorded: {observed.method} {observed.target}: {error!r}", file=sys.stderr, flush=True)
            self.lost += 1
        else:
            self.kept += 1


async def _serve(upstream: str, host: str, port: int, recorder: Recorder, most: int) -> None:
    async with Proxy(upstream, recorder.keep, most=most) as proxy:
        config = uvicorn.Config(
            proxy,
            host=host,
            port=port,
            interface="asgi3",
            lifespan="off",
            log_level="critical",
            server_header=False,
            date_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=5,
        )
        print(f"Recording what passes from http://{host}:{port} to {upstream}. Ctrl-C ends it.", flush=True)
        await uvicorn.Server(config).serve()


@contextmanager
def _new(out: str) -> Iterator[IO[str]]:
    """A file that nobody else may read: it holds what people wrote."""
    try:
        file = os.fdopen(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8")
    except FileExistsError:
        raise StartError(f"{out} is there already: name a new file.") from None
    except OSError as error:
        raise StartError(f"{out} cannot be written: {error}") from None
    try:
        yield file
    finally:
        with suppress(OSError):  # what could not be written was told of
            file.close()


def _names(pairs: Sequence[str]) -> dict[str, str]:
    names = dict(pair.rpartition("=")[::2] for pair in pairs)
    if "" in names or not all(names.values()):
        raise StartError("A user is written SUB=NAME: --user a1111111-1111-4111-8111-111111111111=alice")
    return names


def _url(upstream: str) -> str:
    with suppress(httpx.InvalidURL):
        url = httpx.URL(upstream)
        if url.scheme in {"http", "https"} and url.host:
            return upstream
    raise StartError(f"{upstream} is no URL of a service, such as http://legacy.internal:9000")


def _address(listen: str) -> tuple[str, int]:
    host, _, port = listen.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 65536:  # noqa: PLR2004 - TCP's range
        raise StartError(f"--listen {listen}: write HOST:PORT, for example 127.0.0.1:8080")
    return host, int(port)
