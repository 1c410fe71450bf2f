"""The migration function under AWS's own runtime client."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest

from db import migrate
from tests.gateway.lambdas import runtime
from tests.gateway.lambdas.runtime import Function

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from gateway.dev.aws import Aws
    from gateway.dev.postgres import Postgres

NEWEST = migrate.head()


@pytest.fixture
async def empty_database(postgres: Postgres) -> AsyncIterator[str]:
    await postgres.create("migrated")
    yield postgres.url("migrated")
    await postgres.drop("migrated")


@pytest.fixture
async def connection(empty_database: str) -> AsyncIterator[asyncpg.Connection[asyncpg.Record]]:
    opened = await asyncpg.connect(empty_database)
    yield opened
    await opened.close()


@pytest.fixture
def function(empty_database: str, aws: Aws) -> Callable[..., Function]:
    def make(environment: str = "dev") -> Function:
        told = {**aws.environment, "ENVIRONMENT": environment, "DATABASE_URL": empty_database}
        return Function("gateway.lambdas.migrate.handler", told)

    return make


def answer(before: str | None, after: str | None) -> tuple[str, Any]:
    return "response", {"before": before, "after": after, "newest": NEWEST}


async def test_it_upgrades_once_and_tells_the_revisions(function: Callable[..., Function]) -> None:
    with function() as migrator:
        assert migrator.invoke({"check": True}) == answer(None, None)
        assert migrator.invoke({}) == answer(None, NEWEST)
        assert migrator.invoke({}) == answer(NEWEST, NEWEST)
        assert migrator.invoke({"check": True}) == answer(NEWEST, NEWEST)


async def test_it_adopts_a_legacy_database_and_does_not_mind_to_be_asked_again(
    function: Callable[..., Function], empty_database: str, connection: asyncpg.Connection[asyncpg.Record]
) -> None:
    migrate.upgrade(empty_database, migrate.LEGACY)
    await connection.execute("DROP TABLE alembic_version")
    with function() as migrator:
        kind, error = migrator.invoke({})
        assert (kind, error["errorType"]) == ("error", "MigrationError")
        assert "adopt it first" in error["errorMessage"]
        assert migrator.invoke({"adopt": True}) == answer(None, NEWEST)
        assert migrator.invoke({"adopt": True}) == answer(NEWEST, NEWEST)


async def test_it_goes_back_but_never_in_production(function: Callable[..., Function]) -> None:
    with function("production") as migrator:
        assert migrator.invoke({}) == answer(None, NEWEST)
        kind, error = migrator.invoke({"downgrade": "0001"})
        assert (kind, error["errorType"]) == ("error", "MigrationError")
        assert error["errorMessage"].startswith("a production database is never taken back")
        assert migrator.invoke({"check": True}) == answer(NEWEST, NEWEST)
    with function("staging") as migrator:
        assert migrator.invoke({"downgrade": "0001"}) == answer(NEWEST, "0001")


@pytest.mark.parametrize("event", [{"upgrade": True}, {"adopt": True, "check": True}, {"downgrade": 3}])
async def test_what_it_does_not_understand_changes_nothing(
    function: Callable[..., Function], empty_database: str, event: Any
) -> None:
    with function() as migrator:
        kind, error = migrator.invoke(event)
    assert (kind, error["errorType"]) == ("error", "MigrationError")
    assert migrate.current(empty_database) is None


async def test_of_two_at_once_one_waits(function: Callable[..., Function]) -> None:
    with function() as one, function() as other, ThreadPoolExecutor() as threads:
        answers = await asyncio.gather(
            *(asyncio.get_running_loop().run_in_executor(threads, each.invoke, {}) for each in (one, other))
        )
    assert [kind for kind, _ in answers] == ["response", "response"]
    assert [told["after"] for _, told in answers] == [NEWEST, NEWEST]


async def test_one_that_cannot_wait_any_longer_says_so(
    function: Callable[..., Function],
    connection: asyncpg.Connection[asyncpg.Record],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with function() as migrator:
        assert migrator.invoke({"check": True}) == answer(None, None)
        await connection.execute("SELECT pg_advisory_lock($1::bigint)", migrate._LOCK)  # noqa: SLF001 - plays another migrator
        monkeypatch.setattr(runtime, "TIMEOUT", 3.0)  # of which half is there to wait
        kind, error = migrator.invoke({})
    assert kind == "error"
    assert error["errorMessage"].startswith("another migrator was still at work after 1.")
