"""The worker function under AWS's own runtime client."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.gateway.lambdas.runtime import Function

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import asyncpg

    from gateway.dev.aws import Aws
    from gateway.dev.postgres import Postgres

EVENTS = Path(__file__).parents[2] / "events"
EVENT, QUEUED, SCHEDULED = (
    json.loads((EVENTS / f"{name}.json").read_text()) for name in ("guardduty", "sqs", "schedule")
)
HINT = "{}"


@pytest.fixture(scope="module")
def function(shared_database_url: str, through: Callable[[str], str], aws: Aws) -> Iterator[Function]:
    environment = {**aws.environment, "ENVIRONMENT": "dev", "DATABASE_URL": through(shared_database_url)}
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
        assert function.invoke(SCHEDULED) == ("response", {"threats": 0, "done": 1})
    assert "Contents" not in client.list_objects_v2(Bucket=aws.bucket, Prefix="lambda/")
    assert function.invoke({}) == ("response", {"threats": 0, "done": 0})


def verdict(key: str, status: str) -> dict[str, Any]:
    """EventBridge's event for an object."""
    event: dict[str, Any] = copy.deepcopy(EVENT)
    event["detail"]["s3ObjectDetails"]["objectKey"] = key
    event["detail"]["scanResultDetails"]["scanResultStatus"] = status
    return event


def messages(*bodies: Any) -> dict[str, Any]:
    """SQS's event for messages, whose ids are their numbers."""
    record = QUEUED["Records"][0]
    texts = [body if isinstance(body, str) else json.dumps(body) for body in bodies]
    return {"Records": [record | {"messageId": str(number), "body": text} for number, text in enumerate(texts)]}


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
    for event in ([messages(*events)] if queued else events) * 2:  # twice, as may be
        kind, answer = function.invoke(event)
        assert kind == "response"
        assert answer == (
            {"batchItemFailures": []} if queued else {"threats": answer["threats"], "done": answer["done"]}
        )
    assert [row["original_filename"] for row in await database.fetch("SELECT * FROM moc_files")] == ["good"]
    found = client.list_objects_v2(Bucket=aws.bucket, Prefix=f"mocs/{sub}/{moc}/")["Contents"]
    assert [item["Key"] for item in found] == [keys["good"]]


async def threatened(database: asyncpg.Connection[asyncpg.Record], aws: Aws, name: str) -> str:
    """The key of an object that an upload has brought, whose row is there until a verdict comes."""
    sub = aws.users["alice"].sub
    upload = await database.fetchval(
        "INSERT INTO uploads (user_id, expires_at, kind, filename, content_type, size)"
        " VALUES ($1, '2100-01-01', 'image', $2, 'image/png', 1) RETURNING id",
        sub,
        name,
    )
    key = f"uploads/{sub}/{upload}"
    aws.client("s3").put_object(Bucket=aws.bucket, Key=key, Body=b"x")
    return key


async def test_a_message_that_fails_comes_again_alone(
    function: Function, aws: Aws, database: asyncpg.Connection[asyncpg.Record]
) -> None:
    broken = verdict("x", "THREATS_FOUND")
    del broken["detail"]["scanResultDetails"]
    bad = verdict(await threatened(database, aws, "bad"), "THREATS_FOUND")
    await database.execute("INSERT INTO outbox (topic, payload) VALUES ('delete-objects', '{\"keys\": [\"absent\"]}')")
    event = messages(HINT, broken, bad, "no JSON", "[1]")
    assert function.invoke(event) == (
        "response",
        {"batchItemFailures": [{"itemIdentifier": "1"}, {"itemIdentifier": "3"}]},
    )
    assert await database.fetchval("SELECT count(*) FROM uploads") == 0
    assert await database.fetchval("SELECT count(*) FROM outbox") == 0


async def test_an_outage_brings_back_verdicts_and_no_hints(
    function: Function, aws: Aws, database: asyncpg.Connection[asyncpg.Record]
) -> None:
    bad = verdict(await threatened(database, aws, "bad"), "THREATS_FOUND")
    event = messages(HINT, bad, verdict("good", "NO_THREATS_FOUND"))
    await database.execute("ALTER TABLE outbox RENAME TO outbox_away")
    try:
        assert function.invoke(event) == ("response", {"batchItemFailures": [{"itemIdentifier": "1"}]})
        assert await database.fetchval("SELECT count(*) FROM uploads") == 1
        assert function.invoke(bad)[0] == "error"  # EventBridge sends it again
        assert function.invoke(SCHEDULED)[0] == "error"  # and an alarm tells
    finally:
        await database.execute("ALTER TABLE outbox_away RENAME TO outbox")
    assert function.invoke(event) == ("response", {"batchItemFailures": []})
    assert await database.fetchval("SELECT count(*) FROM uploads") == 0


