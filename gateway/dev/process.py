"""Servers as child processes: detached from the terminal, waited for, stopped surely, explained by their logs."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

LOOPBACK = "127.0.0.1"
_LAUNCHER = Path(__file__).with_name("launch.py")
_TAIL_LINES = 20


class StartError(Exception):
    """A part of the stack could not start, or ended by itself; the text is for the person at the terminal."""


class Child:
    """One server: `name` for messages, `command`, and how it likes to be asked to end.

    Its output goes to `log`, or to this process's own output when `log` is None.
    """

    def __init__(  # noqa: PLR0913 - what a process is made of; every one is named by the callers
        self,
        name: str,
        command: Sequence[str | Path],
        *,
        log: Path | None,
        environment: Mapping[str, str] | None = None,
        user: str = "-",
        stop_signal: signal.Signals = signal.SIGTERM,
    ) -> None:
        self.name = name
        self._log = log
        self._stop_signal = stop_signal
        launch = [sys.executable, "-I", "-S", _LAUNCHER, str(os.getpid()), str(int(stop_signal)), user, *command]
        output = log.open("ab") if log else None
        try:
            self._process = subprocess.Popen(  # noqa: S603 - the commands are written in this package
                launch,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=environment,
                start_new_session=True,  # Ctrl-C reaches the stack alone, which ends its parts in order
            )
        finally:
            if output:
                output.close()

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether it still runs."""
        return self._process.poll() is None

    def failure(self) -> StartError:
        """Say that it ended by itself, how, and what it wrote last."""
        code = self._process.poll()
        how = f"was killed by signal {-code}" if code is not None and code < 0 else f"ended with status {code}"
        return StartError(f"{self.name} {how}.{self.last_lines()}")

    def last_lines(self) -> str:
        """The end of its log, ready to follow a sentence; empty when it writes to the terminal."""
        lines = self._log.read_text(errors="replace").splitlines()[-_TAIL_LINES:] if self._log else []
        return "".join([f" The end of {self._log}:", *(f"\n    {line}" for line in lines)]) if lines else ""

    def wait_until(self, ready: Callable[[], bool], seconds: float) -> None:
        """Return as soon as `ready()`.

        Raises:
            StartError: it ended before, or took longer than `seconds`.
        """
        limit = time.monotonic() + seconds
        while not ready():
            if not self.running:
                raise self.failure()
            if time.monotonic() > limit:
                raise StartError(f"{self.name} is not ready after {seconds:.0f} s.{self.last_lines()}")
            time.sleep(0.02)

    def wait(self, seconds: float) -> None:
        """Wait for its end, which is expected.

        Raises:
            StartError: it failed, or took longer than `seconds`.
        """
        try:
            code = self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.stop()
            raise StartError(f"{self.name} took longer than {seconds:.0f} s.{self.last_lines()}") from None
        if code:
            raise self.failure()

    def send(self, number: signal.Signals) -> None:
        """Send it a signal, if it still runs."""
        if self.running:
            self._process.send_signal(number)

    def ask_to_end(self) -> None:
        """Send the signal, and do not wait."""
        self.send(self._stop_signal)

    def stop(self, seconds: float = 10) -> None:
        """Ask it to end and wait; after `seconds` it and what it started are killed."""
        self.ask_to_end()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        # Not for ever: a signal that interrupts Popen as it takes its own lock leaves it taken.
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)


def port_is_free(port: int) -> bool:
    """Whether a server could listen on `port` of the loopback interface now."""
    with socket.socket() as probe:
        probe.setsockopt(
            socket.SOL_SOCKET, socket.SO_REUSEADDR, 1
        )  # as servers do: connections in TIME_WAIT do not count
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """A port of the loopback interface that nobody uses now."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def answers(port: int) -> bool:
    """Whether something accepts connections on `port` of the loopback interface."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((LOOPBACK, port)) == 0
