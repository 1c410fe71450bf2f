"""The stack as people start it: a process of its own, on a free port, in a folder whose path has a space."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

from gateway.dev.process import free_port

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parents[2]


@dataclass
class Run:
    """One `run` command; `children` are the processes that it had when it was last read."""

    environ: dict[str, str]
    process: subprocess.Popen[str]
    output: str = ""
    children: list[psutil.Process] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.environ['PORT']}"

    def read_until_ready(self) -> None:
        self.read_until("Try it")

    def read_until(self, start: str) -> str:
        """Return the line that begins so."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.output += line
            if line.startswith(start):
                self.children = psutil.Process(self.process.pid).children(recursive=True)
                return line
        raise AssertionError(self.output)

    def end(self, number: int = signal.SIGTERM) -> int:
        """Send a signal, read what is still said, return the exit status."""
        self.process.send_signal(number)
        self.output += self.process.communicate(timeout=30)[0]
        return self.process.returncode


def begin(environ: dict[str, str]) -> Run:
    """Start the command; what a developer's shell has of the settings does not count."""
    environ = {"OPENSEARCH": "0", **environ}  # a start of Java costs seconds, which the tests of OpenSearch alone pay
    wanted = ("PATH", "HOME", "COV", "PYTHON", "JAVA", "XDG_CACHE_HOME")
    inherited = {name: os.environ[name] for name in os.environ if name.startswith(wanted)}
    process = subprocess.Popen(
        [sys.executable, "-m", "gateway.cli", "run", "--with-parent"],
        cwd=ROOT,
        env=inherited | environ,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    return Run(environ, process)


@pytest.fixture(scope="session")
def short_folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="bg dev "))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def stack(short_folder: Path) -> Iterator[Run]:
    """A ready stack that tests share and leave as it is."""
    run = begin({"PORT": str(free_port()), "STATE_DIR": str(short_folder / "shared")})
    try:
        run.read_until_ready()
        yield run
    finally:
        run.end()


@pytest.fixture
def start(short_folder: Path, request: pytest.FixtureRequest) -> Iterator[Callable[..., Run]]:
    """`start(NAME="value")`: a ready stack of this test's own, always in the same folder; `ready=False` does not wait."""
    runs: list[Run] = []

    def start(*, ready: bool = True, **environ: str) -> Run:
        folder = short_folder / request.node.name
        run = begin({"PORT": str(free_port()), "STATE_DIR": str(folder), **environ})
        runs.append(run)
        if ready:
            run.read_until_ready()
        return run

    yield start
    for run in runs:
        if run.process.poll() is None:
            run.end()


class Programs:
    """A folder that is all of PATH, for programs that a test makes up."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def script(self, name: str, text: str) -> Path:
        """Write a program of shell commands."""
        path = self.folder / name
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)
        return path

    def pretend(self) -> None:
        """Make a Java, and a Maven that says when it began and works until there is a file `go on`."""
        self.script("java", """echo 'openjdk version "17" 2021-09-14' >&2""")
        self.script("javac", "")
        began, go_on = self.folder / "began", self.folder / "go on"
        self.script("mvn", f"echo x >>'{began}'; while [ ! -e '{go_on}' ]; do /bin/sleep 0.05; done")

    def wait_for(self, name: str) -> None:
        limit = time.monotonic() + 20
        while not (self.folder / name).exists():
            assert time.monotonic() < limit
            time.sleep(0.02)


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Programs:
    """No program but a test's own, and no jars of OpenSearch's."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return Programs(folder)
