"""PATCH and PUT /api/mocs/{id}/parts-lists/{partsListId} and .../status (contract section 2)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from gateway.rest import conditions

if TYPE_CHECKING:
    from collections.abc import Callable

    import asyncpg
    import httpx

UNKNOWN = "00000000-0000-4000-8000-000000000000"
BOTH = pytest.mark.parametrize("ending", ["", "/status"], ids=["list", "status"])


def path_of(parts_list: dict[str, Any], ending: str = "") -> str:
    return f"/api/mocs/{parts_list['mocId']}/parts-lists/{parts_list['id']}{ending}"


@pytest.fixture
async def made(create: Callable[..., Any], add: Callable[..., Any]) -> dict[str, Any]:
    """A parts list of alice's with all that can be given."""
    data: dict[str, Any] = await add(
        await create(), description="Stage one", totalPartsCount="812", costEstimate="249.90", notes="Red"
    )
    return data


async def test_only_what_is_given_changes(alice: httpx.AsyncClient, made: dict[str, Any]) -> None:
    answer = await alice.patch(path_of(made), json={"title": "Second", "costEstimate": 260})
    body = answer.json()
    assert (answer.status_code, body["success"], body["message"]) == (200, True, "Parts list updated successfully")
    updated = body["data"]
    assert updated == made | {"title": "Second", "costEstimate": "260", "updatedAt": updated["updatedAt"]}
    assert updated["updatedAt"] > made["updatedAt"]
    assert body["partsList"] == updated
    assert (await alice.get(path_of(made))).json()["data"] == updated | {"parts": []}


async def test_the_status_changes_and_nothing_else(alice: httpx.AsyncClient, made: dict[str, Any]) -> None:
    status = {
        "built": True,
        "purchased": True,
        "inventoryPercentage": "47.50",
        "acquiredPartsCount": "386",
        "actualCost": "231.15",
        "notes": "Found in the attic",
    }
    answer = await alice.patch(path_of(made, "/status"), json=status | {"title": "Ignored"})
    body = answer.json()
    assert (answer.status_code, body["message"]) == (200, "Parts list status updated successfully")
    updated = body["data"]
    assert updated == made | status | {"updatedAt": updated["updatedAt"]}
    assert updated["updatedAt"] > made["updatedAt"]
    assert body["partsList"] == updated
    partly = (await alice.patch(path_of(made, "/status"), json={"built": False})).json()["data"]
    assert partly == updated | {"built": False, "updatedAt": partly["updatedAt"]}


@BOTH
async def test_put_is_an_alias(alice: httpx.AsyncClient, made: dict[str, Any], ending: str) -> None:
    answer = await alice.put(path_of(made, ending), json={"notes": "By PUT"})
    assert (answer.status_code, answer.json()["data"]["notes"]) == (200, "By PUT")


async def test_the_status_is_not_changed_by_way_of_the_list(alice: httpx.AsyncClient, made: dict[str, Any]) -> None:
    sent = {"built": True, "purchased": True, "inventoryPercentage": "1.00", "actualCost": "1"}
    updated = (await alice.patch(path_of(made), json=sent)).json()["data"]
    assert updated == made | {"updatedAt": updated["updatedAt"]}


async def test_null_clears_what_may_be_empty(
    alice: httpx.AsyncClient, made: dict[str, Any], add_file: Callable[..., Any]
) -> None:
    file_id = await add_file({"id": made["mocId"]})
    assert (await alice.patch(path_of(made), json={"fileId": file_id})).json()["data"]["fileId"] == file_id
    cleared = dict.fromkeys(("description", "fileId", "totalPartsCount", "costEstimate", "notes"))
    data = (await alice.patch(path_of(made), json=cleared)).json()["data"]
    assert {name: data[name] for name in cleared} == cleared
    await alice.patch(path_of(made, "/status"), json={"actualCost": "5", "notes": "x"})
    status = (await alice.patch(path_of(made, "/status"), json={"actualCost": None, "notes": None})).json()["data"]
    assert (status["actualCost"], status["notes"]) == (None, None)


