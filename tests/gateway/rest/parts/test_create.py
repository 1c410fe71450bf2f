"""POST /api/mocs/{id}/parts-lists (contract section 2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

UNKNOWN = "00000000-0000-4000-8000-000000000000"


async def test_a_list_is_created_with_what_was_given(
    alice: httpx.AsyncClient,
    create: Callable[..., Any],
    add_file: Callable[..., Any],
    stored_lists: Callable[[], Any],
) -> None:
    moc = await create()
    sent = {
        "title": "Main build",
        "description": "Stage one",
        "fileId": await add_file(moc),
        "totalPartsCount": "812",
        "costEstimate": "249.90",
        "notes": "Missing: 12 of 3001 “red”",
    }
    answer = await alice.post(f"/api/mocs/{moc['id']}/parts-lists", json=sent)
    body = answer.json()
    assert (answer.status_code, body["success"], body["statusCode"]) == (201, True, 201)
    assert body["message"] == "Parts list created successfully"
    data = body["data"]
    assert body["partsList"] == data
    assert data == sent | {
        "id": data["id"],
        "mocId": moc["id"],
        "built": False,
        "purchased": False,
        "inventoryPercentage": "0.00",
        "acquiredPartsCount": "0",
        "actualCost": None,
        "createdAt": data["createdAt"],
        "updatedAt": data["createdAt"],
    }
    (row,) = await stored_lists()
    assert (str(row["id"]), str(row["moc_id"]), row["title"], row["total_parts_count"], row["cost_estimate"]) == (
        data["id"],
        moc["id"],
        "Main build",
        "812",
        "249.90",
    )
    assert (row["built"], row["purchased"], row["inventory_percentage"], row["acquired_parts_count"]) == (
        False,
        False,
        "0.00",
        "0",
    )


async def test_a_title_is_enough(create: Callable[..., Any], add: Callable[..., Any]) -> None:
    data = await add(await create(), title="Only a title")
    assert [data[name] for name in ("description", "fileId", "totalPartsCount", "costEstimate", "notes")] == [None] * 5


async def test_creating_a_list_leaves_the_moc_as_it_is(
    create: Callable[..., Any], add: Callable[..., Any], stored: Callable[[str], Any]
) -> None:
    moc = await create()
    before = await stored(moc["id"])
    await add(moc, totalPartsCount="5")
    assert await stored(moc["id"]) == before


@pytest.mark.parametrize(
    ("sent", "kept"),
    [("812", "812"), (812, "812"), (812.0, "812"), ("0", "0"), ("12345678901234567890", "12345678901234567890")],
)
async def test_a_count_may_be_text_or_a_number(
    create: Callable[..., Any], add: Callable[..., Any], sent: Any, kept: str
) -> None:
    assert (await add(await create(), totalPartsCount=sent))["totalPartsCount"] == kept


@pytest.mark.parametrize(("sent", "kept"), [("49.90", "49.90"), (49.9, "49.9"), (50, "50"), ("0.01", "0.01")])
async def test_a_cost_may_be_text_or_a_number(
    create: Callable[..., Any], add: Callable[..., Any], sent: Any, kept: str
) -> None:
    assert (await add(await create(), costEstimate=sent))["costEstimate"] == kept


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("title", "", "must have 1 to 255 characters, has 0"),
        ("title", "t" * 256, "must have 1 to 255 characters, has 256"),
        ("title", " \t", "must not be blank"),
        ("title", "a\0b", "must not contain the NUL character"),
        ("title", 5, "must be a string, is 5"),
        ("title", None, "must not be null"),
        ("description", "d" * 2001, "must have at most 2000 characters, has 2001"),
        ("description", ["d"], "must be a string, is ['d']"),
        ("notes", "n" * 2001, "must have at most 2000 characters, has 2001"),
        ("notes", "a\0b", "must not contain the NUL character"),
        ("fileId", "not-an-id", "must be a UUID, is 'not-an-id'"),
        ("fileId", "", "must be a UUID, is ''"),
        ("fileId", 5, "must be a UUID, is '5'"),
        ("totalPartsCount", "-1", "must be a whole number of 0 or more, is '-1'"),
        ("totalPartsCount", -1, "must be a whole number of 0 or more, is '-1'"),
        ("totalPartsCount", "12.5", "must be a whole number of 0 or more, is '12.5'"),
        ("totalPartsCount", "", "must be a whole number of 0 or more, is ''"),
        ("totalPartsCount", "many", "must be a whole number of 0 or more, is 'many'"),
        ("totalPartsCount", "٣", "must be a whole number of 0 or more, is '٣'"),
        ("totalPartsCount", True, "must be a string or a number, is true"),
        ("totalPartsCount", {"n": 1}, "must be a string or a number, is {'n': 1}"),
        ("costEstimate", "-0.01", "must be a number of 0 or more, such as 49.99, is '-0.01'"),
        ("costEstimate", "€5", "must be a number of 0 or more, such as 49.99, is '€5'"),
        ("costEstimate", "1,50", "must be a number of 0 or more, such as 49.99, is '1,50'"),
        ("costEstimate", "1e3", "must be a number of 0 or more, such as 49.99, is '1e3'"),
        ("costEstimate", "NaN", "must be a number of 0 or more, such as 49.99, is 'NaN'"),
        ("costEstimate", [5], "must be a string or a number, is [5]"),
    ],
)
async def test_a_wrong_value_is_named_and_creates_nothing(
    alice: httpx.AsyncClient,
    create: Callable[..., Any],
    stored_lists: Callable[[], Any],
    field: str,
    value: Any,
    message: str,
) -> None:
    moc = await create()
    answer = await alice.post(f"/api/mocs/{moc['id']}/parts-lists", json={"title": "x", field: value})
    assert (answer.status_code, answer.json()["code"]) == (400, "VALIDATION_ERROR")
    assert answer.json()["details"] == [{"field": field, "path": [field], "message": message}]
    assert await stored_lists() == []


async def test_every_wrong_field_is_named_at_once(alice: httpx.AsyncClient, create: Callable[..., Any]) -> None:
    moc = await create()
    sent = {"title": "", "notes": "n" * 2001, "fileId": "x", "totalPartsCount": "x", "costEstimate": "x"}
    answer = await alice.post(f"/api/mocs/{moc['id']}/parts-lists", json=sent)
    assert [detail["field"] for detail in answer.json()["details"]] == list(sent)
    empty = await alice.post(f"/api/mocs/{moc['id']}/parts-lists", json={})
    assert empty.json()["details"] == [{"field": "title", "path": ["title"], "message": "is required"}]


async def test_values_at_the_limits_are_accepted(create: Callable[..., Any], add: Callable[..., Any]) -> None:
    sent = {"title": "t" * 255, "description": "d" * 2000, "notes": "n" * 2000}
    data = await add(await create(), **sent)
    assert {name: data[name] for name in sent} == sent


async def test_odd_but_valid_text_is_kept_byte_for_byte(create: Callable[..., Any], add: Callable[..., Any]) -> None:
    sent = {"title": "Schloß <i>🏰</i> قلعة", "description": "'; DROP TABLE x--", "notes": "\"'\\\n\t👩‍👩‍👧‍👦"}
    data = await add(await create(), **sent)
    assert {name: data[name] for name in sent} == sent


async def test_fields_that_a_client_may_not_set_are_ignored(
    create: Callable[..., Any], add: Callable[..., Any]
) -> None:
    moc = await create()
    data = await add(moc, id=UNKNOWN, mocId=UNKNOWN, built=True, createdAt="2000-01-01T00:00:00.000Z", parts=[{"x": 1}])
    assert data["id"] != UNKNOWN
    assert (data["mocId"], data["built"]) == (moc["id"], False)
    assert data["createdAt"] > "2026"


async def test_a_file_must_exist_be_ones_own_and_of_the_same_moc(
    alice: httpx.AsyncClient,
    bob: httpx.AsyncClient,
    create: Callable[..., Any],
    add_file: Callable[..., Any],
    stored_lists: Callable[[], Any],
) -> None:
    moc, other, foreign = await create(), await create(title="Other"), await create(bob)
    cases = {
        UNKNOWN: (404, "NOT_FOUND", "File not found"),
        await add_file(other): (404, "NOT_FOUND", "File not found: it belongs to another of your MOCs"),
        await add_file(foreign): (403, "FORBIDDEN", "This file belongs to another user"),
    }
    for file_id, expected in cases.items():
        answer = await alice.post(f"/api/mocs/{moc['id']}/parts-lists", json={"title": "x", "fileId": file_id})
        assert (answer.status_code, answer.json()["code"], answer.json()["message"]) == expected
    assert await stored_lists() == []


BODIES = pytest.mark.parametrize("content", [b'{"title": "x"}', b'{"title": 5}', b'{"title": ""}', b"{broken"])


@BODIES
async def test_another_users_moc_gets_no_list_whatever_is_sent(
    bob: httpx.AsyncClient, create: Callable[..., Any], stored_lists: Callable[[], Any], content: bytes
) -> None:
    path = f"/api/mocs/{(await create())['id']}/parts-lists"
    answer = await bob.post(path, content=content, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (403, "FORBIDDEN")
    assert await stored_lists() == []


@BODIES
@pytest.mark.parametrize("moc_id", [UNKNOWN, "12345", "%00"])
async def test_an_unknown_moc_is_not_found_whatever_is_sent(
    alice: httpx.AsyncClient, moc_id: str, content: bytes
) -> None:
    path = f"/api/mocs/{moc_id}/parts-lists"
    answer = await alice.post(path, content=content, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["code"], answer.json()["message"]) == (404, "NOT_FOUND", "MOC not found")


async def test_graphql_creates_the_same(graphql: Callable[..., Any], create: Callable[..., Any]) -> None:
    moc = await create()
    document = """mutation($id: ID!, $input: CreatePartsListInput!) {
      createPartsList(mocId: $id, input: $input) { mocId title totalPartsCount costEstimate built parts { partId } }
    }"""
    sent = {"title": "By graph", "totalPartsCount": 12, "costEstimate": "1.50"}
    answer = await graphql(document, {"id": moc["id"], "input": sent})
    assert answer["data"]["createPartsList"] == {
        "mocId": moc["id"],
        "title": "By graph",
        "totalPartsCount": "12",
        "costEstimate": "1.50",
        "built": False,
        "parts": [],
    }
    refused = await graphql(document, {"id": moc["id"], "input": {"title": "", "totalPartsCount": "-1"}})
    assert (refused["data"], refused["errors"][0]["extensions"]["code"]) == (
        {"createPartsList": None},
        "VALIDATION_ERROR",
    )
    assert [detail["field"] for detail in refused["errors"][0]["extensions"]["details"]] == ["title", "totalPartsCount"]
    unknown = await graphql(document, {"id": UNKNOWN, "input": sent})
    assert unknown["errors"][0]["extensions"]["code"] == "NOT_FOUND"


async def test_graphql_takes_numbers_written_in_the_document(
    graphql: Callable[..., Any], create: Callable[..., Any]
) -> None:
    moc = await create()
    document = """mutation { createPartsList(mocId: "%s", input: {title: "x", totalPartsCount: 7, costEstimate: %s}) {
      totalPartsCount costEstimate
    } }"""
    answer = await graphql(document % (moc["id"], "7.25"))
    assert answer["data"]["createPartsList"] == {"totalPartsCount": "7", "costEstimate": "7.25"}


async def test_nobody_creates_without_signing_in(
    anonymous: httpx.AsyncClient, create: Callable[..., Any], stored_lists: Callable[[], Any]
) -> None:
    answer = await anonymous.post(f"/api/mocs/{(await create())['id']}/parts-lists", json={"title": "x"})
    assert (answer.status_code, answer.json()["code"]) == (401, "UNAUTHORIZED")
    assert await stored_lists() == []
