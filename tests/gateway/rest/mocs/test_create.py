"""POST /api/mocs (PRD 2.4)."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    import asyncpg
    import httpx

    from gateway.dev.aws import Aws

MOC = {"type": "moc", "title": "Windmill", "author": "Alice Brick", "partsCount": 812}
SET = {"type": "set", "title": "Titanic", "brand": "LEGO", "setNumber": "10294"}
UNKNOWN = "00000000-0000-4000-8000-000000000000"


def wrong(answer: httpx.Response) -> dict[str, str]:
    """The wrong fields of a 400, by their paths."""
    body = answer.json()
    assert (answer.status_code, body["code"], body["success"]) == (400, "VALIDATION_ERROR", False)
    assert body["details"] == body["error"]["details"]
    return {".".join(map(str, detail["path"])): detail["message"] for detail in body["details"]}


async def count(database: asyncpg.Connection[asyncpg.Record]) -> int:
    number: int = await database.fetchval("SELECT count(*) FROM moc_instructions")
    return number


@pytest.mark.prd("2.4.6")
async def test_a_moc_and_what_follows_from_it_are_one_transaction(
    alice: httpx.AsyncClient, database: asyncpg.Connection[asyncpg.Record]
) -> None:
    """The statement is a transaction by itself, the triggers' rows in the outbox included."""
    await database.execute("ALTER TABLE outbox ADD CONSTRAINT no CHECK (false) NOT VALID")
    try:
        assert (await alice.post("/api/mocs", json=MOC)).status_code == 500
    finally:
        await database.execute("ALTER TABLE outbox DROP CONSTRAINT no")
    assert await count(database) == 0
    assert (await alice.post("/api/mocs", json=MOC)).status_code == 201
    assert await database.fetchval("SELECT count(*) FROM outbox WHERE payload ->> 'table' = 'moc_instructions'") == 1


@pytest.mark.prd("2.4.4")
@pytest.mark.prd("2.4.6")
@pytest.mark.prd("2.4.9")
async def test_a_moc_is_created_as_the_callers_own(
    alice: httpx.AsyncClient, aws: Aws, database: asyncpg.Connection[asyncpg.Record]
) -> None:
    sent = MOC | {"theme": "Windmills", "tags": ["mill", "wind"], "uploadedDate": "2024-01-10T01:00:00+01:00"}
    answer = await alice.post("/api/mocs", json=sent)
    body = answer.json()
    assert (answer.status_code, body["success"], body["statusCode"]) == (201, True, 201)
    moc = body["data"]
    assert body["moc"] == moc
    assert {name: moc[name] for name in sent} == sent | {"uploadedDate": "2024-01-10T00:00:00.000Z"}
    assert (moc["userId"], moc["createdAt"]) == (aws.users["alice"].sub, moc["updatedAt"])
    row = await database.fetchrow("SELECT * FROM moc_instructions")
    assert row is not None
    assert (str(row["id"]), row["user_id"], row["title"], json.loads(row["tags"])) == (
        moc["id"],
        aws.users["alice"].sub,
        "Windmill",
        ["mill", "wind"],
    )


async def test_a_set_is_created(alice: httpx.AsyncClient) -> None:
    answer = await alice.post("/api/mocs", json=SET | {"releaseYear": 2021, "retired": False})
    moc = answer.json()["data"]
    assert (answer.status_code, moc["type"], moc["setNumber"], moc["releaseYear"], moc["retired"]) == (
        201,
        "set",
        "10294",
        2021,
        False,
    )
    assert (moc["author"], moc["partsCount"], moc["tags"]) == (None, None, None)


@pytest.mark.prd("2.4.1")
@pytest.mark.prd("2.4.2")
@pytest.mark.prd("2.4.11")
async def test_every_missing_field_is_named(
    alice: httpx.AsyncClient, database: asyncpg.Connection[asyncpg.Record]
) -> None:
    assert wrong(await alice.post("/api/mocs", json={})) == {"title": "is required", "type": "is required"}
    assert wrong(await alice.post("/api/mocs", json={"title": "x", "type": "moc"})) == {
        "author": "is required for a moc",
        "partsCount": "is required for a moc",
    }
    assert wrong(await alice.post("/api/mocs", json={"title": None, "type": "set"})) == {"title": "must not be null"}
    assert await count(database) == 0


