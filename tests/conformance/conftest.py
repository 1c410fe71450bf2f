"""The checkers, installed once per version of their lock file; the gateway, served on loopback."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import uvicorn

from gateway.app import create_app

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from settings import Settings

HERE = Path(__file__).parent
TOOLS = HERE.parents[1] / ".tools" / "conformance"
FILES = ("package.json", "package-lock.json", "audit.mjs", "spectral.yaml")


@pytest.fixture(scope="session")
def node() -> Callable[..., subprocess.CompletedProcess[str]]:
    """`node("spectral", "lint", ...)`: run one of the checkers, or a script by `node("node", "audit.mjs", ...)`."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not installed; the checkers are npm packages")
    TOOLS.mkdir(parents=True, exist_ok=True)
    lock = (HERE / "package-lock.json").read_bytes()
    installed = TOOLS / "node_modules" / ".brickgate-lock"
    for name in FILES:
        shutil.copy(HERE / name, TOOLS / name)
    if not installed.exists() or installed.read_bytes() != lock:
        done = subprocess.run(
            [npm, "ci", "--no-audit", "--no-fund"], cwd=TOOLS, capture_output=True, text=True, check=False
        )
        if done.returncode:
            if os.environ.get("CI"):
                pytest.fail(f"npm ci failed: {done.stderr[-2000:]}")
            pytest.skip(f"npm could not install the checkers: {done.stderr[-200:]}")
        installed.write_bytes(lock)

    def run(command: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        program = command if command == "node" else str(TOOLS / "node_modules" / ".bin" / command)
        return subprocess.run(
            [program, *arguments], cwd=TOOLS, capture_output=True, text=True, check=False, timeout=110
        )

    return run


@pytest.fixture
async def url(settings: Settings, names_as_they_were: None) -> AsyncIterator[str]:  # noqa: ARG001 - the checkers rename them
    """The address of the gateway, served by uvicorn."""
    server = uvicorn.Server(uvicorn.Config(create_app(settings), port=0, log_level="warning"))
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event to wait for
        await asyncio.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    await serving
