"""What the check of a pooled run sees in PostgreSQL's log (`make test-pooled`)."""

from __future__ import annotations

import pytest

from tests.pooler import executed, left_behind

LOG = """ LOG:  database system is ready to accept connections
brickgate LOG:  statement: SET search_path = x
application LOG:  statement: BEGIN;
application LOG:  execute <unnamed>: SELECT a
\tFROM b
application DETAIL:  parameters: $1 = 'SET x'
application LOG:  execute __asyncpg_stmt_1__: SELECT 1
application ERROR:  relation "x" does not exist
"""


def test_the_applications_statements_are_told_from_others() -> None:
    assert list(executed(LOG)) == ["BEGIN;", "SELECT a\nFROM b", "PREPARE SELECT 1"]


@pytest.mark.parametrize(
    "statement",
    [
        "SET TIME ZONE 'UTC'",
        "set session characteristics as transaction read only",
        " RESET ALL",
        "LISTEN changes",
        "PREPARE one AS SELECT 1",
        "DEALLOCATE ALL",
        "CREATE TEMP TABLE x (y int)",
        "CREATE LOCAL TEMPORARY TABLE x (y int)",
        "SELECT pg_advisory_lock(1)",
        "SELECT\npg_try_advisory_lock_shared(1)",
        "SELECT set_config('jit', 'off', false)",
        "SELECT 1 INTO TEMP x",
        "SET LOCAL statement_timeout = 1",
        "SELECT pg_advisory_xact_lock(1)",
        "DECLARE c CURSOR WITH HOLD FOR SELECT 1",
    ],
)
def test_what_pins_a_session_is_seen(statement: str) -> None:
    assert left_behind([statement]) == [statement]


@pytest.mark.parametrize(
    "statement",
    [
        "BEGIN;",
        "UPDATE settings SET value = 1",
        "INSERT INTO listen VALUES (1)",
        "SET client_encoding='''utf-8''';",
    ],
)
def test_what_does_not_is_not(statement: str) -> None:
    assert left_behind([statement]) == []
