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


def test_without_a_database_nothing_is_migrated(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["migrate"], {"STATE_DIR": str(tmp_path)}) == 1

    assert capsys.readouterr().err.startswith("No stack is running")
