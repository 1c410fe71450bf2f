from __future__ import annotations

import asyncio
import logging
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import db
from db import migrate
from db.migrate import MigrationError, Patience
from gateway.dev.process import free_port

if TYPE_CHECKING:
    from collections.abc import Callable

    import asyncpg

CHECKOUT = Path(db.__file__).parents[1]
REVISIONS = len(list(CHECKOUT.glob("db/migrations/versions/*.py")))
UPGRADE = """
import logging, sys
from db import migrate
logging.basicConfig(level=logging.INFO)
migrate.upgrade(sys.argv[1])
"""


def start(script: str, *arguments: str, folder: Path = CHECKOUT) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", script, *arguments]
    return subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


async def test_two_migrators_at_once_go_one_by_one(
    empty_database: str, connection: asyncpg.Connection[asyncpg.Record]
) -> None:
    await connection.execute("SELECT pg_advisory_lock($1::bigint)", migrate._LOCK)  # noqa: SLF001 - to start them together
    processes = [start(UPGRADE, empty_database) for _ in range(2)]
    for process in processes:
        assert process.stderr
        line = await asyncio.to_thread(process.stderr.readline)
        assert line == "INFO:db.migrate:another migrator is at work, waiting for it\n"
    await connection.execute("SELECT pg_advisory_unlock($1::bigint)", migrate._LOCK)  # noqa: SLF001 - as above
    logs = [(await asyncio.to_thread(process.communicate))[1] for process in processes]
    assert [process.returncode for process in processes] == [0, 0], logs
    assert sorted(log.count("Running upgrade") for log in logs) == [0, REVISIONS]
    assert migrate.current(empty_database) == migrate.head()


async def test_two_threads_of_a_running_loop_migrate_one_after_the_other(empty_database: str) -> None:
    await asyncio.gather(*(asyncio.to_thread(migrate.upgrade, empty_database) for _ in range(2)))
    assert await asyncio.to_thread(migrate.current, empty_database) == migrate.head()


async def test_a_migrator_that_does_not_finish_is_given_up(
    empty_database: str, connection: asyncpg.Connection[asyncpg.Record]
) -> None:
    await connection.execute("SELECT pg_advisory_lock($1::bigint)", migrate._LOCK)  # noqa: SLF001 - plays that migrator
    with pytest.raises(MigrationError, match=r"another migrator was still at work after 0\.1 s: wait for it"):
        migrate.upgrade(empty_database, patience=Patience(migrator=0.1))
    assert migrate.current(empty_database) is None


