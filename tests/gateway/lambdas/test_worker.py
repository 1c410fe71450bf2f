"""The worker function under AWS's own runtime client."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.gateway.lambdas.runtime import Function

if TYPE_CHECKING:
    from collections.abc import Iterator

    import asyncpg

    from gateway.dev.aws import Aws


@pytest.fixture(scope="module")
def function(shared_database_url: str, aws: Aws) -> Iterator[Function]:
    environment = {**aws.environment, "ENVIRONMENT": "dev", "DATABASE_URL": shared_database_url}
    with Function("gateway.lambdas.worker.handler", environment) as running:
        yield running


async def test_each_event_empties_the_outbox(
    function: Function, aws: Aws, database: asyncpg.Connection[asyncpg.Record]
) -> None:
    client = aws.client("s3")
    for number in range(2):
        client.put_object(Bucket=aws.bucket, Key=f"lambda/{number}", Body=b"x")
        await database.execute(
            "INSERT INTO outbox (topic, payload) VALUES ('delete-objects', $1)", f'{{"keys": ["lambda/{number}"]}}'
        )
        assert function.invoke({"source": "aws.events"}) == ("response", {"done": 1})
    assert "Contents" not in client.list_objects_v2(Bucket=aws.bucket, Prefix="lambda/")
    assert function.invoke({}) == ("response", {"done": 0})
