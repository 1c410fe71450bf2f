"""PATCH and PUT /api/mocs/{id} (PRD 2.5)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    import asyncpg
    import httpx

UNKNOWN = "00000000-0000-4000-8000-000000000000"


@pytest.mark.prd("2.5.1")
@pytest.mark.prd("2.5.4")
@pytest.mark.prd("2.5.9")
async def test_only_what_is_given_changes(alice: httpx.AsyncClient, create: Callable[..., Any]) -> None:
    moc = await create(description="Dutch", tags=["mill"], theme="Windmills")
    answer = await alice.patch(f"/api/mocs/{moc['id']}", json={"title": "Windmill II", "tags": []})
    body = answer.json()
    assert (answer.status_code, body["success"], body["message"]) == (200, True, "MOC metadata updated")
    assert body["data"] == moc | {"title": "Windmill II", "tags": [], "updatedAt": body["data"]["updatedAt"]}
    assert body["data"]["updatedAt"] > moc["updatedAt"]
    assert body["moc"] == body["data"]


async def test_put_is_an_alias(alice: httpx.AsyncClient, create: Callable[..., Any]) -> None:
    moc = await create()
    answer = await alice.put(f"/api/mocs/{moc['id']}", json={"title": "By PUT"})
    assert (answer.status_code, answer.json()["data"]["title"]) == (200, "By PUT")


async def test_null_clears_and_an_empty_patch_only_counts_up(
    alice: httpx.AsyncClient, create: Callable[..., Any]
) -> None:
    moc = await create(description="Dutch", tags=["mill"])
    cleared = (await alice.patch(f"/api/mocs/{moc['id']}", json={"description": None, "tags": None})).json()["data"]
    assert (cleared["description"], cleared["tags"]) == (None, None)
    touched = (await alice.patch(f"/api/mocs/{moc['id']}", json={})).json()["data"]
    assert touched == cleared | {"updatedAt": touched["updatedAt"]}
    assert touched["updatedAt"] > cleared["updatedAt"]


@pytest.mark.prd("2.5.2")
@pytest.mark.prd("2.5.5")
async def test_the_rules_of_the_type_hold(
    alice: httpx.AsyncClient, create: Callable[..., Any], stored: Callable[[str], Any]
) -> None:
    moc = await create()
    before = await stored(moc["id"])
    answer = await alice.patch(
        f"/api/mocs/{moc['id']}",
        json={"type": "set", "brand": "LEGO", "title": "", "author": None, "partsCount": 0, "releaseYear": 1900},
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "VALIDATION_ERROR")
    assert {detail["field"]: detail["message"] for detail in answer.json()["details"]} == {
        "author": "is required for a moc",
        "type": "cannot change; this is a moc",
        "brand": "does not apply to a moc",
        "title": "must have 1 to 255 characters, has 0",
        "partsCount": "must be from 1 to 2147483647, is 0",
        "releaseYear": answer.json()["details"][-1]["message"],
    }
    assert await stored(moc["id"]) == before
    same = await alice.patch(f"/api/mocs/{moc['id']}", json={"type": "moc", "title": "Same type"})
    assert same.status_code == 200
    titleless = await alice.patch(f"/api/mocs/{moc['id']}", json={"title": None})
    assert titleless.json()["details"] == [{"field": "title", "path": ["title"], "message": "is required for a moc"}]


async def test_a_title_of_another_moc_is_a_conflict(
    alice: httpx.AsyncClient, create: Callable[..., Any], stored: Callable[[str], Any]
) -> None:
    await create(title="Taken")
    moc = await create()
    before = await stored(moc["id"])
    answer = await alice.patch(f"/api/mocs/{moc['id']}", json={"title": "Taken"})
    assert (answer.status_code, answer.json()["code"]) == (409, "CONFLICT")
    assert await stored(moc["id"]) == before


@pytest.mark.prd("2.5.3")
@pytest.mark.prd("2.5.10")
@pytest.mark.parametrize("body", [{"title": "Stolen"}, {"title": 5}, {"title": ""}, {"tags": "x"}], ids=str)
async def test_another_users_moc_is_forbidden_whatever_is_sent(
    bob: httpx.AsyncClient, create: Callable[..., Any], stored: Callable[[str], Any], body: dict[str, Any]
) -> None:
    moc = await create()
    before = await stored(moc["id"])
    answer = await bob.patch(f"/api/mocs/{moc['id']}", json=body)
    assert (answer.status_code, answer.json()["code"]) == (403, "FORBIDDEN")
    assert "Windmill" not in answer.text
    assert await stored(moc["id"]) == before


@pytest.mark.prd("2.5.10")
@pytest.mark.parametrize("moc_id", [UNKNOWN, "12345", "not-a-uuid", f"{UNKNOWN}0", "%00", "%2e%2e"])
@pytest.mark.parametrize("content", [b'{"title": "x"}', b'{"title": 5}', b"{broken"])
async def test_an_unknown_id_is_not_found_whatever_is_sent(
    alice: httpx.AsyncClient, moc_id: str, content: bytes
) -> None:
    answer = await alice.patch(f"/api/mocs/{moc_id}", content=content, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")


@pytest.mark.prd("2.5.6")
async def test_an_update_of_a_version_that_no_longer_holds_changes_nothing(
    alice: httpx.AsyncClient, create: Callable[..., Any], stored: Callable[[str], Any]
) -> None:
    moc = await create()
    path = f"/api/mocs/{moc['id']}"
    etag = (await alice.get(path)).headers["etag"]
    first = await alice.patch(path, json={"title": "First"}, headers={"if-match": etag})
    assert first.status_code == 200
    next_one = await alice.patch(path, json={"title": "First again"}, headers={"if-match": first.headers["etag"]})
    assert next_one.status_code == 200
    before = await stored(moc["id"])
    for stale in (etag, '"never-given-out"', "garbage"):
        answer = await alice.patch(path, json={"title": "Second"}, headers={"if-match": stale})
        assert (answer.status_code, answer.json()["code"]) == (412, "PRECONDITION_FAILED")
    assert await stored(moc["id"]) == before
    assert (await alice.patch(path, json={"title": "Any"}, headers={"if-match": "*"})).status_code == 200


@pytest.mark.prd("2.5.6")
async def test_a_tag_of_something_else_is_told_from_one_of_an_older_version(
    alice: httpx.AsyncClient, create: Callable[..., Any], stored: Callable[[str], Any]
) -> None:
    path = f"/api/mocs/{(moc := await create())['id']}"
    listed = (await alice.get("/api/mocs")).headers["etag"]
    before = await stored(moc["id"])
    for method, tag in (("PATCH", listed), ("DELETE", listed), ("PATCH", "garbage")):
        body = {"title": "Second"} if method == "PATCH" else None
        answer = await alice.request(method, path, json=body, headers={"if-match": tag})
        assert (answer.status_code, answer.json()["code"]) == (412, "PRECONDITION_FAILED")
        assert answer.json()["message"] == (
            "If-Match names no version of what is to change: send the ETag with which it was answered by itself, not that of a list"
        )
    assert await stored(moc["id"]) == before
    seen = (await alice.get(path)).headers["etag"]
    changed = (await alice.patch(path, json={})).json()["data"]["updatedAt"]
    answer = await alice.patch(path, json={}, headers={"if-match": seen})
    assert (
        answer.json()["message"] == f"This MOC was changed at {changed}, after the version that you saw; read it again"
    )


@pytest.mark.prd("2.5.6")
async def test_of_several_versions_the_newest_must_be_the_current_one(
    alice: httpx.AsyncClient, create: Callable[..., Any], stored: Callable[[str], Any]
) -> None:
    moc = await create()
    path = f"/api/mocs/{moc['id']}"
    first = (await alice.get(path)).headers["etag"]
    second = (await alice.patch(path, json={})).headers["etag"]
    before = await stored(moc["id"])
    no_date, to_come = 'W/"99999999999999999-0"', 'W/"29991231235959999-0"'
    for stale in (f'"x", {first}', f"{first}, {no_date}", f"{second}, {to_come}", f"*, {first}", ", ,"):
        answer = await alice.patch(path, json={"title": "Stale"}, headers={"if-match": stale})
        assert (answer.status_code, answer.json()["code"]) == (412, "PRECONDITION_FAILED"), stale
    assert await stored(moc["id"]) == before
    for held in ('"x", {}', '{}, "y"', f"{first},{{}}", f"{{}} , {first}", f"{no_date}, {{}}"):
        answer = await alice.patch(path, json={"title": "New"}, headers={"if-match": held.format(second)})
        assert answer.status_code == 200, held
        second = answer.headers["etag"]


@pytest.mark.prd("2.5.6")
async def test_of_updates_that_saw_the_same_version_exactly_one_wins(
    alice: httpx.AsyncClient, create: Callable[..., Any]
) -> None:
    moc = await create()
    path = f"/api/mocs/{moc['id']}"
    etag = (await alice.get(path)).headers["etag"]
    answers = await asyncio.gather(
        *(alice.patch(path, json={"title": f"Writer {number}"}, headers={"if-match": etag}) for number in range(10))
    )
    assert sorted(answer.status_code for answer in answers) == [200] + [412] * 9
    winner = next(answer for answer in answers if answer.status_code == 200)
    assert (await alice.get(path)).json()["data"]["title"] == winner.json()["data"]["title"]


@pytest.mark.prd("2.5.6")
async def test_versions_grow_with_every_update_however_fast(
    alice: httpx.AsyncClient, create: Callable[..., Any]
) -> None:
    moc = await create()
    answers = await asyncio.gather(*(alice.patch(f"/api/mocs/{moc['id']}", json={"theme": str(n)}) for n in range(20)))
    versions = {answer.json()["data"]["updatedAt"] for answer in answers}
    assert len(versions) == 20


async def test_graphql_updates_with_the_version_that_was_seen(
    graphql: Callable[..., Any], create: Callable[..., Any]
) -> None:
    moc = await create()
    document = """mutation($id: ID!, $input: UpdateMocInput!, $seen: DateTime) {
      updateMoc(id: $id, input: $input, expectedUpdatedAt: $seen) { title updatedAt }
    }"""
    variables = {"id": moc["id"], "input": {"title": "New"}, "seen": moc["updatedAt"]}
    updated = await graphql(document, variables)
    assert updated["data"]["updateMoc"]["title"] == "New"
    stale = await graphql(document, variables)
    assert (stale["data"], stale["errors"][0]["extensions"]["code"]) == ({"updateMoc": None}, "PRECONDITION_FAILED")
    assert stale["errors"][0]["path"] == ["updateMoc"]


@pytest.mark.prd("2.5.2")
async def test_what_the_legacy_service_left_can_be_sent_back_as_it_is_shown(
    alice: httpx.AsyncClient, create: Callable[..., Any], database: asyncpg.Connection[asyncpg.Record]
) -> None:
    moc = await create()
    row = (
        "UPDATE moc_instructions SET author = NULL, parts_count = NULL, brand = 'LEGO', description = $2 WHERE id = $1"
    )
    await database.execute(row, moc["id"], "x" * 5000)
    path = f"/api/mocs/{moc['id']}"
    shown = (await alice.get(path)).json()["data"]
    assert (shown["author"], shown["partsCount"], len(shown["description"])) == (None, None, 5000)
    answer = await alice.put(path, json=shown | {"title": "Renamed"})
    assert (answer.status_code, answer.json()["data"]["title"]) == (200, "Renamed"), answer.text
    wrong = await alice.put(path, json=shown | {"title": "Not this", "description": "x" * 5001, "partsCount": 0})
    assert wrong.status_code == 400
    assert [detail["field"] for detail in wrong.json()["details"]] == ["description", "partsCount"]
    assert (await alice.get(path)).json()["data"]["title"] == "Renamed"
