"""A server that is stopped, and one that is killed, with a server of this module's own (PRD 2.8.7, 3.8.4)."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from typing import TYPE_CHECKING

import pytest

from tests.gateway.search.conftest import ALBUMS, IMAGES, MOCS, WISHES, Shelf, all_found, arrange
from tests.opensearch import running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gateway.dev.opensearch.server import OpenSearch

RECOVERY = 20.0  # seconds


@pytest.fixture
def engine() -> str:
    """The one that is stopped."""
    return "opensearch"


@pytest.fixture
def server(services_folder: Path) -> Iterator[OpenSearch]:
    """A server that nobody else uses."""
    with running(services_folder / "stopped") as server:
        yield server


@pytest.fixture
def search_url(server: OpenSearch) -> str:
    """Where it is."""
    return server.url


@pytest.fixture
def prefix(search_url: str) -> str:
    """None, since nobody else is there; nothing is left to be removed."""
    arrange(search_url, "")
    return ""


@pytest.mark.slow
@pytest.mark.prd("2.8.7")
@pytest.mark.prd("3.8.4")
async def test_a_stopped_server_costs_one_request_a_second_and_a_killed_one_nothing(
    castles: Shelf, server: OpenSearch
) -> None:
    os.kill(server.child.pid, signal.SIGSTOP)
    took = []
    for kind in (MOCS, IMAGES, ALBUMS, WISHES, MOCS):
        started = time.monotonic()
        assert await castles.titles(kind, "castle", engine="database") == ["Castle"]
        took.append(time.monotonic() - started)
    assert took[0] > 0.9
    assert max(took[1:]) < 0.9
    os.kill(server.child.pid, signal.SIGCONT)
    deadline = time.monotonic() + RECOVERY
    while (await castles.alice.get("/api/mocs/search?q=castle")).json()["source"] != "opensearch":
        assert time.monotonic() < deadline
        await asyncio.sleep(0.2)
    await all_found(castles, "opensearch")
    os.kill(server.child.pid, signal.SIGKILL)
    started = time.monotonic()
    await all_found(castles, "database")
    assert time.monotonic() - started < 4
