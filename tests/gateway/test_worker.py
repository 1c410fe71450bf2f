"""What transactions leave to be done is done, whatever fails in between."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

from gateway import worker
from gateway.app import create_app
from gateway.dev.process import free_port
from resolvers.outbox import store as outbox

if TYPE_CHECKING:
    from collections.abc import Callable

    import asyncpg
    from fastapi import FastAPI

    from gateway.dev.aws import Aws
    from resolvers.context import Services
    from settings import Settings


@pytest.fixture
def services(app: FastAPI) -> Services:
    found: Services = app.state.gateway.services
    return found


@pytest.fixture
def put(aws: Aws) -> Callable[..., None]:
    """`put("a", "b")`: objects of these keys."""
    client = aws.client("s3")

    def make(*keys: str) -> None:
        for key in keys:
            client.put_object(Bucket=aws.bucket, Key=key, Body=b"x")

    return make


@pytest.fixture
def there(aws: Aws) -> Callable[[str], set[str]]:
    """`there("prefix")`: the keys that begin so."""
    client = aws.client("s3")

    def keys(prefix: str) -> set[str]:
        found = client.list_objects_v2(Bucket=aws.bucket, Prefix=prefix).get("Contents", [])
        return {item["Key"] for item in found}

    return keys


async def leave(services: Services, *keys: str, seconds: int = 0) -> int:
    async with services.database.transaction() as transaction:
        return await outbox.add(transaction, "delete-objects", {"keys": list(keys)}, seconds=seconds)


async def left(database: asyncpg.Connection[asyncpg.Record]) -> list[dict[str, Any]]:
    rows = await database.fetch("SELECT id, payload, attempts, due_at > now() AT TIME ZONE 'utc' AS later FROM outbox")
    return [dict(row) | {"payload": json.loads(row["payload"])} for row in rows]


async def test_what_is_due_is_done_and_what_is_not_waits(
    services: Services,
    put: Callable[..., None],
    there: Callable[[str], set[str]],
    database: asyncpg.Connection[asyncpg.Record],
) -> None:
    put("w1/a", "w1/b", "w1/later")
    await leave(services, "w1/a", "w1/b", "w1/never-there")
    waiting = await leave(services, "w1/later", seconds=600)
    assert await worker.drain(services) == 1
    assert there("w1/") == {"w1/later"}
    assert [row["id"] for row in await left(database)] == [waiting]


async def test_many_rows_and_many_workers_do_each_thing_once(
    services: Services,
    settings: Settings,
    put: Callable[..., None],
    there: Callable[[str], set[str]],
    database: asyncpg.Connection[asyncpg.Record],
) -> None:
    keys = [f"w2/{number}" for number in range(250)]
    put(*keys)
    for key in keys:
        await leave(services, key)
    others = [create_app(settings).state.gateway.services for _ in range(3)]
    done = await asyncio.gather(*(worker.drain(one) for one in (services, *others)))
    assert sum(done) == 250
    assert (there("w2/"), await left(database)) == (set(), [])
    await asyncio.gather(*(one.close() for one in others))


async def test_what_cannot_be_done_for_an_outage_is_put_off_as_long_as_that_lasts(
    services: Services, settings_for: Callable[..., Settings], database: asyncpg.Connection[asyncpg.Record]
) -> None:
    away = create_app(settings_for(aws_endpoint_url=f"http://127.0.0.1:{free_port()}")).state.gateway.services
    await leave(services, "w3/a")
    waits = []
    for age in (0, 5, 10, 20, 40, 80, 86_400):
        moved = "due_at = now() AT TIME ZONE 'utc' - interval '1 second'"
        await database.execute(f"UPDATE outbox SET {moved}, created_at = created_at - interval '{age} seconds'")
        assert await worker.drain(away) == 0
        (row,) = await left(database)
        assert (row["attempts"], row["later"]) == (0, True)
        waits.append(
            await database.fetchval("SELECT extract(epoch FROM due_at - now() AT TIME ZONE 'utc') FROM outbox")
        )
    assert waits == [pytest.approx(seconds, abs=4) for seconds in (5, 5, 15, 35, 60, 60, 60)]
    await database.execute("UPDATE outbox SET due_at = now() AT TIME ZONE 'utc' - interval '1 second'")
    await away.close()
    assert await worker.drain(services) == 1
    assert await left(database) == []


async def test_a_worker_that_dies_leaves_its_work_to_the_next(
    services: Services, monkeypatch: pytest.MonkeyPatch, database: asyncpg.Connection[asyncpg.Record]
) -> None:
    await leave(services, "w4/a")

    async def dies(*_: object) -> None:
        raise asyncio.CancelledError

    with monkeypatch.context() as patch:
        patch.setattr(worker, "DUTIES", {"delete-objects": dies})
        with pytest.raises(asyncio.CancelledError):
            await worker.drain(services)
    assert [(row["attempts"], row["later"]) for row in await left(database)] == [(0, False)]
    assert await worker.drain(services) == 1


async def test_a_process_that_stays_drains_by_itself(
    settings: Settings,
    services: Services,
    put: Callable[..., None],
    there: Callable[[str], set[str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(worker, "PAUSE", 0.05)
    application = create_app(settings)
    async with application.router.lifespan_context(application):
        put("w5/a")
        await leave(services, "w5/a")
        for _ in range(100):
            if not there("w5/"):
                break
            await asyncio.sleep(0.05)
    assert there("w5/") == set()
