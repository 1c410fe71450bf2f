"""What a cold start costs: the HTTP function under AWS's own runtime client, against importing what it is made of (NFR1).

Each start is a process of its own, the ways in turns; the best of each counts. The figures are seconds of processor time on this machine,
which others that use it disturb least: only the ratios mean anything elsewhere.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from db.migrate import upgrade
from gateway.dev.aws import CREDENTIALS, Aws
from gateway.dev.postgres import FORGETFUL, Postgres
from gateway.dev.process import free_port
from gateway.dev.valkey import Valkey
from tests.gateway.lambdas.runtime import ROOT, Function

if TYPE_CHECKING:
    from collections.abc import Mapping

RESULTS = Path("dist/coldstart.json")
STARTS = 7
IMPORTS = "import fastapi, strawberry, sqlalchemy.ext.asyncio, asyncpg"
ROUTES = ("/health", "/api/mocs")
_EVENT = json.loads((ROOT / "tests" / "events" / "http.json").read_text())


def imported() -> float:
    """Seconds of an interpreter that imports, start included."""
    told = subprocess.run(
        [sys.executable, "-c", f"{IMPORTS}, time; print(time.process_time())"], check=True, stdout=subprocess.PIPE
    )
    return float(told.stdout)


def started(environment: Mapping[str, str], path: str, token: str) -> tuple[float, float]:
    """Seconds until the function waits for an event, and from there to its first answer."""
    event: dict[str, Any] = {**_EVENT, "rawPath": path, "rawQueryString": "", "cookies": []}
    event["headers"] = {**_EVENT["headers"], "authorization": f"Bearer {token}"}
    event["requestContext"] = {**_EVENT["requestContext"]}
    event["requestContext"]["http"] = {**_EVENT["requestContext"]["http"], "method": "GET", "path": path}
    with Function("gateway.lambdas.http.handler", environment) as function:
        process = psutil.Process(function.process.pid)
        function.ready.wait()
        ready = sum(process.cpu_times()[:2])
        kind, answer = function.invoke(event)
        answered = sum(process.cpu_times()[:2])
    assert kind == "response", answer
    assert answer["statusCode"] == 200, answer
    return ready, answered - ready


def measure(environment: Mapping[str, str], token: str) -> dict[str, dict[str, float]]:
    """Both routes."""
    started(environment, ROUTES[0], token)  # compiles what was never compiled
    imports: list[float] = []
    seen: dict[str, list[tuple[float, float]]] = {path: [] for path in ROUTES}
    for _ in range(STARTS):
        imports.append(imported())
        for path, costs in seen.items():
            costs.append(started(environment, path, token))
    floor = min(imports)
    figures = {}
    for path, costs in seen.items():
        init, answer = min(costs, key=sum)
        figures[path] = {
            "imports": floor,
            "init": init,
            "first_answer": answer,
            "init_ratio_to_imports": min(init for init, _ in costs) / floor,
            "ratio_to_imports": (init + answer) / floor,
        }
    return figures


def main() -> None:
    """Start the services, measure, print the table, keep the figures."""
    folder = Path(tempfile.mkdtemp(prefix="bg-"))
    postgres = Postgres(folder / "postgres", free_port(), log=folder / "postgres.log", options=FORGETFUL)
    aws, valkey = Aws(free_port(), log=folder / "aws.log"), Valkey(free_port(), log=folder / "valkey.log")
    try:
        for server in (postgres, aws, valkey):
            server.wait()
        asyncio.run(postgres.create("cold"))
        upgrade(postgres.url("cold"))
        given = {"ENVIRONMENT": "dev", "DATABASE_URL": postgres.url("cold"), "REDIS_URL": valkey.url}
        figures = measure({**aws.environment, **CREDENTIALS, **given, "LOG_LEVEL": "ERROR"}, aws.token("alice"))
    finally:
        for server in (postgres, aws, valkey):
            server.child.stop()
        shutil.rmtree(folder)
    print(
        f"{'GET':<12}{'imports':>10}{'init':>10}{'ratio':>8}{'first answer':>15}{'both':>10}{'ratio':>8}   (milliseconds of processor time)"
    )
    for path, cost in figures.items():
        print(
            f"{path:<12}{cost['imports'] * 1000:>10.0f}{cost['init'] * 1000:>10.0f}{cost['init_ratio_to_imports']:>8.2f}"
            f"{cost['first_answer'] * 1000:>15.0f}{(cost['init'] + cost['first_answer']) * 1000:>10.0f}{cost['ratio_to_imports']:>8.2f}"
        )
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(figures, indent=2) + "\n")
    print(f"Kept in {RESULTS}.")


if __name__ == "__main__":
    main()
