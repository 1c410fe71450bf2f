"""The way to PostgreSQL: connections that die, servers that are away, constraints that refuse."""

from __future__ import annotations

import asyncio
import threading
import uuid
from contextlib import asynccontextmanager, nullcontext
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import asyncpg
import pytest
from sqlalchemy import Integer, Text, bindparam, func, literal_column, select, text

from db.engine import OVERFLOW, Database
from db.errors import Dangling, Duplicate, Unavailable, Unstorable
from db.query import Query, among
from gateway.dev.process import free_port

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

ECHO = Query(select(bindparam("value", type_=Text).label("value")))
PID = Query(select(func.pg_backend_pid()))
SLEEP = Query(select(func.pg_sleep(bindparam("seconds", type_=Integer))))
INSERT = Query(
    text(
        "INSERT INTO moc_instructions (user_id, title, type) VALUES (CAST(:user AS text), CAST(:title AS text), 'moc') RETURNING id"
    )
)
INSERT_FILE = Query(
    text(
        "INSERT INTO moc_files (moc_id, file_type, file_url) VALUES (CAST(:moc AS uuid), 'instruction', '/') RETURNING id"
    )
)
COUNT = Query(select(func.count()).select_from(text("moc_instructions")))


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[Database]:
    made = Database(database_url, statement_cache=10)
    yield made
    await made.close()


