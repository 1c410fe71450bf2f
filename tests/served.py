"""An ASGI application under uvicorn, in a process of its own."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.dev.aws import CREDENTIALS
from gateway.dev.process import LOOPBACK, Child, answers, free_port

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROOT = Path(__file__).parents[1]
_INHERITED = ("PATH", "HOME", "COV", "PYTHON", "LANG", "LC_")


class Served:
    """A running one: where it answers, and its process."""

    def __init__(self, port: int, child: Child) -> None:
        self.url = f"http://{LOOPBACK}:{port}"
        self.child = child


@contextmanager
def served(environment: Mapping[str, str], log: Path, app: str = "gateway.app:create_app") -> Iterator[Served]:
    """Serve what the factory `app` makes, which is told `environment`."""
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", app, "--factory", "--log-level", "warning", "--no-access-log"]
    command += ["--host", LOOPBACK, "--port", str(port), "--app-dir", str(ROOT), "--timeout-graceful-shutdown", "5"]
    inherited = {name: value for name, value in os.environ.items() if name.startswith(_INHERITED)}
    child = Child("The service", command, log=log, environment={**inherited, **CREDENTIALS, **environment})
    try:
        child.wait_until(lambda: answers(port), 30)
        yield Served(port, child)
    finally:
        child.stop()
