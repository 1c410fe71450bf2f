import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import psutil
import pytest

from gateway import cli
from gateway.dev.access import token
from gateway.dev.process import StartError, answers, free_port
from gateway.dev.state import running

ROOT = Path(__file__).parents[2]


def said(capsys: pytest.CaptureFixture[str]) -> str:
    return capsys.readouterr().err.strip()


def get(run: Any, path: str, bearer: str) -> Any:
    answer = httpx.get(run.url + path, headers={"Authorization": f"Bearer {bearer}"}, trust_env=False, timeout=60)
    assert answer.status_code == HTTPStatus.OK, answer.text
    return answer.json()


def sign_in(run: Any, user: str, capsys: pytest.CaptureFixture[str]) -> str:
    assert cli.main(["token", user], run.environ) == 0
    return capsys.readouterr().out.strip()


def database_url(run: Any) -> str:
    url: str = running(Path(run.environ["STATE_DIR"]))["environment"]["DATABASE_URL"]
    return url


def count(run: Any, table: str) -> int:
    async def ask() -> int:
        connection = await asyncpg.connect(database_url(run))
        try:
            number: int = await connection.fetchval(f"SELECT count(*) FROM {table}")
        finally:
            await connection.close()
        return number

    with ThreadPoolExecutor(1) as thread:  # this one's event loop is the tests'
        return thread.submit(asyncio.run, ask()).result()


def alive(processes: list[psutil.Process]) -> list[psutil.Process]:
    return psutil.wait_procs(processes, timeout=10)[1]


@pytest.mark.prd("1.8.8")
def test_the_stack_is_healthy_and_says_where_everything_is(stack: Any) -> None:
    health = httpx.get(f"{stack.url}/health", trust_env=False, timeout=60)

    assert health.status_code == HTTPStatus.OK
    assert health.json()["status"] == "healthy"
    for path in ("/api/mocs", "/docs", "/graphql", "/health"):
        assert f"{stack.url}{path}\n" in stack.output


def test_without_opensearch_it_is_healthy_too(stack: Any) -> None:
    assert "OpenSearch          none, as OPENSEARCH=0 says: PostgreSQL answers searches\n" in stack.output
    assert httpx.get(f"{stack.url}/health", trust_env=False, timeout=60).json()["services"]["opensearch"] == "disabled"


def test_a_token_is_all_that_is_printed_and_opens_the_api(stack: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["token", "alice"], stack.environ) == 0

    printed = capsys.readouterr().out
    assert printed.count("\n") == 1
    assert get(stack, "/api/mocs", printed.strip())["total"] > 40


def test_most_demo_data_is_alices(stack: Any, capsys: pytest.CaptureFixture[str]) -> None:
    totals = {
        user: get(stack, "/api/mocs", sign_in(stack, user, capsys))["total"] for user in ("alice", "bob", "carol")
    }

    assert totals == {"alice": 44, "bob": 10, "carol": 6}


def test_demo_pictures_and_files_can_be_opened(stack: Any, capsys: pytest.CaptureFixture[str]) -> None:
    token = sign_in(stack, "alice", capsys)
    urls = [image["thumbnailUrl"] for image in get(stack, "/api/images?limit=5", token)["data"]]
    moc = get(stack, "/api/mocs?limit=1", token)["data"][0]["id"]
    urls += [file["fileUrl"] for file in get(stack, f"/api/mocs/{moc}", token)["data"]["files"]]
    for url in urls:
        for _ in range(100):  # they are drawn while the API serves
            answer = httpx.get(url, trust_env=False, timeout=60)
            if answer.is_success:
                break
            time.sleep(0.2)
        assert answer.status_code == HTTPStatus.OK, url
        assert answer.content.startswith((b"RIFF", b"%PDF-", b"Part ID"))


def test_a_token_for_nobody_names_the_users(stack: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["token", "zoe"], stack.environ) == 1
    assert said(capsys) == "There is no demo user 'zoe'; there are alice, bob, carol."


def test_without_a_stack_there_is_no_token(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["token", "alice"], {"STATE_DIR": str(tmp_path)}) == 1

    assert said(capsys) == f"No stack is running on STATE_DIR={tmp_path}. Start one with: make run"


def test_psql_takes_sql_on_standard_input_and_passes_its_options(stack: Any) -> None:
    def psql(sql: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "gateway.cli", "db", "-At", "-F", ";"]
        environ = os.environ | stack.environ
        return subprocess.run(command, cwd=ROOT, env=environ, input=sql, text=True, capture_output=True, check=False)

    assert psql("SELECT 1, 2").stdout == "1;2\n"
    failed = psql("SELECT nothing; SELECT 3")
    assert (failed.returncode, failed.stdout) == (3, "")


def test_a_second_run_in_the_same_folder_names_the_first(stack: Any, capsys: pytest.CaptureFixture[str]) -> None:
    environ = {**stack.environ, "PORT": str(free_port())}

    assert cli.main(["run"], environ) == 1
    assert f"(pid {stack.process.pid}, port {stack.environ['PORT']})" in said(capsys)


def test_a_taken_port_is_refused_before_anything_starts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert cli.main(["run"], {"STATE_DIR": str(tmp_path), "PORT": str(port)}) == 1

    assert said(capsys) == f"Port {port} is taken. Stop what listens there, or choose: make run PORT=8001"
    assert not (tmp_path / "postgres").exists()


@pytest.mark.parametrize("port", ["x", "0", "65536", "-1", "8000.5"])
def test_a_port_that_is_none_is_refused(tmp_path: Path, port: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["run"], {"STATE_DIR": str(tmp_path), "PORT": port}) == 1
    assert said(capsys).startswith(f"PORT={port} is no port")


