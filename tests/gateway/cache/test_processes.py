"""Two processes read and change the same things ten thousand times: the other never misses what one has committed (decision 16)."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson
import pytest

from gateway.dev.api import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable

OPERATIONS, TASKS, MOCS = 5_000, 4, 3  # of each process


class Seen(NamedTuple):
    """What an operation saw of a MOC."""

    moc: str
    began: int
    ended: int
    changed: bool
    version: str
    cache: str


def stale(seen: list[Seen]) -> list[tuple[Seen, Seen]]:
    """What was told a version older than one that another operation had been told before it began; and that other.

    Versions of a row only grow, so this is exactly the set of operations that missed a commit.
    """
    found = []
    of_moc: dict[str, list[Seen]] = defaultdict(list)
    for entry in seen:
        of_moc[entry.moc].append(entry)
    for entries in of_moc.values():
        ends = sorted(entries, key=lambda entry: entry.ended)
        newest, place = None, 0
        for entry in sorted(entries, key=lambda entry: entry.began):
            while ends[place].ended < entry.began:
                if newest is None or ends[place].version > newest.version:
                    newest = ends[place]
                place += 1
            if newest and entry.version < newest.version:
                found.append((entry, newest))
    return found


def test_staleness_is_seen() -> None:
    written = Seen("a", began=0, ended=1, changed=True, version="2", cache="")
    read = Seen("a", began=2, ended=3, changed=False, version="2", cache="HIT")
    beside = Seen("a", began=2, ended=9, changed=True, version="3", cache="")
    assert stale([written, read, beside]) == []
    late = Seen("a", began=4, ended=5, changed=False, version="1", cache="HIT")
    assert stale([written, read, beside, late]) == [(late, written)]


def run(environment: dict[str, str], token: str, mocs: list[str]) -> list[Seen]:
    """What both processes saw."""
    processes = []
    for seed in range(2):
        command = [sys.executable, "-m", "tests.gateway.cache.race", token, *map(str, (OPERATIONS, TASKS, seed)), *mocs]
        processes.append(
            subprocess.Popen(
                command,
                cwd=ROOT,
                env={**os.environ, **environment, "LOG_LEVEL": "ERROR"},  # nobody reads a log meanwhile
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
        )
    for process in processes:
        assert process.stdout
        process.stdout.readline()  # both are ready
    for process in processes:
        assert process.stdin
        process.stdin.write(b"\n")
        process.stdin.flush()
    told = [line for process in processes for line in process.communicate()[0].splitlines()]
    assert [process.returncode for process in processes] == [0, 0]
    return [Seen(*orjson.loads(line)) for line in told]


@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_ten_thousand_interleaved_reads_and_writes_show_no_stale_answer(
    environment: dict[str, str], create: Callable[..., Any], token: Callable[[str], str]
) -> None:
    mocs = [(await create(title=f"MOC {number}"))["id"] for number in range(MOCS)]
    seen = await asyncio.to_thread(run, environment, token("alice"), mocs)
    assert stale(seen) == []
    states = Counter(entry.cache for entry in seen)
    assert states["HIT"] > 500, states
    assert len({entry.version for entry in seen if entry.changed}) > 1000
