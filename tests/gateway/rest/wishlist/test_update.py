"""PATCH and PUT /api/wishlist/{id} (PRD 3.6)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    import asyncpg
    import httpx

UNKNOWN = "00000000-0000-4000-8000-000000000000"


@pytest.mark.prd("3.6.4")
@pytest.mark.parametrize("method", ["PATCH", "PUT"])
async def test_only_what_is_given_changes(alice: httpx.AsyncClient, add: Callable[..., Any], method: str) -> None:
    item = await add(description="Huge", productLink="https://example.com/", category="Icons")
    path = f"/api/wishlist/{item['id']}"
    answer = await alice.request(method, path, json={"title": "Titanic II", "sortOrder": 2.5, "userId": "bob"})
    body = answer.json()
    assert (answer.status_code, body["success"]) == (200, True)
    assert body["message"] == "Wishlist item updated successfully"
    assert body["data"] == item | {"title": "Titanic II", "sortOrder": "2.5", "updatedAt": body["data"]["updatedAt"]}
    assert body["data"]["updatedAt"] > item["updatedAt"]
    assert body["item"] == body["data"]
    assert (await alice.get(path)).json()["data"] == body["data"]


async def test_null_clears_and_an_empty_patch_only_counts_up(alice: httpx.AsyncClient, add: Callable[..., Any]) -> None:
    full = {"description": "d", "productLink": "https://a.example", "imageUrl": "https://a.example", "category": "c"}
    item = await add(**full)
    cleared = (await alice.patch(f"/api/wishlist/{item['id']}", json=dict.fromkeys(full))).json()["data"]
    assert cleared == item | dict.fromkeys(full) | {"updatedAt": cleared["updatedAt"]}
    touched = (await alice.patch(f"/api/wishlist/{item['id']}", json={})).json()["data"]
    assert touched == cleared | {"updatedAt": touched["updatedAt"]}
    assert touched["updatedAt"] > cleared["updatedAt"]


@pytest.mark.prd("3.6.4")
@pytest.mark.prd("3.6.10")
@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("title", None, "must not be null"),
        ("title", "", "must have 1 to 255 characters, has 0"),
        ("sortOrder", None, "must not be null"),
        ("sortOrder", "", "must have 1 to 50 characters, has 0"),
        ("category", " ", "must not be blank"),
        ("description", "d" * 2001, "must have at most 2000 characters, has 2001"),
        (
            "imageUrl",
            "https:///a.jpg",
            "must be an http or https URL, such as https://example.com/, is 'https:///a.jpg'",
        ),
    ],
)
async def test_what_is_wrong_is_named_and_changes_nothing(
    alice: httpx.AsyncClient,
    add: Callable[..., Any],
    stored_items: Callable[[], Any],
    field: str,
    value: Any,
    message: str,
) -> None:
    item = await add()
    before = await stored_items()
    answer = await alice.patch(f"/api/wishlist/{item['id']}", json={"description": "d", field: value})
    assert (answer.status_code, answer.json()["code"]) == (400, "VALIDATION_ERROR")
    assert answer.json()["details"] == [{"field": field, "path": [field], "message": message}]
    assert await stored_items() == before


BODIES = pytest.mark.parametrize("content", [b'{"title": "x"}', b'{"title": 5}', b'{"title": ""}', b"[]", b"{broken"])


@BODIES
@pytest.mark.prd("3.6.10")
async def test_another_users_item_is_forbidden_whatever_is_sent(
    bob: httpx.AsyncClient, add: Callable[..., Any], stored_items: Callable[[], Any], content: bytes
) -> None:
    item = await add(title="Secret")
    before = await stored_items()
    headers = {"content-type": "application/json", "if-match": '"stale"'}
    for method in ("PATCH", "PUT"):
        answer = await bob.request(method, f"/api/wishlist/{item['id']}", content=content, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "FORBIDDEN")
        assert "Secret" not in answer.text
    assert await stored_items() == before


@BODIES
@pytest.mark.parametrize("item_id", [UNKNOWN, "12345", f"{UNKNOWN}0", "%00"])
async def test_an_unknown_id_is_not_found_whatever_is_sent(
    alice: httpx.AsyncClient, item_id: str, content: bytes
) -> None:
    headers = {"content-type": "application/json", "if-match": '"stale"'}
    answer = await alice.patch(f"/api/wishlist/{item_id}", content=content, headers=headers)
    assert (answer.status_code, answer.json()["message"]) == (404, "Wishlist item not found")


async def test_an_update_of_a_version_that_no_longer_holds_changes_nothing(
    alice: httpx.AsyncClient, add: Callable[..., Any], stored_items: Callable[[], Any]
) -> None:
    item = await add()
    path = f"/api/wishlist/{item['id']}"
    etag = (await alice.get(path)).headers["etag"]
    first = await alice.patch(path, json={"title": "First"}, headers={"if-match": etag})
    assert first.status_code == 200
    before = await stored_items()
    for stale in (etag, '"never-given-out"'):
        for body in ({"title": "Second"}, {"title": "", "sortOrder": ""}):
            answer = await alice.patch(path, json=body, headers={"if-match": stale})
            assert (answer.status_code, answer.json()["code"]) == (412, "PRECONDITION_FAILED")
        answer = await alice.delete(path, headers={"if-match": stale})
        assert (answer.status_code, answer.json()["code"]) == (412, "PRECONDITION_FAILED")
    assert await stored_items() == before
    again = await alice.patch(path, json={"title": "Third"}, headers={"if-match": first.headers["etag"]})
    assert again.status_code == 200


async def test_of_updates_that_saw_the_same_version_exactly_one_wins(
    alice: httpx.AsyncClient, add: Callable[..., Any]
) -> None:
    item = await add()
    path = f"/api/wishlist/{item['id']}"
    etag = (await alice.get(path)).headers["etag"]
    answers = await asyncio.gather(
        *(alice.patch(path, json={"title": f"Writer {n}"}, headers={"if-match": etag}) for n in range(10))
    )
    assert sorted(answer.status_code for answer in answers) == [200] + [412] * 9
    winner = next(answer for answer in answers if answer.status_code == 200)
    assert (await alice.get(path)).json()["data"] == winner.json()["data"]


async def test_versions_grow_with_every_update_however_fast(
    alice: httpx.AsyncClient, add: Callable[..., Any], database: asyncpg.Connection[asyncpg.Record]
) -> None:
    path = f"/api/wishlist/{(await add())['id']}"
    answers = await asyncio.gather(*(alice.patch(path, json={"category": str(n)}) for n in range(20)))
    assert len({answer.json()["data"]["updatedAt"] for answer in answers}) == 20
    await database.execute("UPDATE wishlist_items SET updated_at = '2100-01-01'")  # a clock that was ahead
    assert (await alice.patch(path, json={})).json()["data"]["updatedAt"] == "2100-01-01T00:00:00.001Z"


async def test_graphql_updates_with_the_version_that_was_seen(
    graphql: Callable[..., Any], bob: httpx.AsyncClient, add: Callable[..., Any], stored_items: Callable[[], Any]
) -> None:
    item = await add()
    document = """mutation($id: ID!, $input: UpdateWishlistItemInput!, $seen: DateTime) {
      updateWishlistItem(id: $id, input: $input, expectedUpdatedAt: $seen) { title sortOrder }
    }"""
    variables = {"id": item["id"], "input": {"title": "New", "sortOrder": 7}, "seen": item["updatedAt"]}
    foreign = await graphql(document, variables, client=bob)
    assert (foreign["data"], foreign["errors"][0]["extensions"]["code"]) == ({"updateWishlistItem": None}, "FORBIDDEN")
    updated = await graphql(document, variables)
    assert updated["data"]["updateWishlistItem"] == {"title": "New", "sortOrder": "7"}
    before = await stored_items()
    stale = await graphql(document, variables)
    assert (stale["data"], stale["errors"][0]["extensions"]["code"]) == (
        {"updateWishlistItem": None},
        "PRECONDITION_FAILED",
    )
    refused = await graphql(document, variables | {"input": {"title": None, "sortOrder": None}, "seen": None})
    assert [detail["path"] for detail in refused["errors"][0]["extensions"]["details"]] == [["title"], ["sortOrder"]]
    assert await stored_items() == before


async def test_nobody_updates_without_signing_in(
    anonymous: httpx.AsyncClient, add: Callable[..., Any], stored_items: Callable[[], Any]
) -> None:
    item = await add()
    before = await stored_items()
    answer = await anonymous.patch(f"/api/wishlist/{item['id']}", json={"title": "x"})
    assert (answer.status_code, answer.json()["code"]) == (401, "UNAUTHORIZED")
    assert await stored_items() == before