def test_a_malformed_setting_is_refused_before_anything_starts(tmp_path: Path) -> None:
    environ = {"STATE_DIR": str(tmp_path), "PORT": str(free_port()), "LEGACY_ALIASES": "perhaps"}

    with pytest.raises(SystemExit, match=r"^LEGACY_ALIASES is malformed"):
        cli.main(["run"], environ)
    assert not (tmp_path / "postgres").exists()


def test_a_folder_that_cannot_be_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").touch()

    assert cli.main(["run"], {"STATE_DIR": str(tmp_path / "file"), "PORT": str(free_port())}) == 1
    assert said(capsys) == f"STATE_DIR={tmp_path / 'file'} cannot be used: Not a directory."


def test_reset_refuses_while_the_stack_runs(stack: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["reset"], stack.environ) == 1

    assert said(capsys).startswith("A stack is already running")
    assert (Path(stack.environ["STATE_DIR"]) / "postgres").exists()


def test_the_running_stacks_database_is_migrated_again_without_harm(
    stack: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["migrate"], {"STATE_DIR": stack.environ["STATE_DIR"]}) == 0
    assert "The database is at revision" in capsys.readouterr().out


@pytest.mark.slow
def test_what_was_done_survives_a_restart(start: Callable[..., Any], capsys: pytest.CaptureFixture[str]) -> None:
    first = start()
    before = sign_in(first, "alice", capsys)
    urls = database_url(first)
    moc = get(first, "/api/mocs", before)["data"][0]["id"]
    deleted = httpx.delete(
        f"{first.url}/api/mocs/{moc}", headers={"Authorization": f"Bearer {before}"}, trust_env=False, timeout=60
    )
    assert deleted.status_code == HTTPStatus.OK
    assert first.end() == 0
    assert alive(first.children) == []
    assert "Stopping" in first.output
    with pytest.raises(StartError, match="No stack is running"):
        token(first.environ, "alice")

    second = start()
    assert database_url(second) == urls
    assert get(second, "/api/mocs", before)["total"] == 43  # a token of before the restart still names alice
    assert count(second, "moc_instructions") == 59

    assert second.end(signal.SIGINT) == 0
    assert cli.main(["reset"], second.environ) == 0
    assert not Path(second.environ["STATE_DIR"]).exists()


@pytest.mark.slow
def test_a_database_of_a_newer_release_is_told_of_in_a_sentence(start: Callable[..., Any]) -> None:
    first = start(DEMO_DATA="0")
    told = subprocess.run(
        [sys.executable, "-m", "gateway.cli", "db"],
        input="UPDATE alembic_version SET version_num = '9999'",
        text=True,
        capture_output=True,
        env=os.environ | first.environ,
        check=False,
        timeout=60,
    )
    assert told.returncode == 0, told.stderr
    first.end()
    second = start(ready=False)
    output = second.process.communicate(timeout=60)[0]
    assert second.process.returncode == 1
    assert "Not migrated: the database is at revision 9999" in output
    assert "`make reset` forgets the data" in output
    assert "Traceback" not in output


@pytest.mark.slow
def test_a_killed_stack_leaves_nothing_that_blocks_the_next(start: Callable[..., Any]) -> None:
    first = start()
    first.process.kill()
    first.process.communicate()

    second = start(PORT=first.environ["PORT"])

    assert alive(first.children) == []
    assert httpx.get(f"{second.url}/health", trust_env=False, timeout=60).status_code == HTTPStatus.OK


@pytest.mark.slow
def test_a_part_that_ends_by_itself_ends_the_stack_with_its_log(start: Callable[..., Any]) -> None:
    run = start()
    valkey = next(child for child in run.children if "valkey-server" in child.name())
    valkey.terminate()

    run.output += run.process.communicate(timeout=30)[0]

    assert run.process.returncode == 1
    assert "Valkey ended with status 0. The end of" in run.output
    assert alive(run.children) == []


@pytest.mark.slow
def test_without_demo_data_there_are_users_and_no_rows(
    start: Callable[..., Any], capsys: pytest.CaptureFixture[str]
) -> None:
    run = start(DEMO_DATA="0", ENVIRONMENT="production")

    assert get(run, "/api/mocs", sign_in(run, "bob", capsys))["total"] == 0
    for table in ("moc_instructions", "moc_files", "gallery_images", "gallery_albums", "wishlist_items"):
        assert count(run, table) == 0


@pytest.mark.slow
async def test_given_services_are_used_as_they_are(
    start: Callable[..., Any], database_url: str, valkey_url: str, database: Any
) -> None:
    run = start(DATABASE_URL=database_url, REDIS_URL=valkey_url)

    assert not [child for child in run.children if child.name() in ("postgres", "valkey-server")]
    assert not (Path(run.environ["STATE_DIR"]) / "postgres").exists()
    assert await database.fetchval("SELECT count(*) FROM moc_instructions") == 0
    told = running(Path(run.environ["STATE_DIR"]))["environment"]
    assert (told["DATABASE_URL"], told["REDIS_URL"]) == (database_url, valkey_url)


@pytest.mark.slow
def test_a_given_user_pool_has_no_demo_users(
    start: Callable[..., Any], aws: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    run = start(ready=False, **aws.environment)
    limit = time.monotonic() + 30
    while not answers(int(run.environ["PORT"])):
        assert time.monotonic() < limit
        time.sleep(0.1)

    assert cli.main(["token", "alice"], run.environ) == 1
    assert said(capsys) == f"The stack uses the user pool {aws.pool_id}: sign in there."
