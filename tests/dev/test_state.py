import json
import socket
import stat
import sys
from pathlib import Path

import psutil
import pytest

from gateway.dev.process import Child, StartError
from gateway.dev.state import State, folder_of, reset, running


def test_without_a_name_the_folder_is_local() -> None:
    assert folder_of({}) == Path.cwd() / ".local"
    assert folder_of({"STATE_DIR": ""}) == Path.cwd() / ".local"
    assert folder_of({"STATE_DIR": "~/x"}) == Path.home() / "x"


def test_one_stack_holds_a_folder_at_a_time(tmp_path: Path) -> None:
    first = State(tmp_path)
    first.record(port=8000)

    with pytest.raises(StartError, match=r"\(pid \d+, port 8000\)"):
        State(tmp_path)
    first.release()
    State(tmp_path).release()


def test_ports_stay_while_they_are_free(tmp_path: Path) -> None:
    state = State(tmp_path)
    port = state.port("valkey")

    assert state.port("valkey") == port
    with socket.create_server(("127.0.0.1", port)):
        assert state.port("valkey") != port
    state.release()


def test_what_is_recorded_is_for_the_owner_and_while_it_runs(tmp_path: Path) -> None:
    state = State(tmp_path)
    with pytest.raises(StartError, match="still starting"):
        running(tmp_path, patience=0)
    state.record(environment={"REDIS_URL": "redis://here"})

    assert running(tmp_path)["environment"] == {"REDIS_URL": "redis://here"}
    assert stat.S_IMODE((tmp_path / "stack.json").stat().st_mode) == 0o600

    state.release()
    with pytest.raises(StartError, match="No stack is running"):
        running(tmp_path)


def test_leftovers_of_a_killed_stack_are_ended_and_strangers_are_not(tmp_path: Path) -> None:
    code = "import signal, time; signal.signal(signal.SIGINT, signal.SIG_IGN); print(flush=True); time.sleep(60)"
    log = tmp_path / "left.log"
    left = Child("Left", [sys.executable, "-c", code], log=log)
    left.wait_until(lambda: bool(log.read_text()), 10)
    stranger = Child("Stranger", [sys.executable, "-c", code], log=tmp_path / "stranger.log")
    created = psutil.Process(left.pid).create_time()
    register = {"children": {str(left.pid): created, str(stranger.pid): created - 1, "999999999": 1.0}}
    (tmp_path / "stack.json").write_text(json.dumps(register))

    State(tmp_path).release()

    assert not left.running
    assert stranger.running
    stranger.stop()


def test_reset_takes_only_what_a_stack_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "state"
    environ = {"STATE_DIR": str(folder)}
    assert reset(environ) == 0
    assert capsys.readouterr().out == f"Nothing is kept in {folder}.\n"
    state = State(folder)
    state.port("valkey")
    state.release()
    (folder / "mine").touch()

    assert reset(environ) == 0

    assert [path.name for path in folder.iterdir()] == ["mine"]
    assert capsys.readouterr().out == f"Cleared {folder}.\n"
