"""GET /api/images and /api/images/{id} (PRD 3.3)."""

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


def titles(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [image["title"] for image in answer.json()["data"]]


@pytest.mark.prd("3.3.1")
async def test_the_list_is_the_callers_own_outside_of_albums_newest_first(
    alice: httpx.AsyncClient, add_image: Callable[..., Any], add_album: Callable[..., Any]
) -> None:
    album = await add_album()
    for number in range(25):
        await add_image(title=f"Image {number}", created_at=START + timedelta(seconds=number))
    await add_image(title="In an album", album_id=album)
    await add_image("bob", title="Bob's")
    answer = await alice.get("/api/images")
    body = answer.json()
    assert titles(answer) == [f"Image {number}" for number in range(24, 4, -1)]
    assert (body["success"], body["total"], body["page"], body["limit"]) == (True, 25, 1, 20)
    assert body["images"] == body["data"]
    assert titles(await alice.get("/api/images?page=2&limit=10")) == [f"Image {number}" for number in range(14, 4, -1)]
    beyond = await alice.get("/api/images?page=9")
    assert (titles(beyond), beyond.json()["total"]) == ([], 25)


@pytest.mark.prd("3.3.2")
@pytest.mark.prd("3.3.9")
async def test_an_image_is_read_with_all_that_it_has(
    alice: httpx.AsyncClient, add_image: Callable[..., Any], add_album: Callable[..., Any], aws: Aws
) -> None:
    album = await add_album()
    image = await add_image(
        title="Castle 🏰",
        description="<b>Front</b>",
        tags='["castle", "城"]',
        image_url="/g/i.webp",
        thumbnail_url="/g/t.webp",
        album_id=album,
        created_at=START,
        last_updated_at=START + timedelta(milliseconds=5),
    )
    answer = await alice.get(f"/api/images/{image}")
    body = answer.json()
    assert body["data"] == {
        "id": image,
        "userId": aws.users["alice"].sub,
        "title": "Castle 🏰",
        "description": "<b>Front</b>",
        "tags": ["castle", "城"],
        "imageUrl": "/g/i.webp",
        "url": "/g/i.webp",
        "thumbnailUrl": "/g/t.webp",
        "albumId": album,
        "flagged": False,
        "createdAt": "2024-01-01T00:00:00.000Z",
        "lastUpdatedAt": "2024-01-01T00:00:00.005Z",
    }
    assert body["image"] == body["data"]
    again = await alice.get(f"/api/images/{image}", headers={"if-none-match": answer.headers["etag"]})
    assert again.status_code == 304


@pytest.mark.parametrize("tags", [None, '"alone"', "[]", "5"])
async def test_odd_columns_of_the_legacy_table_are_shown_as_the_contract_has_them(
    alice: httpx.AsyncClient, add_image: Callable[..., Any], tags: str | None
) -> None:
    image = await add_image(tags=tags, flagged=None)
    shown = {None: None, '"alone"': ["alone"], "[]": [], "5": None}
    data = (await alice.get(f"/api/images/{image}")).json()["data"]
    assert (data["tags"], data["flagged"]) == (shown[tags], False)


async def test_the_list_is_filtered_by_tag_and_flag(alice: httpx.AsyncClient, add_image: Callable[..., Any]) -> None:
    for number, (title, tags, flagged) in enumerate(
        [
            ("Mars", '["Space"]', True),
            ("Moon", '["space", "moon"]', False),
            ("Desk", '"SPACE"', None),
            ("No", None, None),
        ]
    ):
        await add_image(title=title, tags=tags, flagged=flagged, created_at=START + timedelta(days=number))
    assert titles(await alice.get("/api/images?tag=sPaCe")) == ["Desk", "Moon", "Mars"]
    assert titles(await alice.get("/api/images?tag[]=space&tag[]=moon")) == ["Desk", "Moon", "Mars"]  # the first counts
    assert titles(await alice.get("/api/images?tag=spa")) == []
    assert titles(await alice.get("/api/images?flagged=true")) == ["Mars"]
    assert titles(await alice.get("/api/images?flagged=false")) == ["No", "Desk", "Moon"]
    assert titles(await alice.get("/api/images?flagged=false&tag=space")) == ["Desk", "Moon"]
    assert titles(await alice.get("/api/images?tag=&search=&albumId=")) == ["No", "Desk", "Moon", "Mars"]


async def test_an_albums_images_are_listed_for_its_owner_alone(
    alice: httpx.AsyncClient, bob: httpx.AsyncClient, add_image: Callable[..., Any], add_album: Callable[..., Any]
) -> None:
    album = await add_album()
    await add_image(title="Old", album_id=album, created_at=START)
    await add_image(title="New", album_id=album)
    await add_image("bob", title="A stranger's", album_id=album)
    await add_image(title="Outside")
    answer = await alice.get(f"/api/images?albumId={album}")
    assert (titles(answer), answer.json()["total"]) == (["New", "Old"], 2)
    foreign = await bob.get(f"/api/images?albumId={album}&limit=0")
    assert (foreign.status_code, foreign.json()["code"]) == (403, "FORBIDDEN")
    assert titles(await alice.get(f"/api/images?albumId={UNKNOWN}")) == []
    malformed = await alice.get("/api/images?albumId=abc")
    assert (malformed.status_code, malformed.json()["message"]) == (404, "Album not found")


@pytest.mark.prd("3.3.10")
@pytest.mark.parametrize(
    ("query", "field", "message"),
    [
        ("page=0", "page", "must be from 1 to 50000, is 0"),
        ("page=50001", "page", "must be from 1 to 50000, is 50001"),
        ("limit=0", "limit", "must be from 1 to 100, is 0"),
        ("limit=101", "limit", "must be from 1 to 100, is 101"),
        ("flagged=maybe", "flagged", "must be true or false, is 'maybe'"),
        (f"search={'x' * 201}", "search", "must have at most 200 characters, has 201"),
    ],
)
async def test_a_wrong_parameter_is_named(alice: httpx.AsyncClient, query: str, field: str, message: str) -> None:
    answer = await alice.get(f"/api/images?{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, "VALIDATION_ERROR")
    assert answer.json()["details"] == [{"field": field, "path": [field], "message": message}]


@pytest.mark.parametrize("query", ["page=50000", "limit=100", "limit=1", f"search={'x' * 200}"])
async def test_a_parameter_at_its_bound_is_taken(alice: httpx.AsyncClient, query: str) -> None:
    assert (await alice.get(f"/api/images?{query}")).status_code == 200


@pytest.mark.parametrize("query", ["search=%00", "tag=a%00b", "search=%ff%fe"])
async def test_text_that_is_no_text_is_refused(alice: httpx.AsyncClient, query: str) -> None:
    assert (await alice.get(f"/api/images?{query}")).status_code == 400


@pytest.mark.prd("3.3.2")
@pytest.mark.prd("3.3.10")
async def test_what_is_not_there_or_somebody_elses_is_not_read(
    alice: httpx.AsyncClient, bob: httpx.AsyncClient, anonymous: httpx.AsyncClient, add_image: Callable[..., Any]
) -> None:
    image = await add_image(title="Secret")
    for missing in (UNKNOWN, "abc"):
        answer = await alice.get(f"/api/images/{missing}")
        assert (answer.status_code, answer.json()["message"]) == (404, "Image not found")
    foreign = await bob.get(f"/api/images/{image}")
    assert (foreign.status_code, foreign.json()["code"]) == (403, "FORBIDDEN")
    assert "Secret" not in foreign.text
    for path in ("/api/images", f"/api/images/{image}"):
        assert (await anonymous.get(path)).json()["code"] == "UNAUTHORIZED"


async def test_a_list_costs_one_statement(
    alice: httpx.AsyncClient, add_image: Callable[..., Any], statements: Callable[[], Any]
) -> None:
    for number in range(15):
        await add_image(title=str(number))
    await statements()
    await alice.get("/api/images")
    assert len(await statements()) == 1


PAGES = """query($after: String, $page: Int = 1, $search: String) {
  images(limit: 4, after: $after, page: $page, search: $search) { items { title } nextCursor hasMore total }
}"""


async def test_a_cursor_neither_repeats_nor_skips_while_images_come_and_go(
    graphql: Callable[..., Any], add_image: Callable[..., Any], database: asyncpg.Connection[asyncpg.Record]
) -> None:
    for number in range(10):
        await add_image(title=str(number), created_at=START)
    seen: list[str] = []
    after = None
    while True:
        page = (await graphql(PAGES, {"after": after}))["data"]["images"]
        seen += [image["title"] for image in page["items"]]
        assert page["hasMore"] == (page["nextCursor"] is not None)
        if (after := page["nextCursor"]) is None:
            break
        await add_image(title="newer")
        await database.execute("DELETE FROM gallery_images WHERE title = $1", seen[0])
    assert sorted(seen) == [str(number) for number in range(10)]


@pytest.mark.parametrize(
    ("variables", "field"),
    [
        ({"after": "x"}, "after"),
        ({"after": "WyJtb2NzIiwiYSIsImIiXQ"}, "after"),
        ({"after": "x", "page": 2}, "page"),
        ({"after": "x", "search": "moon"}, "after"),
    ],
)
async def test_a_cursor_that_is_none_is_named(
    graphql: Callable[..., Any], variables: dict[str, Any], field: str
) -> None:
    answer = await graphql(PAGES, variables)
    assert answer["errors"][0]["extensions"]["details"][0]["field"] == field


async def test_an_image_shows_its_album_unless_that_is_somebody_elses(
    graphql: Callable[..., Any],
    add_image: Callable[..., Any],
    add_album: Callable[..., Any],
    statements: Callable[[], Any],
) -> None:
    own, foreign = await add_album(title="Own"), await add_album("bob", title="Bob's")
    for number in range(12):
        await add_image(title=f"Moon {number}", album_id=own)
    in_a_foreign = await add_image(album_id=foreign)
    outside = await add_image()
    await statements()
    answer = await graphql('{ images(search: "moon") { items { album { title imageCount } } } }')
    assert answer["data"]["images"]["items"] == [{"album": {"title": "Own", "imageCount": 12}}] * 12
    assert len([text for text in await statements() if "gallery_" in text]) == 2
    for image in (in_a_foreign, outside):
        read = await graphql("query($id: ID!) { image(id: $id) { album { title } } }", {"id": image})
        assert read["data"]["image"] == {"album": None}


SCOPED = """query($scope: ImageScope! = standalone, $tag: String, $flagged: Boolean, $album: ID, $search: String,
  $after: String, $limit: Int = 20) {
  images(scope: $scope, tag: $tag, flagged: $flagged, albumId: $album, search: $search, after: $after, limit: $limit) {
    items { title } total hasMore nextCursor
  }
}"""


@pytest.fixture
async def gallery(add_image: Callable[..., Any], add_album: Callable[..., Any]) -> str:
    """Images in an album and outside, flagged and not, with tags and without; the album's id."""
    album: str = await add_album()
    shown: list[tuple[str, str | None, bool | None, str | None]]
    shown = [("Moon", None, True, None), ("Moonrise", album, True, '["sky"]'), ("Desk", album, False, None)]
    shown += [("Chair", None, None, '["sky"]'), ("Lamp", album, None, '["Sky"]')]
    for number, (title, album_id, flagged, tags) in enumerate(shown):
        moment = START + timedelta(days=number)
        await add_image(title=title, album_id=album_id, flagged=flagged, tags=tags, created_at=moment)
    await add_image("bob", title="Bob's moon", flagged=True)
    return album


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({}, ["Chair", "Moon"]),
        ({"scope": "standalone"}, ["Chair", "Moon"]),
        ({"scope": "all"}, ["Lamp", "Chair", "Desk", "Moonrise", "Moon"]),
        ({"scope": "all", "flagged": True}, ["Moonrise", "Moon"]),
        ({"scope": "standalone", "flagged": True}, ["Moon"]),
        ({"scope": "all", "flagged": False, "tag": "SKY"}, ["Lamp", "Chair"]),
        ({"scope": "all", "search": "moon"}, ["Moon", "Moonrise"]),
        ({"scope": "standalone", "search": "moon"}, ["Moon", "Moonrise"]),
    ],
)
@pytest.mark.usefixtures("gallery")
async def test_a_scope_decides_about_images_in_albums(
    graphql: Callable[..., Any], variables: dict[str, Any], expected: list[str]
) -> None:
    page = (await graphql(SCOPED, variables))["data"]["images"]
    assert [image["title"] for image in page["items"]] == expected
    assert page["total"] == len(expected)


