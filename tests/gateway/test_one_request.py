"""What took the frontend five requests is one of the graph, at a number of SQL statements that does not grow with the rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    import asyncpg

    from gateway.dev.aws import Aws

PAGE = """query Home($category: String!) {
  me { name email stats { mocs images albums wishlistItems } }
  newest: mocs(limit: 100) { total items { title thumbnailUrl images { url } partsLists { title } } }
  albums(limit: 100) { total items { title imageCount coverImageUrl cover { title } images(limit: 2) { title album { title } } } }
  wishes: wishlist(category: $category) { total items { title sortOrder } }
}"""


async def fill(database: asyncpg.Connection[asyncpg.Record], user_id: str, numbers: range) -> None:
    """A MOC, an album of three images, and a wish of each of two categories for each number."""
    for number in numbers:
        await database.execute(
            "INSERT INTO moc_instructions (user_id, title, type) VALUES ($1, $2, 'moc')", user_id, f"MOC {number}"
        )
        album = await database.fetchval(
            "INSERT INTO gallery_albums (user_id, title) VALUES ($1, $2) RETURNING id", user_id, f"Album {number}"
        )
        for picture in range(3):
            cover = await database.fetchval(
                "INSERT INTO gallery_images (user_id, title, image_url, album_id) VALUES ($1, $2, $3, $4) RETURNING id",
                user_id,
                f"Picture {number}.{picture}",
                f"https://x/{number}.{picture}",
                album,
            )
        await database.execute("UPDATE gallery_albums SET cover_image_id = $1 WHERE id = $2", cover, album)
        for category in ("Icons", "Castle"):
            await database.execute(
                "INSERT INTO wishlist_items (user_id, title, category, sort_order) VALUES ($1, $2, $3, $4)",
                user_id,
                f"{category} {number}",
                category,
                str(number),
            )


async def test_a_home_page_is_one_request(
    graphql: Callable[..., Any],
    database: asyncpg.Connection[asyncpg.Record],
    aws: Aws,
    statements: Callable[[], Any],
    forget: Callable[[], None],
) -> None:
    sent = []
    for more in (range(2), range(2, 30)):
        await fill(database, aws.users["alice"].sub, more)
        await statements()
        forget()
        answer = await graphql(PAGE, {"category": "Castle"})
        assert "errors" not in answer
        sent.append(len(await statements()))
    data = answer["data"]
    assert data["me"]["name"]
    assert data["me"]["stats"] == {"mocs": 30, "images": 90, "albums": 30, "wishlistItems": 60}
    assert [data[key]["total"] for key in ("newest", "albums", "wishes")] == [30, 30, 30]
    for album in data["albums"]["items"]:
        number = album["title"].removeprefix("Album ")
        assert (album["imageCount"], album["coverImageUrl"]) == (3, f"https://x/{number}.2")
        assert album["cover"] == {"title": f"Picture {number}.2"}
        assert [image["title"] for image in album["images"]] == [f"Picture {number}.2", f"Picture {number}.1"]
        assert {image["album"]["title"] for image in album["images"]} == {album["title"]}
    assert all(item["title"].startswith("Castle") for item in data["wishes"]["items"])
    # The three lists, the counts, and one batch each for pictures, parts lists, covers, album images and their albums.
    assert sent == [9, 9]


@pytest.mark.parametrize("count", [1, 40])
async def test_a_page_of_albums_with_counts_and_covers_is_one_statement(
    graphql: Callable[..., Any],
    database: asyncpg.Connection[asyncpg.Record],
    aws: Aws,
    statements: Callable[[], Any],
    count: int,
) -> None:
    await fill(database, aws.users["alice"].sub, range(count))
    await statements()
    await graphql("{ albums(limit: 100) { total items { title imageCount coverImageUrl } } }")
    assert len(await statements()) == 1
