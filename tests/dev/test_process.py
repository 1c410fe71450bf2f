import os
import signal
import socket
import sys
from pathlib import Path

import psutil
import pytest

from gateway.dev.process import Child, StartError, answers, free_port, port_is_free


def python(code: str, log: Path) -> Child:
    return Child("Part", [sys.executable, "-c", code], log=log)


def test_one_that_ends_early_is_explained_by_its_log(tmp_path: Path) -> None:
    child = python("print('out of bricks'); raise SystemExit(3)", tmp_path / "part.log")

    with pytest.raises(StartError) as raised:
        child.wait_until(lambda: False, 10)
    assert str(raised.value) == f"Part ended with status 3. The end of {tmp_path}/part.log:\n    out of bricks"


def test_one_that_is_killed_names_the_signal(tmp_path: Path) -> None:
    child = python("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", tmp_path / "part.log")

    with pytest.raises(StartError, match=r"^Part was killed by signal 9\.$"):
        child.wait(10)


def test_one_that_is_never_ready_is_given_up(tmp_path: Path) -> None:
    child = python("import time; time.sleep(60)", tmp_path / "part.log")

    with pytest.raises(StartError, match=r"^Part is not ready after 0 s\.$"):
        child.wait_until(lambda: False, 0.1)
    child.stop()
    assert not child.running


def test_one_that_should_end_and_does_not_is_stopped(tmp_path: Path) -> None:
    child = python("import time; time.sleep(60)", tmp_path / "part.log")

    with pytest.raises(StartError, match=r"^Part took longer than 0 s\.$"):
        child.wait(0.1)
    assert not child.running


def test_one_that_will_not_end_is_killed_with_what_it_started(tmp_path: Path) -> None:
    code = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
inner = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print(inner.pid, flush=True)
time.sleep(60)
"""
    log = tmp_path / "part.log"
    child = python(code, log)
    child.wait_until(lambda: log.read_text().endswith("\n"), 10)
    inner = psutil.Process(int(log.read_text()))

    child.stop(seconds=0.1)

    assert not child.running
    assert psutil.wait_procs([inner], timeout=5)[1] == []


def test_it_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    code = f"""
import sys, time
from pathlib import Path
from gateway.dev.process import Child
child = Child("Inner", [sys.executable, "-c", "import time; time.sleep(60)"], log=Path({str(tmp_path / "inner.log")!r}))
print(child.pid, flush=True)
time.sleep(60)
"""
    log = tmp_path / "outer.log"
    outer = Child("Outer", [sys.executable, "-c", code], log=log, stop_signal=signal.SIGKILL)
    outer.wait_until(lambda: log.read_text().endswith("\n"), 10)
    inner = psutil.Process(int(log.read_text()))

    outer.stop()

    if sys.platform != "linux":
        inner.kill()  # there the next start ends it
    assert psutil.wait_procs([inner], timeout=5)[1] == []


def test_ports() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        taken = server.getsockname()[1]
        assert answers(taken)
        assert not port_is_free(taken)
    port = free_port()
    assert port_is_free(port)
    assert not answers(port)


@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="only root runs servers as somebody else")
def test_a_server_without_root_still_enters_roots_folders(tmp_path: Path) -> None:
    folder = tmp_path / "roots own"
    folder.mkdir(mode=0o700)
    (folder / "file").touch(mode=0o600)
    look = f"import os, sys; sys.exit(os.geteuid() == 0 or not os.access({str(folder / 'file')!r}, os.R_OK))"
    # A Python that everybody may run would do; this one's folder may be root's own, too.
    child = Child("Look", [sys.executable, "-I", "-S", "-c", look], log=tmp_path / "look.log", user="nobody")

    child.wait(10)

    write = f"open({str(folder / 'new')!r}, 'w')"
    with pytest.raises(StartError, match="PermissionError"):
        Child("Write", [sys.executable, "-I", "-S", "-c", write], log=tmp_path / "write.log", user="nobody").wait(10)


def test_stopping_ends_also_where_a_signal_left_the_librarys_lock_taken(tmp_path: Path) -> None:
    child = Child("sleeper", ["sleep", "60"], log=tmp_path / "log")
    process = child._process  # noqa: SLF001 - what a signal at the wrong moment does cannot be timed
    assert process._waitpid_lock.acquire(timeout=5)  # type: ignore[attr-defined] # noqa: SLF001 - as above
    child.stop(0.5)
    process._waitpid_lock.release()  # type: ignore[attr-defined] # noqa: SLF001 - as above
    assert process.wait(5) < 0