@pytest.mark.parametrize("scope", ["standalone", "all"])
async def test_an_album_is_listed_alike_in_every_scope(graphql: Callable[..., Any], gallery: str, scope: str) -> None:
    page = (await graphql(SCOPED, {"scope": scope, "album": gallery}))["data"]["images"]
    assert ([image["title"] for image in page["items"]], page["total"]) == (["Lamp", "Desk", "Moonrise"], 3)


@pytest.mark.usefixtures("gallery")
async def test_a_cursor_walks_all_images_with_the_total_of_their_scope(graphql: Callable[..., Any]) -> None:
    seen: list[str] = []
    after = None
    while True:
        page = (await graphql(SCOPED, {"scope": "all", "limit": 2, "after": after}))["data"]["images"]
        seen += [image["title"] for image in page["items"]]
        assert (page["total"], page["hasMore"]) == (5, page["nextCursor"] is not None)
        if (after := page["nextCursor"]) is None:
            break
    assert seen == ["Lamp", "Chair", "Desk", "Moonrise", "Moon"]


@pytest.mark.usefixtures("gallery")
async def test_rest_knows_no_scope(alice: httpx.AsyncClient) -> None:
    assert titles(await alice.get("/api/images?scope=all")) == ["Chair", "Moon"]
    assert titles(await alice.get("/api/images?flagged=true")) == ["Moon"]
