"""PATCH and PUT /api/images/{id} (PRD 3.3)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    import asyncpg
    import httpx

UNKNOWN = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
async def made(
    alice: httpx.AsyncClient, add_image: Callable[..., Any], add_album: Callable[..., Any]
) -> dict[str, Any]:
    """An image of alice's, in an album, with all that it can have."""
    album = await add_album()
    image = await add_image(description="Front gate", tags='["castle"]', thumbnail_url="/t.webp", album_id=album)
    data: dict[str, Any] = (await alice.get(f"/api/images/{image}")).json()["data"]
    return data


@pytest.mark.prd("3.3.3")
async def test_only_what_is_given_changes(alice: httpx.AsyncClient, made: dict[str, Any]) -> None:
    path = f"/api/images/{made['id']}"
    answer = await alice.patch(path, json={"title": "Dusk 🌇", "userId": "x", "flagged": True, "imageUrl": "/x"})
    body = answer.json()
    assert (answer.status_code, body["success"], body["message"]) == (200, True, "Image metadata updated")
    assert body["data"] == made | {"title": "Dusk 🌇", "lastUpdatedAt": body["data"]["lastUpdatedAt"]}
    assert body["data"]["lastUpdatedAt"] > made["lastUpdatedAt"]
    assert body["image"] == body["data"]
    assert (await alice.get(path)).json()["data"] == body["data"]
    by_put = await alice.put(path, json={"description": "By PUT"})
    assert (by_put.status_code, by_put.json()["data"]["description"]) == (200, "By PUT")
    touched = (await alice.patch(path, json={})).json()["data"]
    assert touched == by_put.json()["data"] | {"lastUpdatedAt": touched["lastUpdatedAt"]}
    assert touched["lastUpdatedAt"] > by_put.json()["data"]["lastUpdatedAt"]


@pytest.mark.prd("3.3.3")
async def test_null_clears_what_may_be_empty(alice: httpx.AsyncClient, made: dict[str, Any]) -> None:
    cleared = dict.fromkeys(("description", "tags", "albumId"))
    data = (await alice.patch(f"/api/images/{made['id']}", json=cleared)).json()["data"]
    assert data == made | cleared | {"lastUpdatedAt": data["lastUpdatedAt"]}
    assert [row["id"] for row in (await alice.get("/api/images")).json()["data"]] == [made["id"]]


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        (["red", "lines"], ["red", "lines"]),
        ([], []),
        ("solo", ["solo"]),
        ("one, two ,three", ["one", "two", "three"]),
        ('["a,b", "c"]', ["a,b", "c"]),
        ([str(number) for number in range(20)], [str(number) for number in range(20)]),
        (["t" * 50], ["t" * 50]),
        (["👩‍👩‍👧‍👦", "<b>"], ["👩‍👩‍👧‍👦", "<b>"]),
    ],
)
async def test_tags_come_as_a_list_or_as_text(
    alice: httpx.AsyncClient, made: dict[str, Any], sent: Any, kept: list[str]
) -> None:
    answer = await alice.patch(f"/api/images/{made['id']}", json={"tags": sent})
    assert (answer.status_code, answer.json()["data"]["tags"]) == (200, kept)


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("  Desk, trimmed  ", "Desk, trimmed"),
        ("t", "t"),
        ("t" * 200, "t" * 200),
        (f" {'🏰' * 200} ", "🏰" * 200),
        ("قلعة <script>", "قلعة <script>"),
    ],
)
async def test_a_title_is_kept_without_the_spaces_around_it(
    alice: httpx.AsyncClient, made: dict[str, Any], sent: str, kept: str
) -> None:
    answer = await alice.patch(f"/api/images/{made['id']}", json={"title": sent, "description": "d" * 2000})
    assert (answer.status_code, answer.json()["data"]["title"]) == (200, kept)


