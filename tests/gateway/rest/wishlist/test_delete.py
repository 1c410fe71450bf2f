"""DELETE /api/wishlist/{id} (PRD 3.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

UNKNOWN = "00000000-0000-4000-8000-000000000000"


async def test_an_item_is_deleted_and_the_others_stay(
    alice: httpx.AsyncClient, add: Callable[..., Any], listed: Callable[..., Any]
) -> None:
    first, second = await add(), await add()
    answer = await alice.delete(f"/api/wishlist/{first['id']}")
    body = answer.json()
    assert (answer.status_code, body["success"], body["message"]) == (200, True, "Wishlist item deleted successfully")
    assert set(body) == {"success", "message", "timestamp"}
    assert await listed() == [(second["id"], "2")]
    for path in (f"/api/wishlist/{first['id']}", f"/api/wishlist/{UNKNOWN}", "/api/wishlist/abc"):
        again = await alice.delete(path)
        assert (again.status_code, again.json()["message"]) == (404, "Wishlist item not found")


@pytest.mark.prd("3.6.10")
async def test_another_users_item_is_not_deleted(
    bob: httpx.AsyncClient, anonymous: httpx.AsyncClient, add: Callable[..., Any], stored_items: Callable[[], Any]
) -> None:
    item = await add()
    before = await stored_items()
    for client, status, code in ((bob, 403, "FORBIDDEN"), (anonymous, 401, "UNAUTHORIZED")):
        answer = await client.delete(f"/api/wishlist/{item['id']}")
        assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert await stored_items() == before


async def test_graphql_deletes_the_version_that_was_seen(
    graphql: Callable[..., Any],
    alice: httpx.AsyncClient,
    bob: httpx.AsyncClient,
    add: Callable[..., Any],
    stored_items: Callable[[], Any],
) -> None:
    item = await add()
    document = """mutation($id: ID!, $seen: DateTime) {
      deleteWishlistItem(id: $id, expectedUpdatedAt: $seen) { id message }
    }"""
    changed = (await alice.patch(f"/api/wishlist/{item['id']}", json={})).json()["data"]
    before = await stored_items()
    for seen, client, code in ((item["updatedAt"], alice, "PRECONDITION_FAILED"), (None, bob, "FORBIDDEN")):
        refused = await graphql(document, {"id": item["id"], "seen": seen}, client=client)
        assert (refused["data"], refused["errors"][0]["extensions"]["code"]) == ({"deleteWishlistItem": None}, code)
    assert await stored_items() == before
    deleted = await graphql(document, {"id": item["id"], "seen": changed["updatedAt"]})
    assert deleted["data"]["deleteWishlistItem"] == {"id": item["id"], "message": "Wishlist item deleted successfully"}
    assert await stored_items() == []