async def kill(database_url: str) -> None:
    """End every other connection to the database, as a failover does; they have ended when this does."""
    connection = await asyncpg.connect(database_url)
    await connection.execute(
        "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    await connection.close()


@asynccontextmanager
async def forwarded(port: int, server: int) -> AsyncIterator[None]:
    """A way to the server on another port of this machine."""

    async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while content := await reader.read(65536):
            writer.write(content)
        writer.close()

    async def connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answers, asks = await asyncio.open_connection("127.0.0.1", server)
        await asyncio.gather(copy(reader, asks), copy(answers, writer))

    async with await asyncio.start_server(connect, "127.0.0.1", port):
        yield


async def test_ids_and_json_come_as_they_are_served(engine: Database) -> None:
    identifier = str(uuid.uuid4())
    row = await engine.row(
        Query(
            select(
                literal_column(f"'{identifier}'::uuid").label("id"),
                literal_column("""'["ü", 1]'::jsonb""").label("tags"),
                literal_column("""'{"a": null}'::json""").label("json"),
                (literal_column(f"'{identifier}'::uuid") == among("ids")).label("among"),
            )
        ),
        ids=[identifier],
    )
    assert row is not None
    assert dict(row) == {"id": identifier, "tags": ["ü", 1], "json": {"a": None}, "among": True}


@pytest.mark.prd("1.7.8")
async def test_reads_share_one_connection_and_a_dead_one_is_replaced(engine: Database, database_url: str) -> None:
    first = await engine.value(PID)
    assert await engine.value(PID) == first
    await kill(database_url)
    assert await engine.value(ECHO, value="again") == "again"
    assert await engine.value(PID) != first


async def test_a_write_on_a_dead_connection_is_not_tried_twice(engine: Database, database_url: str) -> None:
    await engine.value(PID)
    with pytest.raises(Unavailable):
        async with engine.transaction() as transaction:
            await kill(database_url)
            await transaction.row(INSERT, user="u", title="t")
    assert await engine.value(COUNT) == 0


async def test_a_write_begins_on_a_new_connection_where_the_old_one_is_dead(
    engine: Database, database_url: str
) -> None:
    await engine.value(PID)
    await kill(database_url)
    async with engine.transaction() as transaction:
        await transaction.row(INSERT, user="u", title="t")
    assert await engine.value(COUNT) == 1


async def test_a_statement_by_itself_takes_effect_once_on_a_connection_that_lives(
    engine: Database, database_url: str
) -> None:
    await engine.value(PID)
    await kill(database_url)
    async with engine.statement() as statement:
        await statement.row(INSERT, user="u", title="t")
        with pytest.raises(RuntimeError, match="transaction"):
            await statement.row(INSERT, user="u", title="other")
    with pytest.raises(Duplicate):
        async with engine.statement() as statement:
            await statement.row(INSERT, user="u", title="t")
    assert await engine.value(COUNT) == 1


@pytest.mark.parametrize(("fresh", "inserted"), [(30.0, 0), (0.0, 1)])
async def test_a_connection_that_has_rested_is_asked_before_it_is_given_a_change(
    engine: Database, database_url: str, monkeypatch: pytest.MonkeyPatch, fresh: float, inserted: int
) -> None:
    monkeypatch.setattr("db.engine.FRESH", fresh)
    await engine.value(PID)
    dying = threading.Thread(target=lambda: asyncio.run(kill(database_url)))
    dying.start()
    dying.join()  # as in a frozen function, this event loop does not hear of it
    with nullcontext() if inserted else pytest.raises(Unavailable):
        async with engine.statement() as statement:
            await statement.row(INSERT, user="u", title="t")
    assert await engine.value(COUNT) == inserted


@pytest.mark.prd("4.8.4")
@pytest.mark.parametrize("writes", [False, True])
async def test_a_server_that_comes_back_within_the_waits_is_not_missed(database_url: str, writes: bool) -> None:
    server, port = urlsplit(database_url), free_port()
    login = server.netloc.rpartition("@")[0]
    late = Database(server._replace(netloc=f"{login}@127.0.0.1:{port}").geturl())

    async def ask() -> int:
        if not writes:
            return int(await late.value(COUNT))
        async with late.transaction() as transaction:
            await transaction.row(INSERT, user="u", title="t")
            return int(await transaction.value(COUNT))

    asking = asyncio.create_task(ask())
    await asyncio.sleep(0.02)
    assert not asking.done()  # refused once by now
    assert server.port
    async with forwarded(port, server.port):
        assert await asking == int(writes)
        await late.close()


async def test_a_server_that_is_away_is_unavailable() -> None:
    away = Database(f"postgresql://127.0.0.1:{free_port()}/nothing")
    with pytest.raises(Unavailable):
        await away.value(PID)
    with pytest.raises(Unavailable):
        async with away.transaction():
            pass
    await away.close()


async def test_a_transaction_takes_effect_whole_or_not_at_all(engine: Database) -> None:
    async with engine.transaction() as transaction:
        await transaction.row(INSERT, user="u", title="one")
        await transaction.row(INSERT, user="u", title="two")
        assert await engine.value(COUNT) == 0
    assert await engine.value(COUNT) == 2
    with pytest.raises(ZeroDivisionError):
        async with engine.transaction() as transaction:
            await transaction.row(INSERT, user="u", title="three")
            raise ZeroDivisionError
    assert await engine.value(COUNT) == 2


async def test_constraints_are_told_by_name(engine: Database) -> None:
    async with engine.transaction() as transaction:
        await transaction.row(INSERT, user="u", title="t")
    with pytest.raises(Duplicate) as duplicate:
        async with engine.transaction() as transaction:
            await transaction.row(INSERT, user="u", title="t")
    assert duplicate.value.constraint == "moc_instructions_user_title_unique"
    with pytest.raises(Dangling) as dangling:
        async with engine.transaction() as transaction:
            await transaction.row(INSERT_FILE, moc="00000000-0000-4000-8000-000000000000")
    assert dangling.value.constraint == "moc_files_moc_id_moc_instructions_id_fk"


@pytest.mark.parametrize("value", ["nul \0", "lone \ud800", 5])
async def test_what_no_column_can_hold_is_unstorable(engine: Database, value: str) -> None:
    with pytest.raises(Unstorable):
        await engine.value(ECHO, value=value)
    with pytest.raises(Unstorable):
        async with engine.transaction() as transaction:
            await transaction.value(ECHO, value=value)
    assert await engine.value(ECHO, value="fine") == "fine"


async def test_a_parameter_that_a_statement_does_not_have_is_a_mistake_and_so_is_one_too_few(engine: Database) -> None:
    with pytest.raises(KeyError, match="no such parameter: \\['other'\\]"):
        await engine.value(ECHO, other="x")
    with pytest.raises(KeyError, match="not given: \\['value'\\]"):
        await engine.value(ECHO)


async def test_a_constant_is_asked_once(engine: Database) -> None:
    assert await engine.constant(PID) == await engine.constant(PID)
    many = Query(select(func.random()))
    assert await engine.constant(many) == await engine.constant(many)
    assert await engine.value(many) != await engine.value(many)


async def test_a_server_that_grants_no_more_connections_is_unavailable_until_it_does(database_url: str) -> None:
    """PostgreSQL refuses while connecting (53300)."""
    admin = await asyncpg.connect(database_url)
    await admin.execute("CREATE ROLE crowded LOGIN PASSWORD 'x' CONNECTION LIMIT 1")
    await admin.execute("GRANT SELECT ON moc_instructions TO crowded")
    place = urlsplit(database_url)
    url = place._replace(netloc=f"crowded:x@{place.hostname}:{place.port}").geturl()
    made = Database(url)
    try:
        only = await asyncpg.connect(url)
        with pytest.raises(Unavailable, match="too many connections for role"):
            await made.value(COUNT)
        with pytest.raises(Unavailable, match="too many connections for role"):
            async with made.transaction():
                pass
        await only.close()
        assert await made.value(COUNT) == 0
    finally:
        await made.close()
        await admin.execute("DROP OWNED BY crowded")
        await admin.execute("DROP ROLE crowded")
        await admin.close()


async def test_a_pool_that_is_used_up_is_unavailable(
    engine: Database, monkeypatch: pytest.MonkeyPatch, database_url: str
) -> None:
    monkeypatch.setattr("db.engine.CONNECT_TIMEOUT", 0.3)
    small = Database(database_url)
    busy = [asyncio.create_task(small.value(SLEEP, seconds=2)) for _ in range(1 + OVERFLOW)]
    await asyncio.sleep(0.3)
    with pytest.raises(Unavailable):
        await small.value(PID)
    await asyncio.gather(*busy)
    assert await small.value(ECHO, value="free") == "free"
    await small.close()
    assert await engine.value(ECHO, value="other") == "other"


async def test_a_cancelled_statement_spoils_no_later_one(engine: Database) -> None:
    task = asyncio.create_task(engine.value(SLEEP, seconds=5))
    await asyncio.sleep(0.2)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await engine.value(ECHO, value="clean") == "clean"
