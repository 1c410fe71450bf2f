"""A worker that dies at any moment loses nothing and writes nothing wrong (docs/decisions/0015)."""

from __future__ import annotations

import asyncio
import os
import random
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from gateway import worker
from tests.gateway.outbox.agreement import assert_agree
from tests.gateway.outbox.writer import Writer

if TYPE_CHECKING:
    from collections.abc import Callable

    import asyncpg
    from opensearchpy import AsyncOpenSearch

    from resolvers.context import Services
    from settings import Settings

ROOT = Path(__file__).parents[3]
KILLS, WRITES, WRITERS = 100, 2000, 4
GIVEN = {
    "ENVIRONMENT",
    "DATABASE_URL",
    "REDIS_URL",
    "OPENSEARCH_URL",
    "OPENSEARCH_INDEX_PREFIX",
    "AWS_REGION",
    "AWS_ENDPOINT_URL",
    "S3_BUCKET",
    "COGNITO_USER_POOL_ID",
}  # the settings that a worker of its own needs; no client of the user pool is one


@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_a_worker_killed_a_hundred_times_amid_two_thousand_writes_loses_nothing(
    services: Services,
    searching: Settings,
    database: asyncpg.Connection[asyncpg.Record],
    database_url: str,
    client: AsyncOpenSearch,
    prefix: str,
    left: Callable[[], Any],
) -> None:
    await worker.drain(services)
    # So that a life sees batches to their end, too, and death comes at every step of them.
    await client.indices.put_settings(index=f"{prefix}*", body={"index": {"refresh_interval": "50ms"}})
    environment = {name: str(value) for name, value in asdict(searching).items() if value is not None}
    given = {name.upper(): value for name, value in environment.items() if name.upper() in GIVEN}
    lives = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "tests.gateway.outbox.lives", f"{KILLS}", "7"),
        cwd=ROOT,
        env={**os.environ, **given, "COGNITO_CLIENT_ID": "unused"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    writers = [Writer(database_url, random.Random(number)) for number in range(WRITERS)]  # noqa: S311 - the same each time

    assert lives.stdout

    async def write(writer: Writer) -> None:
        while writer.count < WRITES // WRITERS:
            await writer.write()
            await asyncio.sleep(random.uniform(0, 0.18))  # noqa: S311 - so that writes go on for as long as lives do

    writing = asyncio.gather(*(write(writer) for writer in writers))
    output = await lives.stdout.read()
    await writing
    await lives.wait()
    assert output.decode().split() == ["killed"] * KILLS
    assert len(await left()) < WRITES // 4  # most of the work was done by those who were killed
    assert sum(writer.count for writer in writers) == WRITES
    # The rows of the last life are let go when PostgreSQL notices; what it was told to put off is due again.
    for _ in range(50):
        await database.execute("UPDATE outbox SET due_at = created_at")
        await worker.drain(services)
        if not await left():
            break
        await asyncio.sleep(0.1)
    assert await left() == []
    found = await assert_agree(database, client, prefix)
    assert sum(map(len, found.values())) > 100
    await asyncio.gather(*(writer.close() for writer in writers))
