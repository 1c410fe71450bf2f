"""The API by Schemathesis (https://schemathesis.readthedocs.io): cases made from what it says of itself, by REST and by GraphQL."""

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

HERE = Path(__file__).parent
# Two minutes and a half on two cores that are free.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def run(folder: Path, location: str, token: str, *options: str) -> subprocess.CompletedProcess[str]:
    """Schemathesis in a process of its own, since it speaks to a server that is in this one; what it remembers goes into `folder`."""
    configuration = str(HERE / "schemathesis.toml")
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", configuration, "run", location, *options]
    environment = {
        **os.environ,
        "TOKEN": token,
        "HOOKS": str(HERE / "schemathesis_hooks.py"),
        "NO_COLOR": "1",
    }
    return subprocess.run(
        command, capture_output=True, text=True, check=False, env=environment, timeout=590, cwd=folder
    )


def found(done: subprocess.CompletedProcess[str]) -> str:
    return f"{done.stdout[-20_000:]}\n{done.stderr[-2_000:]}"


async def test_rest_is_as_it_is_described(url: str, token: Callable[[str], str], tmp_path: Path) -> None:
    done = await asyncio.to_thread(run, tmp_path, f"{url}/openapi.json", token("alice"))
    assert done.returncode == 0, found(done)


async def test_graphql_is_as_it_is_described(url: str, token: Callable[[str], str], tmp_path: Path) -> None:
    options = ("--exclude-checks", "not_a_server_error")
    done = await asyncio.to_thread(run, tmp_path, f"{url}/graphql", token("alice"), *options)
    assert done.returncode == 0, found(done)
