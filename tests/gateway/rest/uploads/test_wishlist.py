"""Pictures of wishes (PRD 3.7)."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from PIL import Image

from tests.gateway.rest.uploads.conftest import picture

if TYPE_CHECKING:
    from collections.abc import Callable

    import asyncpg

    from gateway.dev.aws import Aws


@pytest.fixture
def wish(alice: httpx.AsyncClient) -> Callable[..., Any]:
    async def make(client: httpx.AsyncClient = alice, **fields: Any) -> dict[str, Any]:
        answer = await client.post("/api/wishlist", json={"title": "Titanic", **fields})
        assert answer.status_code == 201, answer.text
        data: dict[str, Any] = answer.json()["data"]
        return data

    return make


def form(content: bytes, name: str = "x.png") -> dict[str, Any]:
    return {"image": (name, content, "image/png")}


async def seen(url: str) -> Image.Image:
    async with httpx.AsyncClient(trust_env=False, timeout=60) as browser:
        answer = await browser.get(url)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/webp")
    return Image.open(BytesIO(answer.content))


@pytest.mark.prd("3.7.1")
@pytest.mark.prd("3.7.3")
@pytest.mark.prd("3.7.4")
@pytest.mark.prd("3.7.5")
@pytest.mark.prd("3.7.9")
@pytest.mark.prd("3.6.7")
async def test_an_item_gets_a_picture_and_then_another(
    alice: httpx.AsyncClient,
    aws: Aws,
    wish: Callable[..., Any],
    bucket: Callable[[], set[str]],
    database: asyncpg.Connection[asyncpg.Record],
    work: Callable[[], Any],
) -> None:
    item = await wish()
    key = f"wishlist/{aws.users['alice'].sub}/{item['id']}.webp"
    urls = set()
    for colour, size, fitted in (("red", (1600, 1200), (800, 600)), ("blue", (300, 900), (267, 800))):
        answer = await alice.post(f"/api/wishlist/{item['id']}/image", files=form(picture(size=size, colour=colour)))
        assert answer.status_code == 200, answer.text
        assert set(answer.json()["data"]) == {"imageUrl"}
        urls.add(answer.json()["data"]["imageUrl"])
        image = await seen(answer.json()["data"]["imageUrl"])
        assert image.size == fitted
        assert image.convert("RGB").getpixel((5, 5))[0 if colour == "red" else 2] > 200  # type: ignore[index] # three colours
        await work()
        assert bucket() == {key}
    row = await database.fetchrow("SELECT image_url, image_width, image_height FROM wishlist_items")
    assert row is not None
    assert (key in row["image_url"], row["image_width"], row["image_height"]) == (True, 267, 800)
    assert len(urls) == 2, "pages go on showing the old picture under the old URL"
    shown = (await alice.get(f"/api/wishlist/{item['id']}")).json()["data"]
    assert "X-Amz-Signature" in shown["imageUrl"]
    assert shown["updatedAt"] > item["updatedAt"]


@pytest.mark.prd("3.7.6")
async def test_the_picture_before_goes_when_another_takes_its_place(
    alice: httpx.AsyncClient,
    aws: Aws,
    wish: Callable[..., Any],
    bucket: Callable[[], set[str]],
    work: Callable[[], Any],
) -> None:
    url = (await alice.post("/api/wishlist/upload-image", files=form(picture()))).json()["data"]["imageUrl"]
    item = await wish(imageUrl=url)
    key = f"wishlist/{aws.users['alice'].sub}/{item['id']}.webp"
    (before,) = bucket()
    assert before != key
    assert (await alice.post(f"/api/wishlist/{item['id']}/image", files=form(picture()))).status_code == 200
    await work()
    assert bucket() == {key}


async def test_a_picture_that_another_item_shows_too_stays(
    alice: httpx.AsyncClient, wish: Callable[..., Any], bucket: Callable[[], set[str]], work: Callable[[], Any]
) -> None:
    item = await wish()
    answer = await alice.post(f"/api/wishlist/{item['id']}/image", files=form(picture()))
    other = await wish(imageUrl=answer.json()["data"]["imageUrl"])
    await alice.post(f"/api/wishlist/{item['id']}/image", files=form(picture()))
    assert (await alice.delete(f"/api/wishlist/{item['id']}")).status_code == 200
    await work()
    assert len(bucket()) == 1
    shown = (await alice.get(f"/api/wishlist/{other['id']}")).json()["data"]
    await seen(shown["imageUrl"])
    back = await alice.put(f"/api/wishlist/{other['id']}", json={"title": "x", "imageUrl": shown["imageUrl"]})
    assert back.status_code == 200
    await work()
    assert len(bucket()) == 1


@pytest.mark.prd("3.6.5")
async def test_the_picture_goes_with_its_item(
    alice: httpx.AsyncClient, wish: Callable[..., Any], bucket: Callable[[], set[str]], work: Callable[[], Any]
) -> None:
    item = await wish()
    await alice.post(f"/api/wishlist/{item['id']}/image", files=form(picture()))
    assert (await alice.delete(f"/api/wishlist/{item['id']}")).status_code == 200
    await work()
    assert bucket() == set()
    assert (await alice.get(f"/api/wishlist/{item['id']}")).status_code == 404


@pytest.mark.prd("3.7.2")
@pytest.mark.prd("3.7.10")
@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (picture("GIF"), 400, "FILE_ERROR"),
        (b"%PDF-1.4\n%%EOF", 400, "FILE_ERROR"),
        (b"text", 400, "FILE_ERROR"),
        (picture() + bytes(5 * 1024 * 1024), 413, "PAYLOAD_TOO_LARGE"),
        (picture("JPEG")[:300], 400, "FILE_ERROR"),
    ],
)
async def test_other_files_are_refused_and_change_nothing(
    alice: httpx.AsyncClient,
    wish: Callable[..., Any],
    bucket: Callable[[], set[str]],
    content: bytes,
    status: int,
    code: str,
) -> None:
    item = await wish()
    for path in (f"/api/wishlist/{item['id']}/image", "/api/wishlist/upload-image"):
        answer = await alice.post(path, files=form(content))
        assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert bucket() == set()
    assert (await alice.get(f"/api/wishlist/{item['id']}")).json()["data"] == item


async def test_whose_item_and_which_item(
    alice: httpx.AsyncClient,
    bob: httpx.AsyncClient,
    anonymous: httpx.AsyncClient,
    wish: Callable[..., Any],
    bucket: Callable[[], set[str]],
) -> None:
    item = await wish()
    path = f"/api/wishlist/{item['id']}/image"
    assert (await bob.post(path, files=form(picture()))).status_code == 403
    assert (await bob.post(path, files={"title": (None, "x")})).status_code == 403
    assert (await anonymous.post(path, files=form(picture()))).status_code == 401
    for taker in (path, "/api/wishlist/upload-image"):
        answer = await alice.post(taker, files={"title": (None, "x")})
        assert (answer.status_code, answer.json()["message"]) == (400, "image: is required")
    for unknown in ("abc", "00000000-0000-4000-8000-000000000000"):
        assert (await alice.post(f"/api/wishlist/{unknown}/image", files=form(picture()))).status_code == 404
    assert bucket() == set()


async def test_a_picture_uploaded_first_is_kept_by_the_item_that_takes_it(
    alice: httpx.AsyncClient,
    wish: Callable[..., Any],
    bucket: Callable[[], set[str]],
    work: Callable[[], Any],
    database: asyncpg.Connection[asyncpg.Record],
) -> None:
    urls = []
    for _ in range(2):
        answer = await alice.post("/api/wishlist/upload-image", files=form(picture()))
        assert answer.status_code == 200, answer.text
        urls.append(answer.json()["data"]["imageUrl"])
    item = await wish(imageUrl=urls[0])
    assert (await seen(item["imageUrl"])).size == (64, 48)
    await database.execute("UPDATE outbox SET due_at = now() - interval '1 second'")  # a day has passed
    await work()
    (kept,) = bucket()
    assert kept in urls[0]
    stored = await database.fetchval("SELECT image_url FROM wishlist_items")
    assert "?" not in stored
    await alice.patch(f"/api/wishlist/{item['id']}", json={"imageUrl": None})
    await work()
    assert bucket() == set()


async def test_a_picture_that_two_items_show_stays_with_the_second(
    alice: httpx.AsyncClient, wish: Callable[..., Any], bucket: Callable[[], set[str]], work: Callable[[], Any]
) -> None:
    url = (await alice.post("/api/wishlist/upload-image", files=form(picture()))).json()["data"]["imageUrl"]
    first, second = await wish(imageUrl=url), await wish(imageUrl=url)
    await alice.delete(f"/api/wishlist/{first['id']}")
    await work()
    assert len(bucket()) == 1
    await alice.patch(f"/api/wishlist/{second['id']}", json={"imageUrl": "https://example.com/other.png"})
    await work()
    assert bucket() == set()


async def test_nobody_gets_at_the_objects_of_others_by_their_url(
    alice: httpx.AsyncClient,
    bob: httpx.AsyncClient,
    wish: Callable[..., Any],
    bucket: Callable[[], set[str]],
    work: Callable[[], Any],
    database: asyncpg.Connection[asyncpg.Record],
) -> None:
    theirs = await wish(bob)
    await bob.post(f"/api/wishlist/{theirs['id']}/image", files=form(picture()))
    url = await database.fetchval("SELECT image_url FROM wishlist_items")
    refused = await alice.post("/api/wishlist", json={"title": "Mine", "imageUrl": url})
    assert (refused.status_code, refused.json()["code"]) == (403, "FORBIDDEN")
    item = await wish()
    assert (await alice.patch(f"/api/wishlist/{item['id']}", json={"imageUrl": url})).status_code == 403
    await database.execute("UPDATE wishlist_items SET image_url = $1", url)  # as the legacy service would have let her
    assert "Signature" not in (await alice.get(f"/api/wishlist/{item['id']}")).json()["data"]["imageUrl"]
    await alice.delete(f"/api/wishlist/{item['id']}")
    await work()
    assert len(bucket()) == 1


async def test_a_gallery_image_shown_by_an_item_outlives_it(
    alice: httpx.AsyncClient, wish: Callable[..., Any], bucket: Callable[[], set[str]], work: Callable[[], Any]
) -> None:
    image = (await alice.post("/api/images", files=form(picture()))).json()["data"]
    item = await wish(imageUrl=image["imageUrl"])
    await alice.delete(f"/api/wishlist/{item['id']}")
    await work()
    assert len(bucket()) == 2