@pytest.mark.prd("2.4.3")
async def test_fields_of_the_other_type_are_refused(
    alice: httpx.AsyncClient, database: asyncpg.Connection[asyncpg.Record]
) -> None:
    assert wrong(await alice.post("/api/mocs", json=MOC | {"brand": "LEGO", "releaseYear": 2020, "retired": True})) == {
        "brand": "does not apply to a moc",
        "releaseYear": "does not apply to a moc",
        "retired": "does not apply to a moc",
    }
    assert wrong(await alice.post("/api/mocs", json=SET | {"author": "A", "partsCount": 1})) == {
        "author": "does not apply to a set",
        "partsCount": "does not apply to a set",
    }
    assert wrong(await alice.post("/api/mocs", json={"type": "set", "title": "x"})) == {
        "brand": "is required for a set",
        "setNumber": "is required for a set",
    }
    assert await count(database) == 0


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("title", "", "must have 1 to 255 characters, has 0"),
        ("title", "t" * 256, "must have 1 to 255 characters, has 256"),
        ("title", "   ", "must not be blank"),
        ("title", 5, "must be a string, is 5"),
        ("title", "a\0b", "must not contain the NUL character"),
        ("description", "d" * 2001, "must have at most 2000 characters, has 2001"),
        ("partsCount", 0, "must be from 1 to 2147483647, is 0"),
        ("partsCount", "12", "must be a whole number, is '12'"),
        ("partsCount", 2**31, "must be from 1 to 2147483647, is 2147483648"),
        ("partsCount", True, "must be a whole number, is true"),
        ("title", False, "must be a string, is false"),
        ("partsCount", 1.5, "must be a whole number, is 1.5"),
        ("tags", "castle", "must be an array, is a string"),
        ("tags", ["t"] * 21, "must be at most 20, are 21"),
        ("uploadedDate", "yesterday", "DateTime must be ISO-8601 such as 2024-01-31T12:00:00.000Z, is 'yesterday'"),
        ("uploadedDate", 5, "DateTime must be ISO-8601 text, is 5"),
        ("type", "lego", "must be one of moc, set, is 'lego'"),
    ],
)
async def test_a_wrong_value_is_named_and_changes_nothing(
    alice: httpx.AsyncClient,
    database: asyncpg.Connection[asyncpg.Record],
    field: str,
    value: Any,
    message: str,
) -> None:
    assert wrong(await alice.post("/api/mocs", json=MOC | {field: value})) == {field: message}
    assert await count(database) == 0


async def test_a_wrong_tag_is_named_by_its_place(alice: httpx.AsyncClient) -> None:
    assert wrong(await alice.post("/api/mocs", json=MOC | {"tags": ["ok", "", "t" * 51]})) == {
        "tags.1": "must have 1 to 50 characters, has 0",
        "tags.2": "must have 1 to 50 characters, has 51",
    }
    assert wrong(await alice.post("/api/mocs", json={"title": 5, "tags": "castle"})) == {
        "tags": "must be an array, is a string",
        "title": "must be a string, is 5",
        "type": "is required",
    }
    assert wrong(await alice.post("/api/mocs", json=MOC | {"tags": ["ok", 5]})) == {"tags.1": "must be a string, is 5"}


async def test_values_at_the_limits_are_accepted(alice: httpx.AsyncClient) -> None:
    sent = MOC | {"title": "t" * 255, "description": "d" * 2000, "tags": ["t" * 50] * 20, "partsCount": 2**31 - 1}
    answer = await alice.post("/api/mocs", json=sent)
    assert answer.status_code == 201
    assert {name: answer.json()["data"][name] for name in sent} == sent


@pytest.mark.prd("2.4.5")
@pytest.mark.prd("2.4.10")
async def test_a_title_is_unique_for_its_user_alone(
    alice: httpx.AsyncClient, bob: httpx.AsyncClient, database: asyncpg.Connection[asyncpg.Record]
) -> None:
    assert (await alice.post("/api/mocs", json=MOC)).status_code == 201
    answer = await alice.post("/api/mocs", json=MOC | {"partsCount": 1})
    assert (answer.status_code, answer.json()["code"]) == (409, "CONFLICT")
    assert answer.json()["message"] == "You already have a MOC titled 'Windmill'; titles are unique"
    assert (await bob.post("/api/mocs", json=MOC)).status_code == 201
    assert await count(database) == 2