@BOTH
async def test_an_empty_update_only_counts_up(alice: httpx.AsyncClient, made: dict[str, Any], ending: str) -> None:
    touched = (await alice.patch(path_of(made, ending), json={})).json()["data"]
    assert touched == made | {"updatedAt": touched["updatedAt"]}
    assert touched["updatedAt"] > made["updatedAt"]


@pytest.mark.parametrize(
    ("sent", "kept"),
    [("0", "0.00"), ("100.00", "100.00"), (100, "100.00"), ("47.5", "47.50"), (33.33, "33.33"), ("007.10", "7.10")],
)
async def test_a_percentage_is_kept_with_two_decimals(
    alice: httpx.AsyncClient, made: dict[str, Any], sent: Any, kept: str
) -> None:
    answer = await alice.patch(path_of(made, "/status"), json={"inventoryPercentage": sent})
    assert (answer.status_code, answer.json()["data"]["inventoryPercentage"]) == (200, kept)


_PERCENTAGE = "must be from 0.00 to 100.00, at most two decimals, is "
_COUNT = "must be a whole number of 0 or more, is "
_COST = "must be a number of 0 or more, such as 49.99, is "


@pytest.mark.parametrize(
    ("ending", "field", "value", "message"),
    [
        ("", "title", None, "must not be null"),
        ("", "title", "", "must have 1 to 255 characters, has 0"),
        ("", "title", 5, "must be a string, is 5"),
        ("", "description", "d" * 2001, "must have at most 2000 characters, has 2001"),
        ("", "notes", "n" * 2001, "must have at most 2000 characters, has 2001"),
        ("", "fileId", "x", "must be a UUID, is 'x'"),
        ("", "totalPartsCount", "-5", f"{_COUNT}'-5'"),
        ("", "costEstimate", "free", f"{_COST}'free'"),
        ("/status", "built", None, "must not be null"),
        ("/status", "built", "yes", "must be true or false, is 'yes'"),
        ("/status", "purchased", None, "must not be null"),
        ("/status", "purchased", 1, "must be true or false, is 1"),
        ("/status", "inventoryPercentage", None, "must not be null"),
        ("/status", "inventoryPercentage", "100.01", f"{_PERCENTAGE}'100.01'"),
        ("/status", "inventoryPercentage", "-1", f"{_PERCENTAGE}'-1'"),
        ("/status", "inventoryPercentage", "33.333", f"{_PERCENTAGE}'33.333'"),
        ("/status", "inventoryPercentage", "", f"{_PERCENTAGE}''"),
        ("/status", "inventoryPercentage", "47.50%", f"{_PERCENTAGE}'47.50%'"),
        ("/status", "inventoryPercentage", False, "must be a string or a number, is false"),
        ("/status", "acquiredPartsCount", None, "must not be null"),
        ("/status", "acquiredPartsCount", 1.5, f"{_COUNT}'1.5'"),
        ("/status", "actualCost", "-1", f"{_COST}'-1'"),
        ("/status", "notes", "n" * 2001, "must have at most 2000 characters, has 2001"),
    ],
)
async def test_a_wrong_value_is_named_and_changes_nothing(
    alice: httpx.AsyncClient,
    made: dict[str, Any],
    stored_lists: Callable[[], Any],
    ending: str,
    field: str,
    value: Any,
    message: str,
) -> None:
    before = await stored_lists()
    answer = await alice.patch(path_of(made, ending), json={field: value})
    assert (answer.status_code, answer.json()["code"]) == (400, "VALIDATION_ERROR")
    assert answer.json()["details"] == [{"field": field, "path": [field], "message": message}]
    assert await stored_lists() == before


