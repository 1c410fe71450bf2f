"""DELETE /api/albums/{id} (PRD 3.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    import asyncpg
    import httpx

UNKNOWN = "00000000-0000-4000-8000-000000000000"


@pytest.mark.prd("3.4.6")
async def test_an_albums_images_stay_and_are_in_none(
    alice: httpx.AsyncClient,
    create: Callable[..., Any],
    made: dict[str, Any],
    add_image: Callable[..., Any],
    add_album: Callable[..., Any],
    database: asyncpg.Connection[asyncpg.Record],
) -> None:
    elsewhere = await add_image(title="Elsewhere", album_id=await add_album(title="Other"))
    await add_image("bob", title="A stranger's", album_id=made["id"])
    moc = await create()
    await alice.post(f"/api/mocs/{moc['id']}/albums", json={"albumId": made["id"]})
    answer = await alice.delete(f"/api/albums/{made['id']}")
    body = answer.json()
    assert (answer.status_code, body["success"], body["message"]) == (200, True, "Album deleted successfully")
    assert set(body) == {"success", "message", "timestamp"}
    assert await database.fetchval("SELECT count(*) FROM moc_gallery_albums") == 0
    after = (await alice.get("/api/images")).json()["data"]
    assert after == [
        image | {"albumId": None, "lastUpdatedAt": now["lastUpdatedAt"]}
        for image, now in zip(made["images"], after, strict=True)
    ]
    assert all(now["lastUpdatedAt"] > image["lastUpdatedAt"] for image, now in zip(made["images"], after, strict=True))
    assert await database.fetchval("SELECT album_id FROM gallery_images WHERE title = 'A stranger''s'") is None
    assert (await alice.get(f"/api/images/{elsewhere}")).json()["data"]["albumId"] is not None
    again = await alice.delete(f"/api/albums/{made['id']}")
    assert (again.status_code, again.json()["code"]) == (404, "NOT_FOUND")


@pytest.mark.prd("3.4.7")
async def test_what_is_refused_deletes_nothing(
    alice: httpx.AsyncClient,
    bob: httpx.AsyncClient,
    anonymous: httpx.AsyncClient,
    made: dict[str, Any],
    stored_gallery: Callable[[], Any],
) -> None:
    etag = (await alice.get(f"/api/albums/{made['id']}")).headers["etag"]
    await alice.patch(f"/api/albums/{made['id']}", json={"title": "Changed"})
    before = await stored_gallery()
    for client, album, headers, status in (
        (anonymous, made["id"], {}, 401),
        (bob, made["id"], {}, 403),
        (bob, made["id"], {"if-match": '"stale"'}, 403),
        (alice, UNKNOWN, {}, 404),
        (alice, "abc", {}, 404),
        (alice, made["id"], {"if-match": etag}, 412),
    ):
        answer = await client.delete(f"/api/albums/{album}", headers=headers)
        assert answer.status_code == status, answer.text
    assert await stored_gallery() == before
