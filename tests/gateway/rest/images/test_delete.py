"""DELETE /api/images/{id} (PRD 3.3)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    import asyncpg
    import httpx

UNKNOWN = "00000000-0000-4000-8000-000000000000"


async def test_an_image_goes_with_flags_links_and_covers(
    alice: httpx.AsyncClient,
    bob: httpx.AsyncClient,
    create: Callable[..., Any],
    add_image: Callable[..., Any],
    add_album: Callable[..., Any],
    database: asyncpg.Connection[asyncpg.Record],
) -> None:
    image, other = await add_image(), await add_image(title="Other")
    covered, plain = await add_album(cover_image_id=image), await add_album(cover_image_id=other)
    before = (await alice.get(f"/api/albums/{covered}")).json()["data"]
    untouched = (await alice.get(f"/api/albums/{plain}")).json()["data"]
    moc = await create()
    await alice.post(f"/api/mocs/{moc['id']}/gallery-images", json={"galleryImageId": image})
    await bob.post("/api/flag", json={"imageId": image})
    answer = await alice.delete(f"/api/images/{image}")
    body = answer.json()
    assert (answer.status_code, body["success"], body["message"]) == (200, True, "Image deleted successfully")
    assert set(body) == {"success", "message", "timestamp"}
    assert [row["id"] for row in (await alice.get("/api/images")).json()["data"]] == [other]
    for table in ("gallery_flags", "moc_gallery_images"):
        assert await database.fetchval(f"SELECT count(*) FROM {table}") == 0
    after = (await alice.get(f"/api/albums/{covered}")).json()["data"]
    assert after == before | {
        "coverImageId": None,
        "coverImageUrl": None,
        "lastUpdatedAt": after["lastUpdatedAt"],
    }
    assert after["lastUpdatedAt"] > before["lastUpdatedAt"]
    assert (await alice.get(f"/api/albums/{plain}")).json()["data"] == untouched
    again = await alice.delete(f"/api/images/{image}")
    assert (again.status_code, again.json()["code"]) == (404, "NOT_FOUND")


@pytest.mark.prd("3.3.5")
@pytest.mark.prd("3.3.10")
async def test_what_is_refused_deletes_nothing(
    alice: httpx.AsyncClient,
    bob: httpx.AsyncClient,
    anonymous: httpx.AsyncClient,
    add_image: Callable[..., Any],
    add_album: Callable[..., Any],
    stored_gallery: Callable[[], Any],
) -> None:
    image = await add_image()
    await add_album(cover_image_id=image)
    etag = (await alice.get(f"/api/images/{image}")).headers["etag"]
    await alice.patch(f"/api/images/{image}", json={"title": "Changed"})
    before = await stored_gallery()
    for client, image_id, headers, status in (
        (anonymous, image, {}, 401),
        (bob, image, {}, 403),
        (bob, image, {"if-match": '"stale"'}, 403),
        (alice, UNKNOWN, {}, 404),
        (alice, "abc", {}, 404),
        (alice, image, {"if-match": etag}, 412),
    ):
        answer = await client.delete(f"/api/images/{image_id}", headers=headers)
        assert answer.status_code == status, answer.text
    assert await stored_gallery() == before


async def test_a_cover_is_not_chosen_while_it_is_deleted(
    alice: httpx.AsyncClient,
    add_image: Callable[..., Any],
    add_album: Callable[..., Any],
    database: asyncpg.Connection[asyncpg.Record],
) -> None:
    albums = [await add_album(title=str(number)) for number in range(4)]
    for _ in range(5):
        image = await add_image(album_id=albums[0])
        answers = await asyncio.gather(
            *(alice.patch(f"/api/albums/{album}", json={"coverImageId": image}) for album in albums[:2]),
            alice.delete(f"/api/images/{image}"),
            *(alice.patch(f"/api/albums/{album}", json={"coverImageId": image}) for album in albums[2:]),
        )
        assert answers[2].status_code == 200
        assert {answer.status_code for answer in answers} <= {200, 404}
        dangling = "SELECT count(*) FROM gallery_albums WHERE cover_image_id IS NOT NULL"
        assert await database.fetchval(dangling) == 0
