"""GET /api/gallery, and `gallery` in GraphQL (contract section 2)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    import asyncpg
    import httpx

    from gateway.dev.aws import Aws

UNKNOWN = "00000000-0000-4000-8000-000000000000"
START = datetime(2024, 1, 1)  # noqa: DTZ001 - the tables keep UTC without a zone


def day(number: int) -> datetime:
    return START + timedelta(days=number)


def titles(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [item["title"] for item in answer.json()["items"]]


@pytest.fixture
async def mixed(add_image: Callable[..., Any], add_album: Callable[..., Any]) -> str:
    """Ten images and albums by turns, i0, a1, i2, ... a9, and an image in the album a9, whose id this is."""
    for number in range(0, 10, 2):
        await add_image(title=f"i{number}", created_at=day(number))
        album: str = await add_album(title=f"a{number + 1}", created_at=day(number + 1))
    await add_image(title="inside", album_id=album, created_at=day(20))
    await add_image("bob", title="Bob's image", created_at=day(21))
    await add_album("bob", title="Bob's album", created_at=day(22))
    return album


ALL = ["a9", "i8", "a7", "i6", "a5", "i4", "a3", "i2", "a1", "i0"]


async def test_images_and_albums_are_told_apart_and_shown_in_full(
    alice: httpx.AsyncClient, add_image: Callable[..., Any], add_album: Callable[..., Any], aws: Aws
) -> None:
    image = await add_image(description="Front", tags='["dawn"]', created_at=day(1), last_updated_at=day(1))
    album = await add_album(cover_image_id=image, created_at=day(2), last_updated_at=day(2))
    await add_image(album_id=album)
    answer = await alice.get("/api/gallery")
    body = answer.json()
    assert set(body) == {"success", "items", "nextCursor", "hasMore", "timestamp"}
    assert (body["success"], body["nextCursor"], body["hasMore"]) == (True, None, False)
    assert body["items"] == [
        {
            "type": "album",
            "id": album,
            "userId": aws.users["alice"].sub,
            "title": "Castles",
            "description": None,
            "coverImageId": image,
            "coverImageUrl": "/i.webp",
            "imageCount": 1,
            "createdAt": "2024-01-03T00:00:00.000Z",
            "lastUpdatedAt": "2024-01-03T00:00:00.000Z",
        },
        {
            "type": "image",
            "id": image,
            "userId": aws.users["alice"].sub,
            "title": "Dawn",
            "description": "Front",
            "tags": ["dawn"],
            "imageUrl": "/i.webp",
            "url": "/i.webp",
            "thumbnailUrl": None,
            "albumId": None,
            "flagged": False,
            "createdAt": "2024-01-02T00:00:00.000Z",
            "lastUpdatedAt": "2024-01-02T00:00:00.000Z",
        },
    ]
    again = await alice.get("/api/gallery", headers={"if-none-match": answer.headers["etag"]})
    assert again.status_code == 304


@pytest.mark.usefixtures("mixed")
async def test_the_feed_is_the_callers_own_newest_first_in_one_statement(
    alice: httpx.AsyncClient, statements: Callable[[], Any]
) -> None:
    await statements()
    assert titles(await alice.get("/api/gallery")) == ALL
    assert len(await statements()) == 1
    assert titles(await alice.get("/api/gallery?type=image")) == ALL[1::2]
    assert titles(await alice.get("/api/gallery?type=album")) == ALL[::2]
    assert titles(await alice.get("/api/gallery?type=all&limit=20&cursor=0")) == ALL


@pytest.mark.parametrize("limit", [1, 2, 3, 5, 10])
@pytest.mark.parametrize("query", ["", "&type=image", "&type=album"])
async def test_pages_follow_each_other_and_the_last_one_says_so(
    alice: httpx.AsyncClient, mixed: str, limit: int, query: str
) -> None:
    assert mixed
    expected = {"": ALL, "&type=image": ALL[1::2], "&type=album": ALL[::2]}[query]
    seen: list[str] = []
    cursor = ""
    for _ in range(-(-len(expected) // limit)):
        answer = await alice.get(f"/api/gallery?limit={limit}{query}&cursor={cursor}")
        seen += titles(answer)
        cursor = answer.json()["nextCursor"]
        assert answer.json()["hasMore"] == (cursor is not None) == (len(seen) < len(expected))
    assert seen == expected


async def test_what_is_added_and_removed_between_pages_shifts_nothing(
    alice: httpx.AsyncClient,
    mixed: str,
    add_image: Callable[..., Any],
    add_album: Callable[..., Any],
    database: asyncpg.Connection[asyncpg.Record],
) -> None:
    first = await alice.get("/api/gallery?limit=4")
    assert titles(first) == ALL[:4]
    await add_image(title="newest", created_at=day(30))
    await add_album(title="between", created_at=day(7) + timedelta(hours=1))
    await database.execute("DELETE FROM gallery_albums WHERE id = $1", mixed)
    await add_album(title="ahead", created_at=day(5) + timedelta(microseconds=1))
    second = await alice.get(f"/api/gallery?limit=4&cursor={first.json()['nextCursor']}")
    assert titles(second) == ["ahead", *ALL[4:7]]
    await add_image(title="just before", created_at=day(3) + timedelta(microseconds=1))
    third = await alice.get(f"/api/gallery?limit=4&cursor={second.json()['nextCursor']}")
    assert (titles(third), third.json()["hasMore"]) == (ALL[7:], False)


async def test_items_of_one_moment_are_neither_repeated_nor_skipped(
    alice: httpx.AsyncClient, add_image: Callable[..., Any], add_album: Callable[..., Any]
) -> None:
    for number in range(7):
        await add_image(title=f"i{number}", created_at=START)
        await add_album(title=f"a{number}", created_at=START)
        await add_image(title=f"m{number}", created_at=START + timedelta(microseconds=number))
    seen: list[str] = []
    cursor: str | None = "0"
    while cursor is not None:
        answer = await alice.get(f"/api/gallery?limit=2&cursor={cursor}")
        seen += [item["id"] for item in answer.json()["items"]]
        cursor = answer.json()["nextCursor"]
    whole = [item["id"] for item in (await alice.get("/api/gallery?limit=100")).json()["items"]]
    assert seen == whole
    assert len(set(seen)) == 21


@pytest.mark.usefixtures("mixed")
async def test_old_clients_count_and_go_on_by_the_cursor_they_are_given(alice: httpx.AsyncClient) -> None:
    second = await alice.get("/api/gallery?limit=4&cursor=4")
    assert titles(second) == ALL[4:8]
    third = await alice.get(f"/api/gallery?limit=4&cursor={second.json()['nextCursor']}")
    assert (titles(third), third.json()["hasMore"]) == (ALL[8:], False)
    beyond = await alice.get("/api/gallery?cursor=1000000")
    assert (beyond.json()["items"], beyond.json()["nextCursor"], beyond.json()["hasMore"]) == ([], None, False)


async def test_tags_flags_and_albums_are_about_images(
    alice: httpx.AsyncClient, mixed: str, add_image: Callable[..., Any], statements: Callable[[], Any]
) -> None:
    await add_image(title="Mars", tags='["Space"]', flagged=True, created_at=day(-1))
    await add_image(title="Moon", tags='["space"]', flagged=None, created_at=day(-2))
    assert titles(await alice.get("/api/gallery?tag=SPACE")) == ["Mars", "Moon"]
    assert titles(await alice.get("/api/gallery?flagged=true")) == ["Mars"]
    assert titles(await alice.get("/api/gallery?flagged=false")) == [*ALL[1::2], "Moon"]
    assert titles(await alice.get("/api/gallery?flagged=false&tag=space&type=image")) == ["Moon"]
    assert titles(await alice.get(f"/api/gallery?albumId={mixed}")) == ["inside"]
    await statements()
    for query in ("tag=space", "flagged=true", "flagged=false"):
        assert titles(await alice.get(f"/api/gallery?type=album&{query}")) == []
    assert await statements() == []


async def test_albums_of_others_are_closed_and_unknown_ones_empty(
    alice: httpx.AsyncClient, bob: httpx.AsyncClient, anonymous: httpx.AsyncClient, mixed: str
) -> None:
    foreign = await bob.get(f"/api/gallery?albumId={mixed}")
    assert (foreign.status_code, foreign.json()["code"]) == (403, "FORBIDDEN")
    assert titles(await alice.get(f"/api/gallery?albumId={UNKNOWN}")) == []
    malformed = await alice.get("/api/gallery?albumId=abc")
    assert (malformed.status_code, malformed.json()["message"]) == (404, "Album not found")
    assert (await anonymous.get("/api/gallery")).json()["code"] == "UNAUTHORIZED"


async def test_a_search_finds_both_kinds_newest_first_page_by_page(
    alice: httpx.AsyncClient, add_image: Callable[..., Any], add_album: Callable[..., Any]
) -> None:
    await add_image(title="Castle", created_at=day(1))
    await add_album(title="Castles", created_at=day(2))
    await add_image(title="Moon", description="a castle far away", created_at=day(3))
    await add_album(title="Ships", description="and one castle", created_at=day(4))
    await add_image(title="Tagged", tags='["castle"]', created_at=day(5))
    await add_image(title="Mars", created_at=day(6))
    await add_image("bob", title="Castle of Bob's", created_at=day(7))
    expected = ["Tagged", "Ships", "Moon", "Castles", "Castle"]
    assert titles(await alice.get("/api/gallery?search=castle")) == expected
    assert titles(await alice.get("/api/gallery?search=casttle")) == ["Tagged", "Castles", "Castle"]
    assert titles(await alice.get("/api/gallery?search=castle&type=album")) == ["Ships", "Castles"]
    assert titles(await alice.get("/api/gallery?search=castle&tag=castle")) == ["Tagged"]
    first = await alice.get("/api/gallery?search=castle&limit=3")
    second = await alice.get(f"/api/gallery?search=castle&limit=3&cursor={first.json()['nextCursor']}")
    assert titles(first) + titles(second) == expected
    assert titles(await alice.get("/api/gallery?search=zzzz")) == []


_NO_CURSOR = "is no cursor; send the nextCursor of an earlier page"


@pytest.mark.parametrize(
    ("query", "field", "message"),
    [
        ("limit=0", "limit", "must be from 1 to 100, is 0"),
        ("limit=101", "limit", "must be from 1 to 100, is 101"),
        ("type=film", "type", "must be one of image, album, all, is 'film'"),
        ("flagged=maybe", "flagged", "must be true or false, is 'maybe'"),
        ("cursor=x", "cursor", _NO_CURSOR),
        ("cursor=-1", "cursor", _NO_CURSOR),
        ("cursor=1000001", "cursor", "must be from 0 to 1000000, is 1000001"),
        ("cursor=WyJhIiwiYiIsImMiXQ", "cursor", "belongs to the order a, this page is in gallery:createdAt:desc"),
        (f"search={'x' * 201}", "search", "must have at most 200 characters, has 201"),
    ],
)
async def test_a_wrong_parameter_is_named(alice: httpx.AsyncClient, query: str, field: str, message: str) -> None:
    answer = await alice.get(f"/api/gallery?{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, "VALIDATION_ERROR")
    assert answer.json()["details"] == [{"field": field, "path": [field], "message": message}]


async def test_graphql_names_it_as_the_schema_does(graphql: Callable[..., Any]) -> None:
    for after, message in (("x", _NO_CURSOR), ("1000001", "must be from 0 to 1000000, is 1000001")):
        answer = await graphql("query($after: String) { gallery(after: $after) { hasMore } }", {"after": after})
        assert answer["errors"][0]["message"] == f"after: {message}"


@pytest.mark.parametrize("query", ["search=%00", "tag=a%00b", "cursor=%00"])
async def test_text_that_is_no_text_is_refused(alice: httpx.AsyncClient, query: str) -> None:
    assert (await alice.get(f"/api/gallery?{query}")).status_code == 400


@pytest.mark.parametrize("number", [1, 12])
async def test_graphql_asks_each_kind_for_its_own_by_a_constant_number_of_statements(
    graphql: Callable[..., Any],
    add_image: Callable[..., Any],
    add_album: Callable[..., Any],
    statements: Callable[[], Any],
    number: int,
) -> None:
    for count in range(number):
        cover = await add_image(title=f"i{count}", created_at=day(count))
        album = await add_album(title=f"a{count}", cover_image_id=cover, created_at=day(count))
        await add_image(title=f"in a{count}", album_id=album)
    await statements()
    answer = await graphql(
        """{ gallery(limit: 100) { hasMore items {
          __typename type title
          ... on GalleryImage { imageUrl album { title } }
          ... on GalleryAlbum { imageCount cover { title type } images(limit: 1) { title } }
        } } }"""
    )
    assert len([text for text in await statements() if "gallery_" in text]) == 3
    items = {item["title"]: item for item in answer["data"]["gallery"]["items"]}
    assert len(items) == 2 * number
    assert items["i0"] == {
        "__typename": "GalleryImage",
        "type": "image",
        "title": "i0",
        "imageUrl": "/i.webp",
        "album": None,
    }
    assert items["a0"] == {
        "__typename": "GalleryAlbum",
        "type": "album",
        "title": "a0",
        "imageCount": 1,
        "cover": {"title": "i0", "type": "image"},
        "images": [{"title": "in a0"}],
    }