async def test_before_the_first_migration_there_is_nothing_to_do(
    postgres: Postgres, through: Callable[[str], str], aws: Aws
) -> None:
    """Between the first apply and the first deployment the schedule rings no alarm."""
    await postgres.create("unmigrated")
    url = through(postgres.url("unmigrated"))
    environment = {**aws.environment, "ENVIRONMENT": "dev", "DATABASE_URL": url}
    with Function("gateway.lambdas.worker.handler", environment) as fresh:
        assert fresh.invoke(SCHEDULED) == ("response", {"threats": 0, "done": 0})
        assert fresh.invoke(messages(HINT)) == ("response", {"batchItemFailures": []})
    said = [json.loads(line) for line in fresh.printed.splitlines() if '"brickgate.worker"' in line]
    assert [(line["level"], line["message"]) for line in said] == [("INFO", "the database is not migrated yet")] * 2
    assert '"ERROR"' not in fresh.printed
    with Function("gateway.lambdas.worker.handler", environment) as fresh:
        assert fresh.invoke(verdict("bad", "THREATS_FOUND"))[0] == "error"  # comes again
    await postgres.drop("unmigrated")


async def test_an_operator_sees_replays_and_drops_what_is_dead(
    function: Function, database: asyncpg.Connection[asyncpg.Record]
) -> None:
    ids = [
        await database.fetchval(
            "INSERT INTO outbox (topic, payload, attempts, dead_at, error) VALUES ('odd', $1, 10, '2026-11-26 09:55', 'no duty')"
            " RETURNING id",
            f'{{"number": {number}}}',
        )
        for number in range(3)
    ]
    kind, answer = function.invoke({"operate": "outbox"})
    assert (kind, answer["waiting"], answer["more"]) == ("response", [], False)
    assert [(row["id"], row["topic"], row["payload"], row["attempts"], row["error"]) for row in answer["dead"]] == [
        (identifier, "odd", {"number": number}, 10, "no duty") for number, identifier in enumerate(ids)
    ]
    assert function.invoke({"operate": "outbox drop", "ids": [ids[0]]}) == (
        "response",
        {"changed": [ids[0]], "unknown": []},
    )
    assert function.invoke({"operate": "outbox replay", "ids": ids[:2]}) == (
        "response",
        {"changed": [ids[1]], "unknown": [ids[0]]},
    )
    assert function.invoke({"operate": "outbox replay", "ids": "all"}) == (
        "response",
        {"changed": [ids[2]], "unknown": []},
    )
    assert await database.fetchval("SELECT count(*) FROM outbox WHERE dead_at IS NULL") == 2


@pytest.mark.parametrize(
    ("asked", "complaint"),
    [
        ({"operate": "reindex", "indices": []}, "OPENSEARCH_URL is not set"),
        ({"operate": "reindex", "indices": ["mocs"]}, "There is no index mocs; there are moc_instructions, "),
        ({"operate": "reindex", "indices": [["mocs"]]}, "There is no index ['mocs']; there are moc_instructions, "),
        ({"operate": "reindex"}, "This is nothing to be done: "),
        ({"operate": "outbox drop", "ids": "all"}, "This is nothing to be done: "),
        ({"operate": "outbox drop", "ids": []}, "This is nothing to be done: "),
        ({"operate": "outbox replay", "ids": ["1"]}, "This is nothing to be done: "),
        ({"operate": "outbox replay", "ids": [2**63]}, "This is nothing to be done: "),
        ({"operate": None}, "This is nothing to be done: "),
    ],
)
def test_what_an_operator_cannot_have_is_a_sentence(function: Function, asked: dict[str, Any], complaint: str) -> None:
    kind, answer = function.invoke(asked)
    assert (kind, answer["error"].startswith(complaint)) == ("response", True)


async def test_a_message_in_a_queue_is_no_operators(
    function: Function, database: asyncpg.Connection[asyncpg.Record]
) -> None:
    await database.execute("INSERT INTO outbox (topic, payload, dead_at) VALUES ('odd', '{}', now())")
    assert function.invoke(messages({"operate": "outbox replay", "ids": "all"})) == (
        "response",
        {"batchItemFailures": []},
    )
    assert await database.fetchval("SELECT count(*) FROM outbox WHERE dead_at IS NOT NULL") == 1