@pytest.mark.prd("2.4.5")
async def test_of_doubles_in_a_race_exactly_one_wins(
    alice: httpx.AsyncClient, database: asyncpg.Connection[asyncpg.Record]
) -> None:
    answers = await asyncio.gather(*(alice.post("/api/mocs", json=MOC) for _ in range(12)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 11
    assert await count(database) == 1


async def test_odd_but_valid_text_is_kept_byte_for_byte(alice: httpx.AsyncClient) -> None:
    title = "Žižkov <i>věž</i> 🗼 قلعة \"'\\\n\t👩‍👩‍👧‍👦"
    created = (await alice.post("/api/mocs", json=MOC | {"title": title, "tags": ["城", "'; DROP TABLE x--"]})).json()[
        "data"
    ]
    read = (await alice.get(f"/api/mocs/{created['id']}")).json()["data"]
    assert (read["title"], read["tags"]) == (title, ["城", "'; DROP TABLE x--"])


async def test_fields_that_a_client_may_not_set_are_ignored(alice: httpx.AsyncClient, aws: Aws) -> None:
    forged = {"id": UNKNOWN, "userId": "someone", "createdAt": "2000-01-01T00:00:00.000Z", "totalPieceCount": 9, "x": 1}
    moc = (await alice.post("/api/mocs", json=MOC | forged | {"thumbnailUrl": "/x.png"})).json()["data"]
    assert moc["id"] != UNKNOWN
    assert (moc["userId"], moc["thumbnailUrl"], moc["totalPieceCount"]) == (aws.users["alice"].sub, None, None)
    assert moc["createdAt"] > "2026"


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b'{"title": "x",', 400, "BAD_REQUEST"),
        (b"[]", 400, "BAD_REQUEST"),
        (b'"text"', 400, "BAD_REQUEST"),
        (b"null", 400, "BAD_REQUEST"),
        (b'{"title": "\xff\xfe"}', 400, "BAD_REQUEST"),
        (b'{"title": "\\ud800"}', 400, "BAD_REQUEST"),
        (b'{"a":' * 5000 + b"1" + b"}" * 5000, 400, "BAD_REQUEST"),
        (b'{"title": "' + b"x" * 10 * 1024 * 1024 + b'"}', 413, "PAYLOAD_TOO_LARGE"),
        (b"", 400, "VALIDATION_ERROR"),
    ],
    ids=["cut off", "array", "string", "null", "broken UTF-8", "lone surrogate", "deep", "10 MB", "empty"],
)
async def test_a_body_that_is_no_json_object_is_one_clear_error(
    alice: httpx.AsyncClient,
    database: asyncpg.Connection[asyncpg.Record],
    content: bytes,
    status: int,
    code: str,
) -> None:
    answer = await alice.post("/api/mocs", content=content, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert await count(database) == 0


async def test_a_body_without_a_declared_length_is_bounded_too(alice: httpx.AsyncClient) -> None:
    async def endless() -> Any:
        for _ in range(11):
            yield b"x" * 1024 * 1024

    answer = await alice.post("/api/mocs", content=endless(), headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (413, "PAYLOAD_TOO_LARGE")


async def test_a_body_of_another_type_is_unsupported(alice: httpx.AsyncClient) -> None:
    answer = await alice.post("/api/mocs", content=b"title=x", headers={"content-type": "text/plain"})
    assert (answer.status_code, answer.json()["code"]) == (415, "UNSUPPORTED_MEDIA_TYPE")


async def test_nobody_creates_without_signing_in(
    anonymous: httpx.AsyncClient, database: asyncpg.Connection[asyncpg.Record]
) -> None:
    answer = await anonymous.post("/api/mocs", json=MOC)
    assert (answer.status_code, answer.json()["code"]) == (401, "UNAUTHORIZED")
    assert await count(database) == 0


async def test_graphql_creates_the_same(graphql: Callable[..., Any]) -> None:
    document = "mutation($input: CreateMocInput!) { createMoc(input: $input) { title type tags files { id } } }"
    answer = await graphql(document, {"input": MOC | {"tags": "one"}})
    assert answer["data"]["createMoc"] == {"title": "Windmill", "type": "moc", "tags": ["one"], "files": []}
    again = await graphql(document, {"input": MOC})
    assert again["errors"][0]["extensions"]["code"] == "CONFLICT"
    refused = await graphql(document, {"input": MOC | {"title": "", "partsCount": 0, "brand": "x"}})
    assert [detail["field"] for detail in refused["errors"][0]["extensions"]["details"]] == [
        "brand",
        "title",
        "partsCount",
    ]
    mistyped = await graphql(document, {"input": {"title": 5, "type": "moc", "bogus": 1}})
    assert mistyped["errors"][0]["extensions"]["code"] == "VALIDATION_ERROR"
    assert [detail["path"] for detail in mistyped["errors"][0]["extensions"]["details"]] == [
        ["title"],
        ["bogus"],
    ]
