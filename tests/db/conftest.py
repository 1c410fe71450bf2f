"""Databases that no migration has touched yet, and a look at their schemas."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg
import pytest

from gateway.dev.postgres import BINARIES

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from gateway.dev.postgres import Postgres

# Making a database takes half a second here and most of these tests want one: they take turns on two, emptied before each.
_EMPTY = """
DROP SCHEMA public CASCADE;
CREATE SCHEMA public;
COMMENT ON SCHEMA public IS 'standard public schema';
"""

LEGACY_SCHEMA = Path(__file__).parents[1] / "parity" / "recordings" / "schema.sql"  # dumped from the service itself


async def _emptied(postgres: Postgres, name: str) -> str:
    await postgres.ensure(name)
    connection = await asyncpg.connect(postgres.url(name))
    await connection.execute(_EMPTY)
    await connection.close()
    return postgres.url(name)


@pytest.fixture
async def empty_database(postgres: Postgres) -> str:
    """The URL of an empty database."""
    return await _emptied(postgres, "empty_one")


@pytest.fixture
async def other_database(postgres: Postgres) -> str:
    """The URL of another empty database, to compare with."""
    return await _emptied(postgres, "empty_two")


@pytest.fixture
async def connection(empty_database: str) -> AsyncIterator[asyncpg.Connection[asyncpg.Record]]:
    """A plain connection to `empty_database`; its plans survive no DDL, so that it keeps none."""
    connection = await asyncpg.connect(empty_database, statement_cache_size=0)
    yield connection
    await connection.close()


@pytest.fixture
async def legacy_database(empty_database: str, connection: asyncpg.Connection[asyncpg.Record]) -> str:
    """`empty_database` with the schema of the legacy service."""
    await connection.execute(LEGACY_SCHEMA.read_text())
    return empty_database


@pytest.fixture
async def plain_role(empty_database: str, connection: asyncpg.Connection[asyncpg.Record]) -> AsyncIterator[str]:
    """The URL of `empty_database` for a role that may make tables there, but no extension."""
    await connection.execute("CREATE ROLE plain LOGIN PASSWORD 'plain'; GRANT USAGE, CREATE ON SCHEMA public TO plain")
    yield re.sub(r"//[^@]+@", "//plain:plain@", empty_database)
    await connection.execute("DROP OWNED BY plain; DROP ROLE plain")


@pytest.fixture
def dump() -> Callable[..., str]:
    """`dump(url, *options)`: the whole schema as pg_dump writes it, without comments and the random key of each run."""

    def read(url: str, *options: str) -> str:
        command: list[str | Path] = [
            BINARIES / "pg_dump",
            "--schema-only",
            "--no-owner",
            "--no-privileges",
            *options,
            url,
        ]
        written = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        lines = [line for line in written.splitlines() if line and not line.startswith(("--", "\\"))]
        return "\n".join(lines)

    return read
