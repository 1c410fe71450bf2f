"""OpenSearch in the stack: it comes when it comes."""

from __future__ import annotations

import os
import signal
import socket
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import psutil
import pytest

from gateway import cli
from gateway.dev.opensearch import jars
from gateway.dev.opensearch.arrival import Arrival
from gateway.dev.state import State, running
from tests import opensearch as servers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.dev.conftest import Programs


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    state = State(tmp_path / "state")
    yield state
    state.release()


def look_until_none_is_left(arrival: Arrival) -> None:
    limit = time.monotonic() + 30
    while arrival.child is None or arrival.child.running:
        arrival.look()
        assert time.monotonic() < limit
        time.sleep(0.02)
    arrival.look()


def opensearch_of(run: Any) -> tuple[str, psutil.Process]:
    url = running(Path(run.environ["STATE_DIR"]))["environment"]["OPENSEARCH_URL"]
    return url, next(child for child in run.children if child.name() == "java")


def alive(processes: list[psutil.Process]) -> list[psutil.Process]:
    return psutil.wait_procs(processes, timeout=20)[1]


def test_a_fetch_that_fails_is_one_sentence(
    state: State, programs: Programs, capsys: pytest.CaptureFixture[str]
) -> None:
    programs.script("java", """echo 'openjdk version "17" 2021-09-14' >&2""")
    programs.script("javac", "")
    programs.script("mvn", "echo '[ERROR] Unknown host repo.maven.apache.org'; exit 1")

    look_until_none_is_left(Arrival(state))

    assert capsys.readouterr().out.splitlines() == [
        "OpenSearch          Maven fetches it (50 MB); PostgreSQL answers searches meanwhile",
        "OpenSearch          none: PostgreSQL answers searches. [ERROR] Unknown host repo.maven.apache.org",
    ]


def test_a_start_that_fails_is_one_sentence(state: State, capsys: pytest.CaptureFixture[str]) -> None:
    servers.or_skip()
    arrival = Arrival(state)
    with socket.create_server(("127.0.0.1", state.kept("opensearch_port"))):
        look_until_none_is_left(arrival)

    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("OpenSearch          none: PostgreSQL answers searches. It could not start: ")
    assert line.endswith("Address already in use")


@pytest.mark.slow
def test_without_java_the_stack_says_what_to_install(start: Callable[..., Any], tmp_path: Path) -> None:
    run = start(OPENSEARCH="", JAVA_HOME="", PATH=str(tmp_path), DEMO_DATA="0")

    assert (
        "OpenSearch          none: PostgreSQL answers searches. There is no Java for OpenSearch: install" in run.output
    )
    assert "OPENSEARCH_URL" not in running(Path(run.environ["STATE_DIR"]))["environment"]


@pytest.mark.slow
def test_a_given_opensearch_is_used_as_it_is(start: Callable[..., Any]) -> None:
    run = start(OPENSEARCH="", OPENSEARCH_URL="http://127.0.0.1:9", DEMO_DATA="0")

    assert "OpenSearch          as given by OPENSEARCH_URL\n" in run.output
    assert not [child for child in run.children if child.name() == "java"]
    assert httpx.get(f"{run.url}/health", trust_env=False, timeout=60).json()["status"] == "degraded"


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_stack_that_ends_while_maven_works_leaves_nothing(
    start: Callable[..., Any], programs: Programs, number: int
) -> None:
    programs.pretend()
    places = {name: os.environ[name] for name in ("PATH", "XDG_CACHE_HOME")}
    run = start(OPENSEARCH="", JAVA_HOME="", DEMO_DATA="0", **places)  # ready, though Maven never ends
    run.read_until("OpenSearch          Maven fetches it")
    programs.wait_for("began")
    children = psutil.Process(run.process.pid).children(recursive=True)
    assert len(children) > len(run.children)

    assert run.end(number) == (-number if number == signal.SIGKILL else 0)

    assert alive(children) == []
    assert [path.name for path in jars.folder().parent.iterdir()] == ["opensearch.lock"]


@pytest.mark.slow
@pytest.mark.timeout(300)  # two stacks and two starts of Java, one after another
def test_it_comes_after_all_else_and_keeps_its_data(start: Callable[..., Any]) -> None:
    servers.or_skip()
    first = start(OPENSEARCH="", DEMO_DATA="0")
    line = first.read_until("OpenSearch 2.19")
    url, _ = opensearch_of(first)
    assert f"ready on {url.removeprefix('http://')} (" in line
    assert httpx.get(f"{first.url}/health", trust_env=False, timeout=60).json()["status"] == "healthy"
    document = f"{url}/dev-test/_doc/1"
    httpx.put(document, json={"title": "castle"}, trust_env=False, timeout=60).raise_for_status()
    assert first.end() == 0
    assert alive(first.children) == []

    second = start(OPENSEARCH="", DEMO_DATA="0")
    second.read_until("OpenSearch 2.19")
    assert opensearch_of(second)[0] == url
    assert httpx.get(document, trust_env=False, timeout=60).json()["_source"] == {"title": "castle"}
    assert second.end(signal.SIGINT) == 0

    assert cli.main(["reset"], second.environ) == 0
    assert not Path(second.environ["STATE_DIR"]).exists()


@pytest.mark.slow
@pytest.mark.timeout(300)  # two stacks and two starts of Java, one after another
def test_it_ends_with_a_killed_stack_and_a_stack_ends_with_it(start: Callable[..., Any]) -> None:
    servers.or_skip()
    first = start(OPENSEARCH="", DEMO_DATA="0")
    first.read_until("OpenSearch 2.19")
    first.process.kill()
    first.process.communicate()
    assert alive(first.children) == []

    second = start(OPENSEARCH="", DEMO_DATA="0")
    second.read_until("OpenSearch 2.19")
    opensearch_of(second)[1].kill()
    second.output += second.process.communicate(timeout=30)[0]

    assert second.process.returncode == 1
    assert "OpenSearch was killed by signal 9. The end of" in second.output
    assert alive(second.children) == []
