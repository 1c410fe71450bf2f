"""What a start of the HTTP function loads and opens, and what copies of a snapshot do not share (NFR1)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from gateway.dev.api import ROOT
from tests.gateway.lambdas.test_http import event

if TYPE_CHECKING:
    from collections.abc import Callable

# Every package that a start may load, besides Python's own. What is not here is loaded when it is first needed.
STARTS_WITH = {
    "anyio",
    "asyncpg",
    "cryptography",
    "cython_runtime",
    "dateutil",
    "db",
    "gateway",
    "graphql",
    "hiredis",
    "jwt",
    "mangum",
    "orjson",
    "python_multipart",
    "pythonjsonlogger",
    "resolvers",
    "services",
    "settings",
    "six",
    "snapshot_restore_py",
    "sqlalchemy",
    "starlette",
    "strawberry",
    "typing_extensions",
}
# Parts of them, and what is loaded later or by others alone.
NEVER_WITH = {
    "PIL",
    "aioboto3",
    "botocore",
    "fastapi",
    "gateway.dev",
    "opensearchpy",
    "pydantic",
    "redis",
    "sqlalchemy.ext.asyncio",
    "sqlalchemy.orm",
    "strawberry.federation.schema_directives",
}
LOOK = """
import json, sys
before = set(sys.modules)
import {module}
loaded = {{name.partition('.')[0] for name in set(sys.modules) - before}} - sys.stdlib_module_names
import psutil
print(json.dumps([sorted(loaded), len(psutil.Process().net_connections()), sorted(sys.modules)]))
"""


def look(environment: dict[str, str], module: str) -> tuple[set[str], int, set[str]]:
    """The packages that a module loads, the connections that it opens, and all modules."""
    done = subprocess.run(
        [sys.executable, "-c", LOOK.format(module=module)],
        cwd=ROOT,
        env={**os.environ, **environment, "PYTHONPATH": str(ROOT)},
        check=True,
        stdout=subprocess.PIPE,
    )
    loaded, opened, modules = json.loads(done.stdout.splitlines()[-1])
    return set(loaded), opened, set(modules)


@pytest.mark.parametrize("module", ["gateway.lambdas.http", "gateway.lambdas.appsync"])
def test_a_start_loads_nothing_but_what_is_on_the_list_and_opens_nothing(
    environment: dict[str, str], module: str
) -> None:
    loaded, opened, modules = look(environment, module)
    # Compiled parts of packages have private names; coverage is there where it measures this.
    assert {name for name in loaded - STARTS_WITH if not name.startswith(("_", "coverage"))} == set()
    assert opened == 0
    assert not NEVER_WITH & modules


def test_copies_of_a_snapshot_share_no_connection_and_no_random_number(
    environment: dict[str, str], database_url: str, token: Callable[[str], str]
) -> None:
    asked = event("GET", "/api/mocs", headers={"authorization": f"Bearer {token('alice')}"})
    done = subprocess.run(
        [sys.executable, "-m", "tests.gateway.lambdas.snapshot"],
        cwd=ROOT,
        env={**os.environ, **environment, "DATABASE_URL": database_url},  # no pooler, which would share its own
        input=json.dumps(asked),
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    lines = [json.loads(line) for line in done.stdout.splitlines() if not line.startswith('{"level"')]
    taken, *copies = lines
    assert taken["connections"] == []
    assert {"aioboto3", "jwt.algorithms", "PIL.Image"} <= set(taken["modules"])
    assert "redis" not in taken["modules"], "nobody needs it but for a cluster"
    assert [copy["status"] for copy in copies] == [200, 200]
    assert len({copy["random"] for copy in copies}) == len({copy["backend"] for copy in copies}) == 2
    told: list[Any] = [copy["backend"] for copy in copies]
    assert all(told)


@pytest.mark.parametrize("name", ["http", "appsync", "worker", "migrate", "origin"])
def test_the_garbage_collector_rests_during_a_start_and_no_longer(environment: dict[str, str], name: str) -> None:
    told = subprocess.run(
        [
            sys.executable,
            "-c",
            f"import gc, gateway.lambdas.{name}; print(gc.isenabled(), gc.get_freeze_count() > 1000)",
        ],
        cwd=ROOT,
        env={**os.environ, **environment},
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert told.stdout.split() == ["True", "True"]