@pytest.mark.prd("3.3.3")
@pytest.mark.prd("3.3.10")
@pytest.mark.parametrize(
    ("field", "value", "path", "message"),
    [
        ("title", None, ["title"], "must not be null"),
        ("title", "", ["title"], "must have 1 to 200 characters, has 0"),
        ("title", "   ", ["title"], "must have 1 to 200 characters, has 0"),
        ("title", "t" * 201, ["title"], "must have 1 to 200 characters, has 201"),
        ("title", "a\0b", ["title"], "must not contain the NUL character"),
        ("title", 5, ["title"], "must be a string, is 5"),
        ("description", "d" * 2001, ["description"], "must have at most 2000 characters, has 2001"),
        ("description", "x" * 100_000, ["description"], "must have at most 2000 characters, has 100000"),
        ("tags", ["t"] * 21, ["tags"], "must be at most 20, are 21"),
        ("tags", ["ok", "t" * 51], ["tags", 1], "must have 1 to 50 characters, has 51"),
        ("tags", [""], ["tags", 0], "must have 1 to 50 characters, has 0"),
        ("albumId", "abc", ["albumId"], "must be a UUID, is 'abc'"),
        ("albumId", "", ["albumId"], "must be a UUID, is ''"),
    ],
)
async def test_a_wrong_value_is_named_and_changes_nothing(
    alice: httpx.AsyncClient,
    made: dict[str, Any],
    stored_gallery: Callable[[], Any],
    field: str,
    value: Any,
    path: list[str | int],
    message: str,
) -> None:
    before = await stored_gallery()
    answer = await alice.patch(f"/api/images/{made['id']}", json={field: value})
    assert (answer.status_code, answer.json()["code"]) == (400, "VALIDATION_ERROR")
    assert answer.json()["details"] == [{"field": field, "path": path, "message": message}]
    assert await stored_gallery() == before


async def test_tags_of_another_kind_are_refused(
    alice: httpx.AsyncClient, made: dict[str, Any], stored_gallery: Callable[[], Any]
) -> None:
    before = await stored_gallery()
    answer = await alice.patch(f"/api/images/{made['id']}", json={"tags": 5})
    assert (answer.status_code, answer.json()["details"][0]["message"]) == (400, "must be an array, is a number")
    assert await stored_gallery() == before


async def test_an_image_moves_between_ones_own_albums_alone(
    alice: httpx.AsyncClient, made: dict[str, Any], add_album: Callable[..., Any], stored_gallery: Callable[[], Any]
) -> None:
    path, other, foreign = f"/api/images/{made['id']}", await add_album(title="Other"), await add_album("bob")
    before = await stored_gallery()
    for album, status in ((UNKNOWN, 404), (foreign, 403)):
        answer = await alice.patch(path, json={"title": "x", "albumId": album})
        assert answer.status_code == status, answer.text
    assert await stored_gallery() == before
    moved = await alice.patch(path, json={"albumId": other})
    assert (moved.status_code, moved.json()["data"]["albumId"]) == (200, other)
    assert [
        (await alice.get(f"/api/albums/{album}")).json()["data"]["imageCount"] for album in (made["albumId"], other)
    ] == [
        0,
        1,
    ]


@pytest.mark.prd("3.3.5")
@pytest.mark.prd("3.3.10")
@pytest.mark.parametrize(
    "content",
    [b'{"title": "x"}', b'{"title": 5}', b'{"title": ""}', b'{"albumId": "%s"}' % UNKNOWN.encode(), b"[]", b"{broken"],
)
async def test_what_is_somebody_elses_or_missing_is_told_first(
    alice: httpx.AsyncClient,
    bob: httpx.AsyncClient,
    anonymous: httpx.AsyncClient,
    made: dict[str, Any],
    stored_gallery: Callable[[], Any],
    content: bytes,
) -> None:
    before = await stored_gallery()
    headers = {"content-type": "application/json", "if-match": '"stale"'}
    for client, image, status in (
        (anonymous, made["id"], 401),
        (bob, made["id"], 403),
        (alice, UNKNOWN, 404),
        (alice, "abc", 404),
    ):
        answer = await client.patch(f"/api/images/{image}", content=content, headers=headers)
        assert answer.status_code == status, answer.text
    assert await stored_gallery() == before


