"""A clamd of the tests' own, with one signature, where Debian's clamav-daemon is installed."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from typing import TYPE_CHECKING, Self

from gateway.dev.process import LOOPBACK, free_port

if TYPE_CHECKING:
    from pathlib import Path

PROGRAM = shutil.which("clamd", path=f"{os.environ['PATH']}:/usr/sbin")
# The harmless text that all scanners know (https://www.eicar.org/download-anti-malware-testfile/), in two halves: none shall find it here.
EICAR = (r"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + "EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*").encode()


class Scanner:
    """Use it as a context manager; it takes at most 1 MB."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self._folder = folder
        (folder / "own.ndb").write_text(f"Eicar-Test:0:*:{EICAR.hex()}\n")
        settings = {
            "DatabaseDirectory": folder,
            "TCPSocket": self.port,
            "TCPAddr": LOOPBACK,
            "Foreground": "yes",
            "StreamMaxLength": "1M",
        }
        (folder / "clamd.conf").write_text("".join(f"{name} {value}\n" for name, value in settings.items()))

    def __enter__(self) -> Self:
        assert PROGRAM
        with (self._folder / "log").open("wb") as log:
            self._process = subprocess.Popen([PROGRAM, "-c", self._folder / "clamd.conf"], stdout=log, stderr=log)
        for _ in range(200):
            with socket.socket() as trial:
                if trial.connect_ex((LOOPBACK, self.port)) == 0:
                    return self
            time.sleep(0.1)
        self._process.kill()
        raise AssertionError((self._folder / "log").read_text())

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait()
