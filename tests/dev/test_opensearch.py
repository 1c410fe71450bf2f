from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import psutil
import pytest

from gateway.dev.opensearch import jars
from gateway.dev.opensearch.server import OpenSearch
from gateway.dev.process import Child, StartError, free_port
from tests import opensearch as servers

if TYPE_CHECKING:
    from tests.dev.conftest import Programs

ROOT = Path(__file__).parents[2]
FETCH = [sys.executable, "-m", "gateway.dev.opensearch"]


def ask(method: str, url: str, **arguments: Any) -> Any:
    answer = httpx.request(method, url, trust_env=False, timeout=10, **arguments)
    answer.raise_for_status()
    return answer.json()


def test_it_is_an_opensearch_that_analyses_and_deletes_by_query(opensearch_url: str) -> None:
    assert ask("GET", opensearch_url)["version"]["number"].startswith("2.19.")
    index = f"{opensearch_url}/dev-test"
    analysis = {"analyzer": {"plain": {"tokenizer": "standard", "filter": ["lowercase", "asciifolding"]}}}
    fields = {"title": {"type": "text", "analyzer": "plain"}, "found": {"type": "search_as_you_type"}}
    ask("PUT", index, json={"settings": {"analysis": analysis}, "mappings": {"properties": fields}})
    ask("PUT", f"{index}/_doc/1?refresh=true&version=7&version_type=external", json={"title": "Château fort"})
    fuzzy = {"query": {"match": {"title": {"query": "chatteau", "fuzziness": "AUTO"}}}}
    assert [hit["_id"] for hit in ask("POST", f"{index}/_search", json=fuzzy)["hits"]["hits"]] == ["1"]
    assert ask("POST", f"{index}/_delete_by_query?refresh=true", json=fuzzy)["deleted"] == 1
    ask("DELETE", index)


def test_it_listens_to_this_machine_alone(opensearch: OpenSearch) -> None:
    sockets = psutil.Process(opensearch.child.pid).net_connections("tcp")
    listening = {socket.laddr for socket in sockets if socket.status == psutil.CONN_LISTEN}

    assert opensearch.port in {address.port for address in listening}
    assert {address.ip.removeprefix("::ffff:") for address in listening} == {"127.0.0.1"}


@pytest.mark.slow
def test_what_it_was_given_survives_a_kill(tmp_path: Path) -> None:
    with servers.running(tmp_path) as first:
        ask("PUT", f"{first.url}/kept/_doc/1", json={"title": "castle"})
        os.kill(first.child.pid, signal.SIGKILL)

    with servers.running(tmp_path, first.port) as second:
        assert second.url == first.url
        assert ask("GET", f"{second.url}/kept/_doc/1")["_source"] == {"title": "castle"}


def test_a_taken_port_is_among_the_last_things_that_its_log_says(tmp_path: Path) -> None:
    servers.or_skip()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        server = OpenSearch(taken.getsockname()[1], tmp_path / "data", log=tmp_path / "log")
        try:
            with pytest.raises(StartError, match="OpenSearch ended with status 1") as raised:
                server.wait()
        finally:
            server.child.stop()
    assert "Address already in use" in str(raised.value)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the next start ends it")
def test_it_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    servers.or_skip()
    code = f"""
import time
from pathlib import Path
from gateway.dev.opensearch.server import OpenSearch
server = OpenSearch({free_port()}, Path({str(tmp_path / "data")!r}), log=Path({str(tmp_path / "inner.log")!r}))
print(server.child.pid, flush=True)
time.sleep(60)
"""
    log = tmp_path / "outer.log"
    outer = Child("Outer", [sys.executable, "-c", code], log=log, stop_signal=signal.SIGKILL)
    try:
        outer.wait_until(lambda: log.read_text().endswith("\n"), 10)
        inner = psutil.Process(int(log.read_text()))
    finally:
        outer.stop()

    assert psutil.wait_procs([inner], timeout=20)[1] == []


