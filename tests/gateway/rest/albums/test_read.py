"""GET /api/albums and /api/albums/{id} (PRD 3.4)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from gateway.dev.aws import Aws

UNKNOWN = "00000000-0000-4000-8000-000000000000"
START = datetime(2024, 1, 1)  # noqa: DTZ001 - the tables keep UTC without a zone


def titles(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [album["title"] for album in answer.json()["data"]]


async def test_the_list_is_the_callers_own_newest_first(
    alice: httpx.AsyncClient, add_album: Callable[..., Any]
) -> None:
    for number in range(25):
        await add_album(title=f"Album {number}", created_at=START + timedelta(seconds=number))
    await add_album("bob", title="Bob's")
    answer = await alice.get("/api/albums")
    body = answer.json()
    assert titles(answer) == [f"Album {number}" for number in range(24, 4, -1)]
    assert (body["success"], body["total"], body["page"], body["limit"]) == (True, 25, 1, 20)
    assert body["albums"] == body["data"]
    assert "images" not in body["data"][0]
    assert titles(await alice.get("/api/albums?page=3&limit=10")) == [f"Album {number}" for number in range(4, -1, -1)]


@pytest.mark.prd("3.4.3")
async def test_an_album_in_the_list_tells_its_count_and_its_cover(
    alice: httpx.AsyncClient, add_image: Callable[..., Any], add_album: Callable[..., Any], aws: Aws
) -> None:
    cover = await add_image(image_url="/cover.webp")
    album = await add_album(description="Mine", cover_image_id=cover, created_at=START, last_updated_at=START)
    await add_image(album_id=album)
    await add_image(album_id=album)
    (data,) = (await alice.get("/api/albums")).json()["data"]
    assert data == {
        "id": album,
        "userId": aws.users["alice"].sub,
        "title": "Castles",
        "description": "Mine",
        "coverImageId": cover,
        "coverImageUrl": "/cover.webp",
        "imageCount": 2,
        "createdAt": "2024-01-01T00:00:00.000Z",
        "lastUpdatedAt": "2024-01-01T00:00:00.000Z",
    }


async def test_a_cover_that_is_gone_or_somebody_elses_is_not_shown(
    alice: httpx.AsyncClient, graphql: Callable[..., Any], add_image: Callable[..., Any], add_album: Callable[..., Any]
) -> None:
    foreign = await add_image("bob", title="Secret", image_url="/secret.webp")
    for cover in (UNKNOWN, foreign, None):
        await add_album(cover_image_id=cover)
    listed = await alice.get("/api/albums")
    assert [album["coverImageUrl"] for album in listed.json()["data"]] == [None, None, None]
    assert {album["coverImageId"] for album in listed.json()["data"]} == {UNKNOWN, foreign, None}
    covers = await graphql("{ albums { items { coverImageUrl cover { title } } } }")
    assert covers["data"]["albums"]["items"] == [{"coverImageUrl": None, "cover": None}] * 3


@pytest.mark.prd("3.4.4")
async def test_an_album_comes_with_all_its_images(
    alice: httpx.AsyncClient,
    add_image: Callable[..., Any],
    add_album: Callable[..., Any],
    statements: Callable[[], Any],
) -> None:
    album = await add_album()
    for number in range(130):
        await add_image(title=str(number), album_id=album, created_at=START + timedelta(seconds=number))
    await add_image(title="Elsewhere")
    await statements()
    answer = await alice.get(f"/api/albums/{album}")
    assert len(await statements()) == 1
    body = answer.json()
    assert [image["title"] for image in body["data"]["images"]] == [str(number) for number in range(129, -1, -1)]
    assert body["data"]["imageCount"] == 130
    assert (body["album"], body["images"]) == (body["data"], body["data"]["images"])
    image = body["images"][0]
    assert image == (await alice.get(f"/api/images/{image['id']}")).json()["data"]
    again = await alice.get(f"/api/albums/{album}", headers={"if-none-match": answer.headers["etag"]})
    assert again.status_code == 304
    await alice.patch(f"/api/images/{image['id']}", json={"title": "Changed"})
    changed = await alice.get(f"/api/albums/{album}", headers={"if-none-match": answer.headers["etag"]})
    assert (changed.status_code, changed.json()["images"][0]["title"]) == (200, "Changed")


async def test_images_that_strangers_put_into_an_album_are_neither_shown_nor_counted(
    alice: httpx.AsyncClient, graphql: Callable[..., Any], add_image: Callable[..., Any], add_album: Callable[..., Any]
) -> None:
    album = await add_album()
    await add_image(title="Mine", album_id=album)
    await add_image("bob", title="Stranger", album_id=album)
    for path in (f"/api/albums/{album}", "/api/albums?withImages=true", f"/api/images?albumId={album}", "/api/gallery"):
        answer = await alice.get(path)
        assert answer.status_code == 200
        assert "Stranger" not in answer.text
    (listed,) = (await alice.get("/api/albums?withImages=true")).json()["data"]
    assert (listed["imageCount"], [image["title"] for image in listed["images"]]) == (1, ["Mine"])
    detail = (await alice.get(f"/api/albums/{album}")).json()["data"]
    assert (detail["imageCount"], detail["images"]) == (1, listed["images"])
    nested = await graphql("{ albums { items { imageCount images { title } } } }")
    assert nested["data"]["albums"]["items"] == [{"imageCount": 1, "images": [{"title": "Mine"}]}]


@pytest.mark.parametrize("number", [1, 15])
async def test_the_number_of_statements_does_not_grow_with_the_albums(
    alice: httpx.AsyncClient,
    graphql: Callable[..., Any],
    add_image: Callable[..., Any],
    add_album: Callable[..., Any],
    statements: Callable[[], Any],
    number: int,
) -> None:
    for count in range(number):
        cover = await add_image(title=f"Cover {count}")
        album = await add_album(title=str(count), cover_image_id=cover)
        for image in range(3):
            await add_image(title=f"{count}/{image}", album_id=album, created_at=START + timedelta(seconds=image))

    async def sent() -> int:
        return len([text for text in await statements() if "gallery_" in text])

    await sent()
    listed = (await alice.get("/api/albums")).json()["data"]
    assert (len(listed), await sent()) == (number, 1)
    assert {(album["imageCount"], album["coverImageUrl"]) for album in listed} == {(3, "/i.webp")}
    with_images = (await alice.get("/api/albums?withImages=true")).json()["data"]
    assert await sent() == 2
    assert [[image["title"] for image in album["images"]] for album in with_images] == [
        [f"{album['title']}/{image}" for image in (2, 1, 0)] for album in with_images
    ]
    answer = await graphql(
        "{ albums { items { title cover { title } two: images(limit: 2) { title } images { title album { title } } } } }"
    )
    assert await sent() == 4
    for album in answer["data"]["albums"]["items"]:
        name = album["title"]
        assert album["cover"] == {"title": f"Cover {name}"}
        assert album["two"] == [{"title": f"{name}/2"}, {"title": f"{name}/1"}]
        assert album["images"] == [{"title": f"{name}/{image}", "album": {"title": name}} for image in (2, 1, 0)]


async def test_how_many_images_an_album_shows_is_the_clients_choice(
    graphql: Callable[..., Any], add_image: Callable[..., Any], add_album: Callable[..., Any]
) -> None:
    album = await add_album()
    for number in range(101):
        await add_image(title=str(number), album_id=album)
    both = """query($id: ID!, $limit: Int) {
      album(id: $id) { images(limit: $limit) { id } }
      albums { items { images(limit: $limit) { id } } }
    }"""
    for limit, shown in ((1, 1), (100, 100), (None, 101)):
        data = (await graphql(both, {"id": album, "limit": limit}))["data"]
        assert len(data["album"]["images"]) == shown
        assert data["album"]["images"] == data["albums"]["items"][0]["images"]
    plain = await graphql("query($id: ID!) { album(id: $id) { images { id } } }", {"id": album})
    assert len(plain["data"]["album"]["images"]) == 20
    for limit in (0, 101):
        answer = await graphql(both, {"id": album, "limit": limit})
        assert answer["errors"][0]["extensions"]["details"][0]["message"] == f"must be from 1 to 100, is {limit}"


PAGES = "query($after: String) { albums(limit: 3, after: $after) { items { title } nextCursor hasMore total } }"


async def test_a_cursor_neither_repeats_nor_skips(graphql: Callable[..., Any], add_album: Callable[..., Any]) -> None:
    for number in range(9):
        await add_album(title=str(number), created_at=START)
    seen: list[str] = []
    after = None
    for _ in range(3):
        page = (await graphql(PAGES, {"after": after}))["data"]["albums"]
        seen += [album["title"] for album in page["items"]]
        after = page["nextCursor"]
        await add_album(title="newer")
    assert (sorted(seen), after, page["hasMore"]) == ([str(number) for number in range(9)], None, False)
    for document, field in (
        ('{ albums(after: "x") { total } }', "after"),
        ('{ albums(after: "x", page: 2) { total } }', "page"),
        ('{ albums(after: "x", search: "y") { total } }', "after"),
    ):
        answer = await graphql(document)
        assert answer["errors"][0]["extensions"]["details"][0]["field"] == field


async def test_albums_are_searched_best_match_first(alice: httpx.AsyncClient, add_album: Callable[..., Any]) -> None:
    await add_album(title="Ships", description="With a castle on board")
    await add_album(title="Castles")
    await add_album(title="Trains")
    await add_album("bob", title="Castle")
    answer = await alice.get("/api/albums?search=castle")
    assert (titles(answer), answer.json()["total"]) == (["Castles", "Ships"], 2)
    assert titles(await alice.get("/api/albums?search=castle&limit=1&page=2")) == ["Ships"]
    assert titles(await alice.get("/api/albums?search=casttle")) == ["Castles"]


@pytest.mark.parametrize(
    ("query", "field", "message"),
    [
        ("page=0", "page", "must be from 1 to 50000, is 0"),
        ("limit=0", "limit", "must be from 1 to 100, is 0"),
        ("limit=101", "limit", "must be from 1 to 100, is 101"),
        ("withImages=maybe", "withImages", "must be true or false, is 'maybe'"),
        (f"search={'x' * 201}", "search", "must have at most 200 characters, has 201"),
    ],
)
async def test_a_wrong_parameter_is_named(alice: httpx.AsyncClient, query: str, field: str, message: str) -> None:
    answer = await alice.get(f"/api/albums?{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, "VALIDATION_ERROR")
    assert answer.json()["details"] == [{"field": field, "path": [field], "message": message}]


@pytest.mark.prd("3.4.7")
async def test_what_is_not_there_or_somebody_elses_is_not_read(
    alice: httpx.AsyncClient, bob: httpx.AsyncClient, anonymous: httpx.AsyncClient, add_album: Callable[..., Any]
) -> None:
    album = await add_album(title="Secret")
    for missing in (UNKNOWN, "abc"):
        answer = await alice.get(f"/api/albums/{missing}")
        assert (answer.status_code, answer.json()["message"]) == (404, "Album not found")
    foreign = await bob.get(f"/api/albums/{album}")
    assert (foreign.status_code, foreign.json()["code"]) == (403, "FORBIDDEN")
    assert "Secret" not in foreign.text
    for path in ("/api/albums", f"/api/albums/{album}"):
        assert (await anonymous.get(path)).json()["code"] == "UNAUTHORIZED"


async def test_images_and_albums_of_a_moc_show_what_they_show_elsewhere(
    statements: Callable[[], Any],
    alice: httpx.AsyncClient,
    graphql: Callable[..., Any],
    create: Callable[..., Any],
    made: dict[str, Any],
) -> None:
    moc = await create()
    path = f"/api/mocs/{moc['id']}"
    await alice.post(f"{path}/albums", json={"albumId": made["id"]})
    await alice.post(f"{path}/gallery-images", json={"galleryImageId": made["coverImageId"]})
    (album,) = (await alice.get(f"{path}/albums")).json()["data"]
    assert {name: value for name, value in album.items() if name != "linkedAt"} == {
        name: value for name, value in made.items() if name != "images"
    }
    await statements()
    nested = await graphql(
        """{ mocs { items {
          galleryImages { title id galleryImage { id title } album { title } }
          albums { title id galleryAlbum { id images { title } } imageCount cover { title } images { title } }
        } } }"""
    )
    assert len([text for text in await statements() if "gallery_" in text]) == 5
    (shown,) = nested["data"]["mocs"]["items"]
    assert (shown["galleryImages"][0]["title"], shown["galleryImages"][0]["album"]) == ("Cover", {"title": "Castles"})
    assert shown["galleryImages"][0]["galleryImage"] == {"id": made["coverImageId"], "title": "Cover"}
    assert shown["albums"][0] == {
        "title": "Castles",
        "id": album["linkedAt"],
        "galleryAlbum": {"id": made["id"], "images": [{"title": "Gate"}, {"title": "Cover"}]},
        "imageCount": 2,
        "cover": {"title": "Cover"},
        "images": [{"title": "Gate"}, {"title": "Cover"}],
    }
