"""The API by Schemathesis (https://schemathesis.readthedocs.io): cases made from its own descriptions, by REST and by GraphQL."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

CONFIGURATION = Path(__file__).with_name("schemathesis.toml")


def run(location: str, token: str, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONFIGURATION), "run", location, *options]
    environment = {**os.environ, "TOKEN": token, "NO_COLOR": "1"}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)


@pytest.mark.slow
@pytest.mark.timeout(400)
async def test_rest_is_as_it_is_described(url: str, token: Callable[[str], str]) -> None:
    done = await asyncio.to_thread(run, f"{url}/openapi.json", token("alice"))
    open("/tmp/st-rest.txt", "w").write(done.stdout + done.stderr)
    assert done.returncode == 0, done.stdout


@pytest.mark.slow
@pytest.mark.timeout(400)
async def test_graphql_is_as_it_is_described(url: str, token: Callable[[str], str]) -> None:
    done = await asyncio.to_thread(run, f"{url}/graphql", token("alice"))
    open("/tmp/st-gql.txt", "w").write(done.stdout + done.stderr)
    assert done.returncode == 0, done.stdout
