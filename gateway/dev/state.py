"""STATE_DIR: what a stack keeps between starts, and who is using it now.

`stack.json` is the lock, the register of running processes and the address book in one: whoever holds the lock on it runs
the stack, and what it says is true for as long. A stack that was killed leaves the lock free and the register behind.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from gateway.dev.process import Child, StartError, free_port, port_is_free

if TYPE_CHECKING:
    from collections.abc import Mapping

_OURS = ("postgres", "opensearch", "logs", "kept.json", ".gitignore", "stack.json")


def folder_of(environ: Mapping[str, str]) -> Path:
    """The folder that STATE_DIR names, `.local` without one."""
    return Path(environ.get("STATE_DIR") or ".local").expanduser().absolute()


class State:
    """The folder, held for this process from construction to `release`.

    Raises:
        StartError: another stack holds it, or it cannot be written.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.logs = folder / "logs"
        self._register: dict[str, Any] = {"pid": os.getpid(), "children": {}}
        try:
            self.logs.mkdir(parents=True, exist_ok=True)
            (folder / ".gitignore").write_text("*\n")
            self._file = os.open(folder / "stack.json", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise StartError(f"STATE_DIR={folder} cannot be used: {error.strerror}.") from None
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            other = _read(folder)
            os.close(self._file)
            raise StartError(
                f"A stack is already running on STATE_DIR={folder} (pid {other.get('pid')}, port {other.get('port')}). "
                "Stop it, or choose both: make run PORT=8001 STATE_DIR=.local-2"
            ) from None
        self._end_leftovers()
        self._write()

    def kept(self, name: str) -> Any:
        """What an earlier start kept under `name`, or None."""
        path = self.folder / "kept.json"
        return json.loads(path.read_text()).get(name) if path.exists() else None

    def keep(self, name: str, value: Any) -> None:
        """Keep a JSON value for later starts."""
        path = self.folder / "kept.json"
        kept = json.loads(path.read_text()) if path.exists() else {}
        path.write_text(json.dumps({**kept, name: value}))

    def port(self, name: str) -> int:
        """The port of a part of the stack: the one of the last start while it is free, so that addresses stay."""
        port: int = self.kept(f"{name}_port") or 0
        if not port or not port_is_free(port):
            port = free_port()
            self.keep(f"{name}_port", port)
        return port

    def log(self, name: str) -> Path:
        """The log file of a part of the stack, emptied."""
        path = self.logs / f"{name}.log"
        path.write_bytes(b"")
        return path

    def record(self, **facts: Any) -> None:
        """Write down what others may read while the stack runs."""
        self._register.update(facts)
        self._write()

    def record_child(self, child: Child) -> None:
        """Write down a process that must not outlive this one."""
        self._register["children"][str(child.pid)] = psutil.Process(child.pid).create_time()
        self._write()

    def release(self) -> None:
        """Let another stack have the folder; all children have ended."""
        os.ftruncate(self._file, 0)
        os.close(self._file)

    def _write(self) -> None:
        content = json.dumps(self._register).encode()
        os.pwrite(self._file, content, 0)
        os.ftruncate(self._file, len(content))

    def _end_leftovers(self) -> None:
        """End what a killed stack left running. The kernel has asked it to end already, where there is one that does."""
        left = []
        for pid, created in _read(self.folder).get("children", {}).items():
            with suppress(psutil.NoSuchProcess):
                process = psutil.Process(int(pid))
                if process.create_time() == created:  # else the number belongs to a stranger by now
                    process.send_signal(signal.SIGINT)
                    left.append(process)
        stubborn = psutil.wait_procs(left, timeout=5)[1]
        for process in stubborn:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        psutil.wait_procs(stubborn, timeout=5)


def running(folder: Path, patience: float = 30) -> dict[str, Any]:
    """What the stack that runs on `folder` has recorded; one that is starting is waited for, `patience` seconds at most.

    Raises:
        StartError: none runs, or it is not ready.
    """
    limit = time.monotonic() + patience
    while _held(folder):
        register = _read(folder)
        if "environment" in register:
            return register
        if time.monotonic() > limit:
            raise StartError(f"The stack on STATE_DIR={folder} is still starting.")
        time.sleep(0.1)
    raise StartError(f"No stack is running on STATE_DIR={folder}. Start one with: make run")


def reset(environ: Mapping[str, str]) -> int:
    """Forget everything that is kept in STATE_DIR. Only what a stack put there goes.

    Raises:
        StartError: a stack is using it.
    """
    folder = folder_of(environ)
    if not (folder / "stack.json").exists():
        print(f"Nothing is kept in {folder}.")
        return 0
    state = State(folder)
    for name in _OURS:
        path = folder / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    state.release()
    with suppress(OSError):  # something of the user's is in it
        folder.rmdir()
    print(f"Cleared {folder}.")
    return 0


def _held(folder: Path) -> bool:
    try:
        file = os.open(folder / "stack.json", os.O_RDWR)
    except OSError:
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(file)
    return False


def _read(folder: Path) -> dict[str, Any]:
    try:
        content: dict[str, Any] = json.loads((folder / "stack.json").read_text())
    except (OSError, ValueError):  # none, or being written
        return {}
    return content