async def test_a_file_must_exist_be_ones_own_and_of_the_same_moc(
    alice: httpx.AsyncClient,
    bob: httpx.AsyncClient,
    made: dict[str, Any],
    create: Callable[..., Any],
    add_file: Callable[..., Any],
    stored_lists: Callable[[], Any],
) -> None:
    before = await stored_lists()
    other, foreign = await create(title="Other"), await create(bob)
    for file_id, status in {UNKNOWN: 404, await add_file(other): 404, await add_file(foreign): 403}.items():
        answer = await alice.patch(path_of(made), json={"title": "x", "fileId": file_id})
        assert answer.status_code == status, answer.text
    assert await stored_lists() == before


BODIES = pytest.mark.parametrize(
    "content", [b'{"notes": "x"}', b'{"notes": 5}', b'{"notes": "\\u0000"}', b"[]", b"{broken"]
)


@BOTH
@BODIES
async def test_another_users_list_is_forbidden_whatever_is_sent(
    bob: httpx.AsyncClient, made: dict[str, Any], stored_lists: Callable[[], Any], ending: str, content: bytes
) -> None:
    before = await stored_lists()
    headers = {"content-type": "application/json", "if-match": '"stale"'}
    for list_id in (made["id"], UNKNOWN, "not-an-id"):
        answer = await bob.patch(path_of(made | {"id": list_id}, ending), content=content, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "FORBIDDEN")
        assert "Stage one" not in answer.text
    assert await stored_lists() == before


@BOTH
@BODIES
async def test_what_is_not_there_is_not_found_whatever_is_sent(
    alice: httpx.AsyncClient,
    made: dict[str, Any],
    create: Callable[..., Any],
    stored_lists: Callable[[], Any],
    ending: str,
    content: bytes,
) -> None:
    before = await stored_lists()
    other = await create(title="Other")
    headers = {"content-type": "application/json", "if-match": '"stale"'}
    for moc_id, list_id, missing in (
        (UNKNOWN, made["id"], "MOC not found"),
        ("12345", made["id"], "MOC not found"),
        (made["mocId"], UNKNOWN, "Parts list not found"),
        (made["mocId"], "not-an-id", "Parts list not found"),
        (other["id"], made["id"], "Parts list not found"),
    ):
        path = path_of({"mocId": moc_id, "id": list_id}, ending)
        answer = await alice.patch(path, content=content, headers=headers)
        assert (answer.status_code, answer.json()["message"]) == (404, missing)
    assert await stored_lists() == before


@BOTH
async def test_an_update_of_a_version_that_no_longer_holds_changes_nothing(
    alice: httpx.AsyncClient, made: dict[str, Any], stored_lists: Callable[[], Any], ending: str
) -> None:
    etag = (await alice.get(path_of(made))).headers["etag"]
    first = await alice.patch(path_of(made, ending), json={"notes": "First"}, headers={"if-match": etag})
    assert first.status_code == 200
    latest = await alice.patch(path_of(made), json={"title": "Third"}, headers={"if-match": first.headers["etag"]})
    assert latest.status_code == 200
    before = await stored_lists()
    changed = latest.json()["data"]["updatedAt"]
    for stale, sentence in (
        (etag, f"This parts list was changed at {changed}, after the version that you saw; read it again"),
        ('"never-given-out"', conditions.NO_TAG),
    ):
        answer = await alice.patch(path_of(made, ending), json={"notes": "Second"}, headers={"if-match": stale})
        assert (answer.status_code, answer.json()["code"]) == (412, "PRECONDITION_FAILED")
        assert answer.json()["message"] == sentence
    assert await stored_lists() == before


async def test_of_updates_that_saw_the_same_version_exactly_one_wins(
    alice: httpx.AsyncClient, made: dict[str, Any]
) -> None:
    etag = (await alice.get(path_of(made))).headers["etag"]
    answers = await asyncio.gather(
        *(
            alice.patch(
                path_of(made, "/status" if number % 2 else ""),
                json={"notes": f"Writer {number}"},
                headers={"if-match": etag},
            )
            for number in range(10)
        )
    )
    assert sorted(answer.status_code for answer in answers) == [200] + [412] * 9
    winner = next(answer for answer in answers if answer.status_code == 200)
    read = (await alice.get(path_of(made))).json()["data"]
    assert read == winner.json()["data"] | {"parts": []}


