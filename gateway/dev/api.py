"""The API as a child process that starts anew when its code changes; the other parts go on."""

from __future__ import annotations

import sys
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.dev.process import LOOPBACK, Child

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).parents[2]
_SOURCES = ("gateway", "resolvers", "services", "db")


class Api:
    """`gateway.app:create_app` under uvicorn on `port`; it writes to the terminal."""

    def __init__(self, port: int, environment: Mapping[str, str]) -> None:
        self._port = port
        command = [sys.executable, "-m", "uvicorn", "gateway.app:create_app", "--factory", "--log-level", "warning"]
        command += ["--host", LOOPBACK, "--port", str(port), "--app-dir", str(ROOT), "--timeout-graceful-shutdown", "5"]
        command += ["--no-proxy-headers"]  # or else whoever is on this machine could choose an address
        command += ["--reload", "--reload-include", "*.graphql"]
        for source in _SOURCES:
            command += ["--reload-dir", str(ROOT / source)]
        self.child = Child("The API", command, log=None, environment=environment)

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://{LOOPBACK}:{self._port}"

    def wait(self) -> None:
        """Return once it says that it is healthy.

        Raises:
            StartError: it ended, or is not healthy after half a minute; the reason is on the terminal.
        """
        self.child.wait_until(self._healthy, 30)

    def _healthy(self) -> bool:
        connection = HTTPConnection(LOOPBACK, self._port, timeout=5)
        try:
            connection.request("GET", "/health")
            return connection.getresponse().status == HTTPStatus.OK
        except (OSError, HTTPException):
            return False
        finally:
            connection.close()
