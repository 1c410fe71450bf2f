"""`make load`: what the PRD's load does to the gateway on this machine, as a table and as dist/load.json."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from gateway.dev.aws import CREDENTIALS, Aws
from gateway.dev.postgres import FORGETFUL, Postgres
from gateway.dev.process import free_port
from gateway.dev.valkey import Valkey
from tests.load import plan

RESULTS = Path("dist/load.json")
SECONDS = 60.0
_LATENCY = f"{'p50 ms':>9}{'p95 ms':>9}{'p99 ms':>9}"


def main() -> int:
    """Start the services, send, print the tables, keep the figures; 1 where an answer failed or nothing came back."""
    seconds = float(os.environ.get("SECONDS") or SECONDS)
    os.environ |= CREDENTIALS  # the SDK finds them by itself, as in Lambda
    folder = Path(tempfile.mkdtemp(prefix="bg-"))
    postgres = Postgres(folder / "postgres", free_port(), log=folder / "postgres.log", options=FORGETFUL)
    aws, valkey = Aws(free_port(), log=folder / "aws.log"), Valkey(free_port(), log=folder / "valkey.log")
    try:
        for server in (postgres, aws, valkey):
            server.wait()
        figures = asyncio.run(
            plan.run(folder, postgres, valkey.url, aws, seconds, lambda text: print(f"{text} ...", flush=True))
        )
    finally:
        for server in (postgres, aws, valkey):
            server.child.stop()
        shutil.rmtree(folder)
    for line in lines(figures):
        print(line)
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(figures, indent=2) + "\n")
    print(f"Kept in {RESULTS}.")
    return 0 if sound(figures) else 1


def lines(figures: dict[str, Any]) -> list[str]:
    """The tables."""
    phases: dict[str, Any] = figures["phases"]
    most = phases["bare at most"]["answered_per_second"]
    found = [
        f"The bare endpoint bears {most:.0f} requests a second here; the PRD's {plan.STEADY} and {plan.SPIKE} are multiplied by",
        f"{figures['factor']}, so that the spike is {plan.SHARE:.0%} of that or less.",
        f"{'phase':<18}{'asked/s':>9}{'done/s':>9}{_LATENCY}{'CPU ms':>9}{'SQL conn.':>11}{'memory MB':>11}  statuses",
    ]
    for name, phase in phases.items():
        latency, asked = phase["latency"]["all"], phase["asked_per_second"] or "-"
        told = ", ".join(f"{count} of {status}" for status, count in phase["statuses"].items())
        found.append(
            f"{name:<18}{asked:>9}{phase['answered_per_second']:>9}{latency['p50']:>9}{latency['p95']:>9}{latency['p99']:>9}"
            f"{phase['cpu_ms_per_request']:>9}{phase['connections']:>11}{phase['memory_mb']:>11}  {told}"
        )
    found.append(f"{'spike, by request':<29}{'requests':>9}{_LATENCY}")
    for name, latency in phases["spike"]["latency"].items():
        found.append(f"  {name:<27}{latency['requests']:>9}{latency['p50']:>9}{latency['p95']:>9}{latency['p99']:>9}")
    for name, told in figures["saturation"].items():
        statuses = ", ".join(f"{count} of {status}" for status, count in told["statuses"].items())
        found.append(f"connections {name}: {statuses}; the slowest after {told['slowest_seconds']} s")
    return found


def sound(figures: dict[str, Any]) -> bool:
    """Whether no answer failed but those that had no connection, and everything came back."""
    loaded = all(phase["failed"] == 0 for phase in figures["phases"].values())
    return loaded and set(figures["saturation"]["afterwards"]["statuses"]) == {"200"}


if __name__ == "__main__":
    sys.exit(main())