def test_what_is_missing_is_named_with_what_to_install(programs: Programs) -> None:
    advice = "install a JDK, 17 or newer, and Maven (Debian: apt-get install openjdk-17-jdk-headless maven)"
    java = programs.folder / "java"

    assert jars.missing() == f"There is no Java for OpenSearch: {advice}"
    programs.script("java", """echo 'openjdk version "1.8.0_412"' >&2""")
    assert jars.missing() == f"OpenSearch needs a newer Java than {java}, version 8: {advice}"
    programs.script("java", "exit 1")
    assert jars.missing() == f"OpenSearch needs a newer Java than {java}, version unknown: {advice}"
    programs.script("java", """echo 'openjdk version "21" 2023-09-19' >&2""")
    assert jars.missing() == f"There is no Java compiler to fetch OpenSearch with: {advice}"
    programs.script("javac", "")
    assert jars.missing() == f"There is no Maven to fetch OpenSearch with: {advice}"
    programs.script("mvn", "")
    assert jars.missing() is None


def test_java_alone_is_enough_once_the_jars_are_here(programs: Programs) -> None:
    programs.script("java", """echo 'openjdk version "17.0.15" 2025-04-15' >&2""")
    jars.folder().mkdir(parents=True)

    assert jars.missing() is None


def test_java_home_comes_before_the_path(programs: Programs, monkeypatch: pytest.MonkeyPatch) -> None:
    programs.script("java", "")
    home = programs.folder / "home"
    (home / "bin").mkdir(parents=True)
    programs.script("home/bin/java", "")
    monkeypatch.setenv("JAVA_HOME", str(home))

    assert jars.program("java") == str(home / "bin" / "java")


def test_a_maven_that_fails_is_quoted_and_leaves_nothing(programs: Programs) -> None:
    programs.script("mvn", "echo Reading; echo '[ERROR] Unknown host repo.maven.apache.org'; echo more; exit 1")

    with pytest.raises(StartError, match=r"^\[ERROR\] Unknown host repo\.maven\.apache\.org$"):
        jars.prepare()
    assert [path.name for path in jars.folder().parent.iterdir()] == ["opensearch.lock"]


def test_a_cache_that_cannot_be_written_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))

    with pytest.raises(StartError, match=rf"^{jars.folder()} cannot be made: Not a directory\.$"):
        jars.prepare()


def test_first_starts_at_once_fetch_once(programs: Programs) -> None:
    programs.pretend()
    fetching = [subprocess.Popen(FETCH, cwd=ROOT) for _ in range(3)]
    programs.wait_for("began")
    (programs.folder / "go on").touch()

    assert [process.wait(60) for process in fetching] == [0, 0, 0]
    assert (programs.folder / "began").read_text() == "x\n"
    assert {path.name for path in jars.folder().iterdir()} == {"Maven.log", "javac.log", "log4j2.properties"}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupted_fetch_leaves_no_process_and_nothing_half_made(programs: Programs, number: int) -> None:
    programs.pretend()
    fetching = subprocess.Popen(FETCH, cwd=ROOT)
    programs.wait_for("began")
    children = psutil.Process(fetching.pid).children(recursive=True)
    assert children

    fetching.send_signal(number)

    assert fetching.wait(60) == 130
    assert psutil.wait_procs(children, timeout=5)[1] == []
    assert [path.name for path in jars.folder().parent.iterdir()] == ["opensearch.lock"]


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere Maven goes on to its end")
def test_a_killed_fetch_is_cleared_away_by_the_next(programs: Programs) -> None:
    programs.pretend()
    fetching = subprocess.Popen(FETCH, cwd=ROOT)
    programs.wait_for("began")
    children = psutil.Process(fetching.pid).children(recursive=True)
    fetching.kill()
    fetching.wait()
    assert psutil.wait_procs(children, timeout=5)[1] == []

    (programs.folder / "go on").touch()
    jars.prepare()

    assert {path.name for path in jars.folder().parent.iterdir()} == {jars.folder().name, "opensearch.lock"}


@pytest.mark.slow
def test_two_real_first_starts_at_once_share_one_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    servers.or_skip()  # Maven's own cache is filled then, so that this takes seconds
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    fetching = [subprocess.Popen(FETCH, cwd=ROOT) for _ in range(2)]
    assert [process.wait(100) for process in fetching] == [0, 0]

    assert len(list((tmp_path / "cache" / "brickgate").glob("opensearch-*"))) == 1
    with servers.running(tmp_path) as server:
        assert ask("GET", server.url)["version"]["number"].startswith("2.19.")
