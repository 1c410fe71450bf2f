"""One phase of load against one service: Locust sends, this process watches, and the figures of both are one result."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import statistics
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import asyncpg
import psutil

from tests.load.mix import MIX
from tests.served import ROOT

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.served import Served

LOCUST = "locust@2.47.0"
STARTING = 2  # seconds more, in which Locust makes its users
_EVERY = 0.25  # seconds between two looks at the service
_KINDS = {asked.name: asked.kind for asked in MIX}


@dataclass(frozen=True)
class Latency:
    """Milliseconds of a request, and how many there were."""

    requests: int
    p50: float
    p95: float
    p99: float

    @classmethod
    def of(cls, times: Sequence[float]) -> Latency:
        """Of at least one request."""
        cuts = statistics.quantiles(times, n=100, method="inclusive") if len(times) > 1 else [times[0]] * 99
        return cls(len(times), *(round(cuts[place], 1) for place in (49, 94, 98)))


@dataclass
class Watch:
    """The most of what was seen of a service: connections to PostgreSQL, bytes of memory; and its processor time in seconds."""

    connections: int = 0
    memory: int = 0
    cpu: float = 0
    _done: asyncio.Event = field(default_factory=asyncio.Event)

    async def look(self, service: Served, database_url: str) -> None:
        """Look until told to stop."""
        process = psutil.Process(service.child.pid)
        before = sum(process.cpu_times()[:2])
        connection = await asyncpg.connect(database_url)
        try:
            while not self._done.is_set():
                count = await connection.fetchval(
                    "SELECT count(*) - 1 FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend'"
                )
                self.connections = max(self.connections, count)
                self.memory = max(self.memory, process.memory_info().rss)
                await asyncio.sleep(_EVERY)
        finally:
            await connection.close()
            self.cpu = sum(process.cpu_times()[:2]) - before

    def stop(self) -> None:
        """No more."""
        self._done.set()


@dataclass(frozen=True)
class Load:
    """How much: `rate` requests a second in all, sent by users of one request a second each, for so many seconds.

    A rate of 0 is as fast as `users` users get answers to the one request that the bare endpoint knows, too.
    """

    seconds: float
    rate: int = 0
    users: int = 8


class Field:
    """What all phases share: whose tokens, which database, where files go."""

    def __init__(self, folder: Path, database_url: str, users: list[dict[str, Any]]) -> None:
        self._folder = folder
        self._database_url = database_url
        self._users = users

    async def run(self, name: str, service: Served, load: Load) -> dict[str, Any]:
        """Send the load and tell what became of it.

        Raises:
            RuntimeError: Locust failed, or sent nothing.
        """
        plan, results = self._folder / f"{name}.plan.json", self._folder / f"{name}.json"
        count = load.rate or load.users
        plan.write_text(
            json.dumps(
                {
                    "detail_only": not load.rate,
                    "rate": 1 if load.rate else 0,
                    "users": self._users,
                    "results": str(results),
                }
            )
        )
        watch = Watch()
        watching = asyncio.create_task(watch.look(service, self._database_url))
        try:
            await self._send(service.url, count, load.seconds, plan)
        finally:
            watch.stop()
            await watching
        if not (seen := json.loads(results.read_text())):
            raise RuntimeError(f"Locust sent nothing within {load.seconds + STARTING} s")
        return _figures(seen, load, watch)

    async def _send(self, url: str, users: int, seconds: float, plan: Path) -> None:
        command = ["tool", "run", "-q", LOCUST, "-f", str(ROOT / "tests/load/locustfile.py"), "--headless", "-H", url]
        command += [
            "-u",
            str(users),
            "-r",
            str(users),
            "-t",
            f"{seconds:.0f}s",
            "--only-summary",
            "--stop-timeout",
            "30",
        ]
        command += ["--exit-code-on-error", "0", "-L", "ERROR", "--skip-log"]
        process = await asyncio.create_subprocess_exec(
            uv() or "uv",
            *command,
            env={**os.environ, "LOAD_PLAN": str(plan)},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said, _ = await asyncio.wait_for(process.communicate(), seconds + 120)
        if process.returncode:
            raise RuntimeError(f"Locust failed: {said.decode()[-2000:]}")


def uv() -> str | None:
    """The program that runs Locust, as `make` finds it; None where there is none."""
    return shutil.which(os.environ.get("UV") or "uv") or shutil.which(ROOT / ".tools/uv/bin/uv")


def _figures(seen: list[tuple[str, int, float, float]], load: Load, watch: Watch) -> dict[str, Any]:
    times: dict[str, list[float]] = defaultdict(list)
    for name, _, _, milliseconds in seen:
        times[name].append(milliseconds)
        times[f"all of kind {_KINDS[name]}"].append(milliseconds)
        times["all"].append(milliseconds)
    # From the first request to the last one, as Locust takes a moment to begin.
    lasted = max(began for _, _, began, _ in seen) - min(began for _, _, began, _ in seen) or load.seconds
    statuses = Counter(status for _, status, _, _ in seen)
    return {
        "seconds": load.seconds,
        "asked_per_second": load.rate or None,
        "answered_per_second": round(len(seen) / lasted, 1),
        "latency": {name: vars(Latency.of(found)) for name, found in sorted(times.items())},
        "statuses": {str(status): count for status, count in sorted(statuses.items())},
        "failed": sum(count for status, count in statuses.items() if status == 0 or status >= 500) / max(1, len(seen)),
        "connections": watch.connections,
        "memory_mb": round(watch.memory / 2**20),
        "cpu_ms_per_request": round(watch.cpu / max(1, len(seen)) * 1000, 2),
    }