async def test_an_update_waits_for_one_of_the_legacy_service_and_sees_it(
    alice: httpx.AsyncClient, made: dict[str, Any], database: asyncpg.Connection[asyncpg.Record]
) -> None:
    etag = (await alice.get(path_of(made))).headers["etag"]
    async with database.transaction():
        await database.execute("UPDATE moc_parts_lists SET notes = 'Legacy', updated_at = '2100-01-01'")
        waiting = asyncio.create_task(alice.patch(path_of(made), json={"notes": "Lost"}, headers={"if-match": etag}))
        await asyncio.wait({waiting}, timeout=0.5)
        assert not waiting.done()
    answer = await waiting
    assert (answer.status_code, answer.json()["code"]) == (412, "PRECONDITION_FAILED")
    assert (await alice.get(path_of(made))).json()["data"]["notes"] == "Legacy"


@BOTH
async def test_versions_grow_with_every_update_however_fast(
    alice: httpx.AsyncClient,
    made: dict[str, Any],
    database: asyncpg.Connection[asyncpg.Record],
    ending: str,
) -> None:
    answers = await asyncio.gather(*(alice.patch(path_of(made, ending), json={"notes": str(n)}) for n in range(20)))
    versions = {answer.json()["data"]["updatedAt"] for answer in answers}
    assert len(versions) == 20
    await database.execute("UPDATE moc_parts_lists SET updated_at = '2100-01-01 00:00:00'")  # a clock that was ahead
    ahead = (await alice.patch(path_of(made, ending), json={})).json()["data"]
    assert ahead["updatedAt"] == "2100-01-01T00:00:00.001Z"


@pytest.mark.parametrize(
    ("mutation", "kind"),
    [("updatePartsList", "UpdatePartsListInput"), ("updatePartsListStatus", "UpdatePartsListStatusInput")],
)
async def test_graphql_updates_with_the_version_that_was_seen(
    graphql: Callable[..., Any], made: dict[str, Any], bob: httpx.AsyncClient, mutation: str, kind: str
) -> None:
    document = f"""mutation($moc: ID!, $id: ID!, $input: {kind}!, $seen: DateTime) {{
      {mutation}(mocId: $moc, id: $id, input: $input, expectedUpdatedAt: $seen) {{ title notes }}
    }}"""
    variables = {"moc": made["mocId"], "id": made["id"], "input": {"notes": "New"}, "seen": made["updatedAt"]}
    foreign = await graphql(document, variables, client=bob)
    assert (foreign["data"], foreign["errors"][0]["extensions"]["code"]) == ({mutation: None}, "FORBIDDEN")
    updated = await graphql(document, variables)
    assert updated["data"][mutation] == {"title": "Parts", "notes": "New"}
    stale = await graphql(document, variables)
    assert (stale["data"], stale["errors"][0]["extensions"]["code"]) == ({mutation: None}, "PRECONDITION_FAILED")
    refused = await graphql(document, variables | {"input": {"notes": "\0"}, "seen": None})
    assert refused["errors"][0]["extensions"]["details"] == [
        {"field": "notes", "path": ["notes"], "message": "must not contain the NUL character"}
    ]


@BOTH
async def test_nobody_updates_without_signing_in(
    anonymous: httpx.AsyncClient, made: dict[str, Any], stored_lists: Callable[[], Any], ending: str
) -> None:
    before = await stored_lists()
    answer = await anonymous.patch(path_of(made, ending), json={"notes": "x"})
    assert (answer.status_code, answer.json()["code"]) == (401, "UNAUTHORIZED")
    assert await stored_lists() == before
