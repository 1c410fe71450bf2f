"""`brickgate parity replay`, as an operator runs it, against a service that is really served."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from redis import Redis

from gateway.cli import main
from gateway.dev.parity import table
from gateway.dev.parity.exchange import Exchange
from gateway.dev.process import free_port
from settings import Settings
from tests.parity.recorded import ENVIRONMENTS, RECORDINGS, SEED, USERS, Signer
from tests.served import ROOT, served

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from gateway.dev.parity.replay import Report
    from tests.gateway.pool import Pool

PRODUCTION = "exchanges-production.jsonl"


def replay(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "gateway.cli", "parity", "replay", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, text=True, capture_output=True, timeout=110, check=False)


@pytest.fixture
def service_of(
    legacy_database: Callable[[str], Awaitable[str]], told: dict[str, str], valkey_url: str, tmp_path: Path
) -> Callable[[str], Awaitable[dict[str, str]]]:
    """`await service_of(file)`: what a service is told that starts from where the recording did."""

    async def of(file: str) -> dict[str, str]:
        environment = ENVIRONMENTS[file]
        url = await legacy_database(f"parity_{tmp_path.name}_{environment}")
        with Redis.from_url(valkey_url) as redis:
            redis.flushall()
        return {**told, "ENVIRONMENT": environment, "DATABASE_URL": url}

    return of


@pytest.fixture
def tokens(user_pool: Pool, tmp_path: Path) -> Callable[[dict[str, str], str], Path]:
    """`tokens(environment, file)`: a file of the tokens of all users, and of the exchanges with claims of their own."""

    def of(environment: dict[str, str], file: str) -> Path:
        sign = Signer(user_pool, Settings.read(environment))
        found = {user: sign(user) for user in USERS}
        for line in (RECORDINGS / file).read_text().splitlines():
            exchange = Exchange(json.loads(line))
            if "claims" in exchange.recorded:
                found[f"#{exchange.recorded['n']}"] = sign(str(exchange.user), exchange)
        path = tmp_path / "tokens.json"
        path.write_text(json.dumps(found))
        return path

    return of


@pytest.mark.slow
@pytest.mark.parametrize("file", ENVIRONMENTS)
async def test_the_command_finds_what_the_replay_in_this_process_finds(
    reports: dict[str, Report],
    service_of: Callable[[str], Awaitable[dict[str, str]]],
    tokens: Callable[[dict[str, str], str], Path],
    valkey_url: str,
    tmp_path: Path,
    file: str,
) -> None:
    environment = await service_of(file)
    with served(environment, tmp_path / "log") as service:
        options = (
            "--as",
            tokens(environment, file),
            "--known",
            SEED,
            "--limits",
            valkey_url,
            "--report",
            tmp_path / "report",
        )
        done = replay(RECORDINGS / file, "--against", service.url, *options)
    assert done.returncode == 0, done.stdout + done.stderr
    expected = list(table.outcomes(reports[file]))
    assert done.stdout.splitlines()[: len(expected)] == expected
    told = json.loads((tmp_path / "report" / "parity.json").read_text())
    assert sum(sum(route["counts"].values()) for route in told["routes"]) == sum(reports[file].outcomes.values())
    assert "answers are as they were" in (tmp_path / "report" / "parity.html").read_text()


@pytest.mark.slow
async def test_what_nobody_declared_fails_the_command_and_is_shown(
    service_of: Callable[[str], Awaitable[dict[str, str]]],
    tokens: Callable[[dict[str, str], str], Path],
    valkey_url: str,
    tmp_path: Path,
) -> None:
    """A status, a text and a write that is left out; then the difference is declared."""
    environment = await service_of(PRODUCTION)
    exchanges = [json.loads(line) for line in (RECORDINGS / PRODUCTION).read_text().splitlines()]
    listing = next(one for one in exchanges if one["path"] == "/api/albums" and one["status"] == 200)
    listing["response"]["albums"][0]["title"] = "Another <title>"
    recording = tmp_path / "edited.jsonl"
    recording.write_text("".join(json.dumps(one) + "\n" for one in exchanges))
    with served(environment, tmp_path / "log") as service:
        common = (recording, "--against", service.url, "--as", tokens(environment, PRODUCTION), "--limits", valkey_url)
        found = replay(*common, "--reads-only", "--report", tmp_path)
        declared = tmp_path / "more.toml"
        declared.write_text('[[difference]]\nwhere = "body albums*"\nroutes = ["GET /api/albums"]\nreason = "a test"\n')
        accepted = replay(*common, "--only", "GET /api/albums", "--differences", declared)
        nobody = replay(recording, "--against", service.url, "--only", "GET /api/albums")
        refused = replay(recording, "--against", service.url, "--token", "alice=none")
    assert found.returncode == 1
    assert "left out" in found.stdout
    told = json.loads((tmp_path / "parity.json").read_text())
    (albums,) = (route for route in told["routes"] if route["route"] == "GET /api/albums")
    assert albums["counts"]["different"] == len(albums["different"])
    (difference,) = albums["different"][0]["differences"]
    assert (difference["where"], difference["recorded"]) == ("body albums[0].title", "Another <title>")
    assert "Another &lt;title&gt;" in (tmp_path / "parity.html").read_text()
    assert accepted.returncode == 0, accepted.stdout + accepted.stderr
    assert "a test" in accepted.stdout
    assert nobody.returncode == 0
    assert "no token" in nobody.stdout
    assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)
    assert "The token of alice is refused (401)" in refused.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        pytest.param(("nowhere.jsonl",), "nowhere.jsonl cannot be read", id="no file"),
        pytest.param((RECORDINGS / "schema.sql",), "schema.sql, line 1 is no JSON", id="another file"),
        pytest.param(("{tmp}/empty",), "holds no exchange", id="an empty file"),
        pytest.param(("{tmp}/line",), "line 1 is no recorded exchange: it has no auth", id="another JSON"),
        pytest.param((RECORDINGS / PRODUCTION, "--token", "alice"), "written NAME=TOKEN", id="a token without a name"),
        pytest.param((RECORDINGS / PRODUCTION, "--as", SEED), "cannot be read", id="no tokens"),
        pytest.param((RECORDINGS / PRODUCTION, "--differences", SEED), "cannot be read", id="no differences"),
        pytest.param(
            (RECORDINGS / PRODUCTION, "--differences", "{tmp}/toml"), "Field required", id="half a difference"
        ),
        pytest.param(
            (RECORDINGS / PRODUCTION, "--only", "GET /nothing"), "no exchange of GET /nothing", id="no such route"
        ),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str | Path, ...], told: str
) -> None:
    (tmp_path / "empty").write_text("")
    (tmp_path / "line").write_text('{"n": 1}\n')
    (tmp_path / "toml").write_text('[[difference]]\nwhere = "status"\n')
    given = [str(argument).format(tmp=tmp_path) for argument in arguments]
    assert main(["parity", "replay", *given, "--against", "http://127.0.0.1:1"]) == 1
    assert told in capsys.readouterr().err


def test_a_service_that_is_away_is_named() -> None:
    url = f"http://127.0.0.1:{free_port()}"
    done = replay(RECORDINGS / PRODUCTION, "--against", url)
    assert (done.returncode, done.stderr.splitlines()) == (
        1,
        [f"{url} does not answer: All connection attempts failed"],
    )
