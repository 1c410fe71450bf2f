from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, NullPool
from sqlalchemy.ext.asyncio import create_async_engine

from db import migrate
from db.models import METADATA

if TYPE_CHECKING:
    from collections.abc import Callable

    import asyncpg


REVISIONS = sorted(
    path.name.partition("_")[0] for path in Path(migrate.__file__).parent.glob("migrations/versions/*.py")
)


async def run_sync(url: str, work: Callable[[Connection], Any]) -> Any:
    engine = create_async_engine(url.replace("postgresql:", "postgresql+asyncpg:"), poolclass=NullPool)
    async with engine.begin() as connection:
        return await connection.run_sync(work)


def drift(connection: Connection) -> list[Any]:
    context = MigrationContext.configure(connection, opts={"compare_server_default": True})
    return list(compare_metadata(context, METADATA))


@pytest.mark.prd("1.7.4")
@pytest.mark.prd("1.7.1")
async def test_revision_one_is_the_legacy_schema(
    other_database: str, legacy_database: str, dump: Callable[..., str]
) -> None:
    migrate.upgrade(other_database, "0001")
    built = dump(other_database, "--exclude-table=alembic_version")
    assert built == dump(legacy_database)
    assert built.count("CREATE TABLE ") == len(migrate.LEGACY_TABLES)


@pytest.mark.prd("1.7.7")
async def test_an_adopted_legacy_database_becomes_what_a_new_one_is(
    other_database: str, legacy_database: str, dump: Callable[..., str]
) -> None:
    migrate.adopt(legacy_database, migrate.LEGACY)
    assert migrate.current(legacy_database) == "0001"
    migrate.upgrade(legacy_database)
    migrate.upgrade(other_database)
    new = dump(other_database)
    assert dump(legacy_database) == new
    assert migrate.current(legacy_database) == migrate.head()


def test_every_downgrade_restores_the_schema_that_was_there(empty_database: str, dump: Callable[..., str]) -> None:
    assert REVISIONS[-1] == migrate.head()
    migrate.upgrade(empty_database, "0001")
    migrate.downgrade(empty_database, "base")  # leaves the table of versions, empty
    before = dump(empty_database)
    previous = "base"
    for revision in REVISIONS:
        migrate.upgrade(empty_database, revision)
        upgraded = dump(empty_database)
        assert upgraded != before
        migrate.downgrade(empty_database, previous)
        assert dump(empty_database) == before
        migrate.upgrade(empty_database, revision)
        assert dump(empty_database) == upgraded
        before, previous = upgraded, revision


async def test_an_extension_that_was_there_before_stays_after_the_downgrade(
    empty_database: str, connection: asyncpg.Connection[asyncpg.Record], dump: Callable[..., str]
) -> None:
    await connection.execute("CREATE EXTENSION pg_trgm")
    migrate.upgrade(empty_database, "0001")
    before = dump(empty_database)
    migrate.upgrade(empty_database, "0002")
    migrate.downgrade(empty_database, "0001")
    assert dump(empty_database) == before
    assert "CREATE EXTENSION IF NOT EXISTS pg_trgm" in before


async def test_an_extension_that_others_use_by_now_stays_after_the_downgrade(
    empty_database: str, connection: asyncpg.Connection[asyncpg.Record]
) -> None:
    migrate.upgrade(empty_database, "0002")
    await connection.execute("CREATE INDEX other ON moc_instructions USING gin (author gin_trgm_ops)")
    migrate.downgrade(empty_database, "0001")
    assert migrate.current(empty_database) == "0001"
    assert await connection.fetchval("SELECT to_regclass('other')::text") == "other"


@pytest.mark.prd("1.7.1")
@pytest.mark.prd("1.7.5")
async def test_models_and_migrated_schema_show_no_difference(empty_database: str) -> None:
    migrate.upgrade(empty_database)
    assert await run_sync(empty_database, drift) == []


async def test_a_difference_would_be_shown(empty_database: str, connection: asyncpg.Connection[asyncpg.Record]) -> None:
    migrate.upgrade(empty_database)
    await connection.execute("DROP INDEX moc_gallery_images_moc_image_unique")
    [difference] = await run_sync(empty_database, drift)
    assert (difference[0], difference[1].name) == ("add_index", "moc_gallery_images_moc_image_unique")


async def test_without_the_right_to_make_extensions_the_schema_is_the_same(
    plain_role: str, connection: asyncpg.Connection[asyncpg.Record], caplog: pytest.LogCaptureFixture
) -> None:
    migrate.upgrade(plain_role)
    assert await run_sync(plain_role, drift) == []
    assert await connection.fetchval("SELECT count(*) FROM pg_extension WHERE extname = 'pg_trgm'") == 0
    assert "pg_trgm is not available here" in caplog.text
    migrate.downgrade(plain_role, "0001")
    assert migrate.current(plain_role) == "0001"


async def test_models_describe_the_migrated_schema_to_the_last_detail(
    empty_database: str,
    other_database: str,
    plain_role: str,
    dump: Callable[..., str],
    connection: asyncpg.Connection[asyncpg.Record],
) -> None:
    migrate.upgrade(plain_role)
    # What is no table: SQLAlchemy has no words for triggers; test_changes.py says what they do.
    for function in ("next_version", "note_rows", "note_owners"):
        await connection.execute(f"DROP FUNCTION {function}() CASCADE")
    await run_sync(other_database, METADATA.create_all)
    modelled = dump(other_database)
    assert dump(empty_database, "--exclude-table=alembic_version") == modelled
