import asyncio
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from db import migrate as migrations
from gateway import cli
from gateway.dev.access import psql_command
from gateway.dev.postgres import BINARIES, Postgres
from gateway.dev.state import State

ROOT = Path(__file__).parents[2]


@pytest.fixture
def told(tmp_path: Path) -> Iterator[dict[str, str]]:
    """The environment of a terminal beside a stack with a database elsewhere."""
    state = State(tmp_path)
    state.record(environment={"DATABASE_URL": "postgresql://me:s%40cret@db.example.com:5433/bricks?sslmode=require"})
    yield {"STATE_DIR": str(tmp_path)}
    state.release()


def test_psql_gets_the_password_where_nobody_else_sees_it(told: dict[str, str]) -> None:
    command, environ = psql_command(told, ["-At"], interactive=True)

    url = "postgresql://me@db.example.com:5433/bricks?sslmode=require"
    assert command == [str(BINARIES / "psql"), "-d", url, "-At"]
    assert environ == {**told, "PGPASSWORD": "s@cret"}


def test_sql_that_nobody_types_stops_at_its_first_error(told: dict[str, str]) -> None:
    command, _ = psql_command(told, [], interactive=False)

    assert command[3:] == ["-X", "-v", "ON_ERROR_STOP=1"]


async def test_a_new_database_is_migrated(postgres: Postgres, capsys: pytest.CaptureFixture[str]) -> None:
    await postgres.create("fresh")

    assert cli.main(["migrate"], {"DATABASE_URL": postgres.url("fresh")}) == 0

    assert f"The database is at revision {migrations.head()}.\n" in capsys.readouterr().out
    assert migrations.current(postgres.url("fresh")) == migrations.head()
    await postgres.drop("fresh")


async def test_a_legacy_database_is_adopted_when_asked(postgres: Postgres, capsys: pytest.CaptureFixture[str]) -> None:
    await postgres.create("legacy")
    url = postgres.url("legacy")
    migrations.upgrade(url, migrations.LEGACY)
    connection: asyncpg.Connection[Any] = await asyncpg.connect(url)
    await connection.execute("DROP TABLE alembic_version")
    await connection.close()

    assert cli.main(["migrate"], {"DATABASE_URL": url}) == 1
    assert capsys.readouterr().err.startswith("Not migrated: ")
    assert cli.main(["migrate", "--adopt"], {"DATABASE_URL": url}) == 0
    assert migrations.current(url) == migrations.head()
    await postgres.drop("legacy")


@pytest.mark.prd("1.7.5")
async def test_a_revision_is_written_for_what_the_models_have_and_the_database_has_not(
    postgres: Postgres, tmp_path: Path
) -> None:
    await postgres.create("fresh")
    url = postgres.url("fresh")
    shutil.copytree(ROOT / "db", tmp_path / "db", ignore=shutil.ignore_patterns("__pycache__"))
    model = tmp_path / "db" / "models" / "files.py"
    model.write_text(model.read_text() + 'MocFile.append_column(Column("checksum", Text))\n')

    def revise() -> tuple[int, str]:
        command = [sys.executable, "-m", "gateway.cli", "revision", "add checksums"]
        environ = {"DATABASE_URL": url, "PYTHONPATH": f"{tmp_path}:{ROOT}"}
        done = subprocess.run(command, env=environ, cwd=tmp_path, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr

    status, said = await asyncio.to_thread(revise)
    assert (status, said.startswith("No revision was written: Target database is not up to date")) == (1, True)
    migrations.upgrade(url)
    path = tmp_path / "db" / "migrations" / "versions" / f"{int(migrations.head()) + 1:04}_add_checksums.py"
    status, said = await asyncio.to_thread(revise)
    assert (status, said.splitlines()[-1]) == (0, f"{path}: read it, and complete it")
    assert 'add_column("moc_files", sa.Column("checksum"' in path.read_text().replace("'", '"')
    assert cli.main(["revision", "nothing"], {"DATABASE_URL": url}) == 0  # in this checkout
    await postgres.drop("fresh")


def test_without_a_database_nothing_is_migrated(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["migrate"], {"STATE_DIR": str(tmp_path)}) == 1

    assert capsys.readouterr().err.startswith("No stack is running")
