"""The AppSync function under AWS's own runtime client, with events of direct Lambda resolvers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from settings import Settings
from tests.gateway.lambdas.runtime import Function
from tests.gateway.tenants.test_tenants import made

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import asyncpg

    from gateway.dev.aws import Aws

EVENTS = Path(__file__).parents[2] / "events"
ABSENT = "00000000-0000-4000-8000-000000000000"


@pytest.fixture(scope="module")
def environment(
    shared_database_url: str, through: Callable[[str], str], valkey_url: str, aws: Aws, patience: dict[str, str]
) -> dict[str, str]:
    own = {"ENVIRONMENT": "dev", "DATABASE_URL": through(shared_database_url), "REDIS_URL": valkey_url}
    return {**aws.environment, **patience, **own}


@pytest.fixture(scope="module")
def function(environment: dict[str, str]) -> Iterator[Function]:
    with Function("gateway.lambdas.appsync.handler", environment) as running:
        yield running


@pytest.fixture
async def own(database: asyncpg.Connection[asyncpg.Record], aws: Aws) -> dict[str, str]:
    return await made(database, aws, "alice", "mine")


@pytest.fixture
def event(environment: dict[str, str], aws: Aws) -> Any:
    """`event("appsync", id)`: a recorded event of alice's about something."""

    def read(name: str, identifier: str, **info: Any) -> Any:
        text = (EVENTS / f"{name}.json").read_text()
        issuer = Settings.read(environment).issuer
        found = json.loads(
            text.replace('"ID"', f'"{identifier}"').replace("SUB", aws.users["alice"].sub).replace("ISSUER", issuer)
        )
        if info:
            found["info"] |= info
        return found

    return read


def test_an_answer_is_keyed_by_the_names_of_fields(function: Function, event: Any, own: dict[str, str]) -> None:
    kind, moc = function.invoke(event("appsync", own["moc"]))
    assert (kind, moc) == ("response", {"id": own["moc"], "userId": own["user"], "title": "mine"})


def test_a_batch_answers_for_each_parent(function: Function, event: Any, own: dict[str, str]) -> None:
    _, answers = function.invoke(event("appsync_batch", own["album"]))
    assert [[image["title"] for image in answer["data"]] for answer in answers] == [["mine"], ["mine"]]


def test_a_single_error_has_the_code_for_a_type(function: Function, event: Any, own: dict[str, str]) -> None:
    assert own
    kind, error = function.invoke(event("appsync", ABSENT))
    assert (kind, error["errorType"], error["errorMessage"]) == ("error", "NOT_FOUND", "MOC not found")


def test_each_of_a_batch_has_an_error_of_its_own(function: Function, event: Any, own: dict[str, str]) -> None:
    wrong = event("appsync", own["moc"], fieldName="mocs", selectionSetGraphQL="{ total }")
    wrong["arguments"] = {"limit": 1000, "page": "x"}
    nothing = event("appsync", own["moc"], fieldName="mocs", selectionSetGraphQL="{ totals }")
    _, answers = function.invoke([event("appsync", ABSENT), event("appsync", own["moc"]), wrong, nothing, "nonsense"])
    assert [answer.get("errorType") for answer in answers] == [
        "NOT_FOUND",
        None,
        "VALIDATION_ERROR",
        "BAD_REQUEST",
        "BAD_REQUEST",
    ]
    assert [answer["data"] and answer["data"]["title"] for answer in answers] == [None, "mine", None, None, None]
    assert answers[2]["errorMessage"] == "page: must be a whole number, is 'x'"


@pytest.mark.parametrize("identity", ["IAM", "API key", "another pool", "no sub", "Lambda"])
def test_who_is_no_user_of_the_pool_is_refused(
    function: Function, event: Any, own: dict[str, str], identity: str
) -> None:
    asked = event("appsync_iam" if identity == "IAM" else "appsync", own["moc"])
    match identity:
        case "API key":
            asked["identity"] = None
        case "another pool":
            asked["identity"]["issuer"] = "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_other"
        case "no sub":
            del asked["identity"]["claims"]["sub"]
        case "Lambda":
            asked["identity"] = {"resolverContext": {"sub": own["user"]}}
    kind, error = function.invoke(asked)
    assert (kind, error["errorType"]) == ("error", "UNAUTHORIZED")
    _, (refused,) = function.invoke([asked])
    assert refused["errorType"] == "UNAUTHORIZED"


def test_a_change_is_made_and_seen_at_once(function: Function, event: Any, own: dict[str, str]) -> None:
    listing = event(
        "appsync", own["moc"], fieldName="mocs", selectionSetGraphQL="{\n  items {\n    title\n  }\n  total\n}"
    )
    listing["arguments"] = {}
    for _ in range(2):  # the second time out of what is kept
        assert function.invoke(listing)[1]["total"] == 1
    changing = event("appsync", own["moc"], parentTypeName="Mutation", fieldName="updateMoc")
    changing["arguments"] = {"id": own["moc"], "input": {"title": "Changed"}}
    assert function.invoke(changing)[1]["title"] == "Changed"
    assert [item["title"] for item in function.invoke(listing)[1]["items"]] == ["Changed"]


def test_an_event_that_is_none_fails_alone(function: Function, event: Any, own: dict[str, str]) -> None:
    for nonsense in ({"not": "an event"}, "nonsense", None, {"info": {"parentTypeName": "Nothing"}}):
        kind, error = function.invoke(nonsense)
        assert (kind, error["errorType"]) == ("error", "BAD_REQUEST")
    assert function.invoke([]) == ("response", [])
    assert function.invoke(event("appsync", own["moc"]))[0] == "response"


async def test_events_in_a_row_share_one_database_connection(
    function: Function, event: Any, own: dict[str, str], database: asyncpg.Connection[asyncpg.Record]
) -> None:
    pids = set()
    for _ in range(3):
        function.invoke([event("appsync", own["moc"]) for _ in range(20)])
        pids |= {
            row["pid"]
            for row in await database.fetch(
                "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        }
    assert 1 <= len(pids) <= 3


def test_one_root_field_too_many_is_refused_and_nested_ones_do_not_count(
    environment: dict[str, str], event: Any, own: dict[str, str]
) -> None:
    with Function(
        "gateway.lambdas.appsync.handler", environment | {"RATE_LIMIT_GENERAL": "2/1m", "REDIS_URL": ""}
    ) as one:
        for _ in range(3):
            assert [answer["data"] is None for answer in one.invoke(event("appsync_batch", own["album"]))[1]] == [
                False,
                False,
            ]
        kinds = [one.invoke(event("appsync", own["moc"]))[0] for _ in range(2)]
        assert kinds == ["response", "response"]
        kind, error = one.invoke(event("appsync", own["moc"]))
    assert (kind, error["errorType"]) == ("error", "TOO_MANY_REQUESTS")
