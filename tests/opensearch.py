"""OpenSearch servers for tests, where Java and Maven are installed."""

from __future__ import annotations

import os
import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from gateway.dev.opensearch import jars
from gateway.dev.opensearch.server import OpenSearch
from gateway.dev.process import StartError, free_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def or_skip() -> None:
    """Skip the test, and say why, where OpenSearch cannot be started: no Java, no Maven, or no way to its jars."""
    reason = jars.missing()
    if reason:
        pytest.skip(reason)
    try:
        jars.prepare()
    except StartError as error:
        pytest.skip(f"OpenSearch cannot be fetched: {error}")


@contextmanager
def running(folder: Path, port: int | None = None) -> Iterator[OpenSearch]:
    """A ready server with its data in `folder`; the same `folder` and `port` restart it, `child.pid` takes signals."""
    or_skip()
    folder.mkdir(exist_ok=True)
    server = OpenSearch(port or free_port(), folder / "opensearch", log=folder / "opensearch.log")
    try:
        server.wait()
        yield server
    finally:
        if server.child.running:  # a test may have left it stopped
            os.kill(server.child.pid, signal.SIGCONT)
        server.child.stop()