async def test_of_updates_that_saw_the_same_version_exactly_one_wins(
    alice: httpx.AsyncClient, made: dict[str, Any]
) -> None:
    path = f"/api/images/{made['id']}"
    etag = (await alice.get(path)).headers["etag"]
    answers = await asyncio.gather(
        *(alice.patch(path, json={"title": str(number)}, headers={"if-match": etag}) for number in range(10))
    )
    assert sorted(answer.status_code for answer in answers) == [200] + [412] * 9
    winner = next(answer for answer in answers if answer.status_code == 200)
    assert (await alice.get(path)).json()["data"] == winner.json()["data"]
    on = await alice.patch(path, json={"title": "On"}, headers={"if-match": winner.headers["etag"]})
    assert on.status_code == 200


async def test_moves_and_deletions_of_albums_leave_no_image_without_its_album(
    alice: httpx.AsyncClient,
    add_image: Callable[..., Any],
    add_album: Callable[..., Any],
    database: asyncpg.Connection[asyncpg.Record],
) -> None:
    for _ in range(5):
        albums = [await add_album(title=str(number)) for number in range(3)]
        images = [await add_image(album_id=albums[number % 3]) for number in range(6)]
        answers = await asyncio.gather(
            *(alice.patch(f"/api/images/{image}", json={"albumId": albums[1]}) for image in images[:3]),
            alice.delete(f"/api/albums/{albums[1]}"),
            *(alice.patch(f"/api/images/{image}", json={"albumId": albums[1]}) for image in images[3:]),
            alice.delete(f"/api/images/{images[1]}"),
        )
        assert answers[3].status_code == 200
        assert {answer.status_code for answer in answers} <= {200, 404}
        dangling = """
            SELECT count(*) FROM gallery_images i
            WHERE album_id IS NOT NULL AND NOT EXISTS (SELECT FROM gallery_albums a WHERE a.id = i.album_id)
        """
        assert await database.fetchval(dangling) == 0


async def test_a_move_waits_for_the_deletion_of_the_album(
    alice: httpx.AsyncClient,
    made: dict[str, Any],
    add_album: Callable[..., Any],
    database: asyncpg.Connection[asyncpg.Record],
) -> None:
    album = await add_album(title="Going")
    async with database.transaction():
        await database.execute("DELETE FROM gallery_albums WHERE title = 'Going'")
        waiting = asyncio.create_task(alice.patch(f"/api/images/{made['id']}", json={"albumId": album}))
        await asyncio.wait({waiting}, timeout=0.5)
        assert not waiting.done()
    assert ((await waiting).status_code, (await waiting).json()["message"]) == (404, "Album not found")
    assert (await alice.get(f"/api/images/{made['id']}")).json()["data"] == made


async def test_graphql_updates_with_the_version_that_was_seen(
    graphql: Callable[..., Any], made: dict[str, Any], bob: httpx.AsyncClient
) -> None:
    document = """mutation($id: ID!, $input: UpdateImageInput!, $seen: DateTime) {
      updateImage(id: $id, input: $input, expectedUpdatedAt: $seen) { title album { title } }
    }"""
    variables = {"id": made["id"], "input": {"title": "New"}, "seen": made["lastUpdatedAt"]}
    foreign = await graphql(document, variables, client=bob)
    assert (foreign["data"], foreign["errors"][0]["extensions"]["code"]) == ({"updateImage": None}, "FORBIDDEN")
    updated = await graphql(document, variables)
    assert updated["data"]["updateImage"] == {"title": "New", "album": {"title": "Castles"}}
    stale = await graphql(document, variables)
    assert (stale["data"], stale["errors"][0]["extensions"]["code"]) == ({"updateImage": None}, "PRECONDITION_FAILED")