@pytest.mark.parametrize(
    ("patience", "complaint"),
    [
        (Patience(lock=0.1), r"kept a table locked for 0\.1 s, nothing was changed: .* Statement: .*gallery_images"),
        (Patience(statement=0.3), r"took longer than 0\.3 s, nothing was changed: .* Statement: .*gallery_images"),
    ],
)
async def test_a_blocked_table_stops_the_upgrade_in_time_and_nothing_is_half_done(
    legacy_database: str,
    connection: asyncpg.Connection[asyncpg.Record],
    dump: Callable[..., str],
    patience: Patience,
    complaint: str,
) -> None:
    migrate.adopt(legacy_database, migrate.LEGACY)
    before = dump(legacy_database)
    async with connection.transaction():
        await connection.execute("LOCK TABLE gallery_images IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(MigrationError, match=complaint):
            migrate.upgrade(legacy_database, patience=patience)
    assert dump(legacy_database) == before
    assert migrate.current(legacy_database) == "0001"
    migrate.upgrade(legacy_database)
    assert migrate.current(legacy_database) == migrate.head()


def test_an_upgrade_of_what_is_up_to_date_changes_nothing(empty_database: str, dump: Callable[..., str]) -> None:
    migrate.upgrade(empty_database)
    before = dump(empty_database)
    migrate.upgrade(empty_database)
    assert dump(empty_database) == before


async def test_a_legacy_database_is_not_upgraded_before_it_is_adopted(
    legacy_database: str, dump: Callable[..., str]
) -> None:
    before = dump(legacy_database)
    with pytest.raises(MigrationError, match=r"tables of the legacy service \(gallery_albums, .*: adopt it first"):
        migrate.upgrade(legacy_database)
    assert dump(legacy_database) == before


async def test_an_empty_database_is_not_adopted(empty_database: str, dump: Callable[..., str]) -> None:
    with pytest.raises(
        MigrationError, match=r"has no gallery_albums, gallery_flags, .*: check the URL; a new database"
    ):
        migrate.adopt(empty_database)
    assert "alembic_version" not in dump(empty_database)


async def test_a_legacy_database_that_lacks_a_table_is_not_adopted(
    legacy_database: str, connection: asyncpg.Connection[asyncpg.Record], dump: Callable[..., str]
) -> None:
    await connection.execute("DROP TABLE wishlist_items")
    with pytest.raises(MigrationError, match="it has no wishlist_items: check the URL"):
        migrate.adopt(legacy_database)
    assert "alembic_version" not in dump(legacy_database)


async def test_a_database_is_adopted_once(legacy_database: str) -> None:
    migrate.adopt(legacy_database, migrate.LEGACY)
    with pytest.raises(MigrationError, match="was adopted before, it is at revision 0001: upgrade it"):
        migrate.adopt(legacy_database)


async def test_a_database_with_the_names_of_the_legacy_tables_alone_is_not_adopted(
    legacy_database: str, connection: asyncpg.Connection[asyncpg.Record], dump: Callable[..., str]
) -> None:
    await connection.execute(
        "ALTER TABLE wishlist_items ALTER sort_order TYPE integer USING 0, ADD beyond text;"
        "ALTER TABLE moc_files DROP file_url; ALTER TABLE gallery_images ALTER title DROP NOT NULL"
    )
    before = dump(legacy_database)
    found = (
        r"gallery_images\.title is text, not text NOT NULL; moc_files\.file_url is missing, not text NOT NULL;"
        r" wishlist_items\.sort_order is integer NOT NULL, not text NOT NULL: check the URL"
    )
    with pytest.raises(MigrationError, match=found):
        migrate.adopt(legacy_database)
    assert dump(legacy_database) == before


async def test_an_adoption_whose_upgrade_fails_never_was(
    legacy_database: str, connection: asyncpg.Connection[asyncpg.Record], dump: Callable[..., str]
) -> None:
    await connection.execute("CREATE TABLE outbox ()")  # in the way of a later revision
    before = dump(legacy_database)
    with pytest.raises(MigrationError, match="PostgreSQL refused, nothing was changed"):
        migrate.adopt(legacy_database)
    assert dump(legacy_database) == before
    await connection.execute("DROP TABLE outbox")
    migrate.adopt(legacy_database)
    assert migrate.current(legacy_database) == migrate.head()


async def test_a_database_of_a_newer_release_is_left_alone(
    empty_database: str, connection: asyncpg.Connection[asyncpg.Record]
) -> None:
    migrate.upgrade(empty_database)
    await connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(MigrationError, match=f"at revision 9999, which this release does not know .*{migrate.head()}"):
        migrate.upgrade(empty_database)


def test_an_unknown_revision_is_answered_with_the_known_ones(empty_database: str) -> None:
    with pytest.raises(MigrationError, match=r"'8888'. Revisions of this release: 0001, 0002"):
        migrate.upgrade(empty_database, "8888")


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        (
            f"postgresql://someone:secret@127.0.0.1:{free_port()}/brickgate",
            "no connection to the database: .*Connect call failed",
        ),
        ("mysql://someone:secret@127.0.0.1/brickgate", "no connection to the database: invalid DSN"),
    ],
    ids=["nobody listens", "another scheme"],
)
def test_a_database_out_of_reach_is_told_without_the_password(url: str, reason: str) -> None:
    with pytest.raises(MigrationError, match=reason) as raised:
        migrate.current(url)
    assert "secret" not in str(raised.value)


def test_a_database_that_does_not_answer_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrate, "_CONNECT_TIMEOUT", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"postgresql://someone:secret@127.0.0.1:{silent.getsockname()[1]}/brickgate?sslmode=disable"
        with pytest.raises(
            MigrationError, match=r"no connection to the database: no answer within 0\.2 s; is it running"
        ):
            migrate.current(url)


def test_progress_is_logged_and_the_logging_of_the_process_is_left_alone(
    empty_database: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    handlers = list(logging.getLogger().handlers)
    migrate.upgrade(empty_database)
    assert [record.getMessage() for record in caplog.records if record.name == "db.migrate"] == [
        f"the database was at revision None and is at {migrate.head()} now"
    ]
    assert caplog.text.count("Running upgrade") == REVISIONS
    assert logging.getLogger().handlers == handlers


@pytest.mark.prd("1.7.5")
def test_a_model_without_a_revision_gets_one_written_wherever_the_checkout_is(
    empty_database: str, tmp_path: Path
) -> None:
    folder = tmp_path / "100% sure"
    shutil.copytree(CHECKOUT / "db", folder / "db", ignore=shutil.ignore_patterns("__pycache__"))
    model = folder / "db" / "models" / "files.py"
    model.write_text(model.read_text() + 'MocFile.append_column(Column("checksum", Text))\n')
    script = """
import sys
from db import migrate
migrate.upgrade(sys.argv[1])
path = migrate.generate(sys.argv[1], "checksums")
migrate.upgrade(sys.argv[1])
print(path, migrate.current(sys.argv[1]), migrate.generate(sys.argv[1], "nothing"), sep="\\n")
"""
    process = start(script, empty_database, folder=folder)
    output, errors = process.communicate()
    assert process.returncode == 0, errors
    number = f"{int(migrate.head()) + 1:04}"
    path = folder / "db" / "migrations" / "versions" / f"{number}_checksums.py"
    assert output.splitlines()[-3:] == [str(path), number, "None"]
    assert 'op.add_column("moc_files", sa.Column("checksum", sa.Text()' in path.read_text().replace("'", '"')
