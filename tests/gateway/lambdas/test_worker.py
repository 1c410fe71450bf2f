"""The worker function under AWS's own runtime client."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.gateway.lambdas.runtime import Function

if TYPE_CHECKING:
    from collections.abc import Iterator

    import asyncpg

    from gateway.dev.aws import Aws

EVENT = json.loads((Path(__file__).parents[2] / "events" / "guardduty.json").read_text())


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
        assert function.invoke({"source": "aws.events"}) == ("response", {"threats": 0, "done": 1})
    assert "Contents" not in client.list_objects_v2(Bucket=aws.bucket, Prefix="lambda/")
    assert function.invoke({}) == ("response", {"threats": 0, "done": 0})


def verdict(key: str, status: str) -> dict[str, Any]:
    """EventBridge's event for an object."""
    event: dict[str, Any] = copy.deepcopy(EVENT)
    event["detail"]["s3ObjectDetails"]["objectKey"] = key
    event["detail"]["scanResultDetails"]["scanResultStatus"] = status
    return event


@pytest.mark.prd("2.7.4")
@pytest.mark.parametrize("queued", [False, True])
async def test_an_infected_file_goes_with_its_row_and_a_clean_one_stays(
    function: Function, aws: Aws, database: asyncpg.Connection[asyncpg.Record], queued: bool
) -> None:
    client = aws.client("s3")
    sub = aws.users["alice"].sub
    moc = await database.fetchval(
        "INSERT INTO moc_instructions (user_id, title, type) VALUES ($1, 'x', 'moc') RETURNING id", sub
    )
    keys = {name: f"mocs/{sub}/{moc}/{name}.pdf" for name in ("bad", "good")}
    for name, key in keys.items():
        client.put_object(Bucket=aws.bucket, Key=key, Body=b"x")
        url = f"https://{aws.bucket}.s3.{aws.region}.amazonaws.com/{key}"
        await database.execute(
            "INSERT INTO moc_files (moc_id, file_type, file_url, original_filename) VALUES ($1, 'instruction', $2, $3)",
            moc,
            url,
            name,
        )
    events = [verdict(keys["bad"], "THREATS_FOUND"), verdict(keys["good"], "NO_THREATS_FOUND")]
    for event in (
        [{"Records": [{"body": json.dumps(one)} for one in events]}] if queued else events
    ) * 2:  # twice, as may be
        kind, _ = function.invoke(event)
        assert kind == "response"
    assert [row["original_filename"] for row in await database.fetch("SELECT * FROM moc_files")] == ["good"]
    found = client.list_objects_v2(Bucket=aws.bucket, Prefix=f"mocs/{sub}/{moc}/")["Contents"]
    assert [item["Key"] for item in found] == [keys["good"]]
