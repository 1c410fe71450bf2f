"""POST /api/albums, PATCH and PUT /api/albums/{id} (PRD 3.4)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    import asyncpg
    import httpx

    from gateway.dev.aws import Aws

UNKNOWN = "00000000-0000-4000-8000-000000000000"


@pytest.mark.prd("3.4.1")
@pytest.mark.prd("3.4.2")
async def test_an_album_is_created_read_changed_and_deleted(
    alice: httpx.AsyncClient, add_image: Callable[..., Any], aws: Aws
) -> None:
    cover = await add_image(image_url="/cover.webp")
    answer = await alice.post(
        "/api/albums", json={"title": "Castles 🏰", "description": "<b>All</b>", "coverImageId": cover, "userId": "x"}
    )
    body = answer.json()
    assert (answer.status_code, body["statusCode"], body["message"]) == (201, 201, "Album created successfully")
    made = body["data"]
    assert made == {
        "id": made["id"],
        "userId": aws.users["alice"].sub,
        "title": "Castles 🏰",
        "description": "<b>All</b>",
        "coverImageId": cover,
        "coverImageUrl": "/cover.webp",
        "imageCount": 0,
        "createdAt": made["createdAt"],
        "lastUpdatedAt": made["createdAt"],
    }
    assert body["album"] == made
    path = f"/api/albums/{made['id']}"
    assert (await alice.get(path)).json()["data"] == made | {"images": []}
    assert (await alice.get("/api/albums")).json()["data"] == [made]
    changed = await alice.patch(path, json={"title": "Forts"})
    assert (changed.status_code, changed.json()["data"]["title"]) == (200, "Forts")
    assert (await alice.delete(path)).status_code == 200
    assert (await alice.get("/api/albums")).json()["data"] == []


@pytest.mark.parametrize(
    ("sent", "title", "description"),
    [
        ({"title": "t"}, "t", None),
        ({"title": "t" * 200, "description": "d" * 2000}, "t" * 200, "d" * 2000),
        ({"title": "🏰" * 200, "description": ""}, "🏰" * 200, ""),
        ({"title": " قلعة <script> ", "description": None, "coverImageId": None}, " قلعة <script> ", None),
    ],
)
async def test_text_within_its_bounds_is_kept_as_it_was_sent(
    alice: httpx.AsyncClient, sent: dict[str, Any], title: str, description: str | None
) -> None:
    answer = await alice.post("/api/albums", json=sent)
    assert answer.status_code == 201, answer.text
    data = answer.json()["data"]
    assert (data["title"], data["description"], data["coverImageId"], data["coverImageUrl"]) == (
        title,
        description,
        None,
        None,
    )


WRONG = pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("title", None, "must not be null"),
        ("title", "", "must have 1 to 200 characters, has 0"),
        ("title", "   ", "must not be blank"),
        ("title", "t" * 201, "must have 1 to 200 characters, has 201"),
        ("title", "a\0b", "must not contain the NUL character"),
        ("title", 5, "must be a string, is 5"),
        ("description", "d" * 2001, "must have at most 2000 characters, has 2001"),
        ("description", "x" * 100_000, "must have at most 2000 characters, has 100000"),
        ("coverImageId", "abc", "must be a UUID, is 'abc'"),
        ("coverImageId", "", "must be a UUID, is ''"),
    ],
)


@WRONG
@pytest.mark.prd("3.4.5")
async def test_a_wrong_value_is_named_and_changes_nothing(
    alice: httpx.AsyncClient,
    made: dict[str, Any],
    stored_gallery: Callable[[], Any],
    field: str,
    value: Any,
    message: str,
) -> None:
    before = await stored_gallery()
    for answer in (
        await alice.post("/api/albums", json={"title": "Album", field: value}),
        await alice.patch(f"/api/albums/{made['id']}", json={field: value}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (400, "VALIDATION_ERROR")
        assert answer.json()["details"] == [{"field": field, "path": [field], "message": message}]
    assert await stored_gallery() == before


async def test_a_title_is_required(alice: httpx.AsyncClient, stored_gallery: Callable[[], Any]) -> None:
    answer = await alice.post("/api/albums", json={"description": "x"})
    assert answer.json()["details"] == [{"field": "title", "path": ["title"], "message": "is required"}]
    assert await stored_gallery() == []


@pytest.mark.prd("3.4.5")
async def test_only_what_is_given_changes_and_null_clears(alice: httpx.AsyncClient, made: dict[str, Any]) -> None:
    path = f"/api/albums/{made['id']}"
    answer = await alice.patch(path, json={"title": "Forts", "imageCount": 99})
    body = answer.json()
    assert (answer.status_code, body["message"]) == (200, "Album updated successfully")
    assert body["data"] == made | {"title": "Forts", "lastUpdatedAt": body["data"]["lastUpdatedAt"]}
    assert body["data"]["lastUpdatedAt"] > made["lastUpdatedAt"]
    assert (body["album"], body["images"]) == (body["data"], made["images"])
    assert (await alice.get(path)).json()["data"] == body["data"]
    cleared = await alice.put(path, json={"description": None, "coverImageId": None})
    data = cleared.json()["data"]
    assert data == body["data"] | {
        "description": None,
        "coverImageId": None,
        "coverImageUrl": None,
        "lastUpdatedAt": data["lastUpdatedAt"],
    }
    touched = (await alice.patch(path, json={})).json()["data"]
    assert touched == data | {"lastUpdatedAt": touched["lastUpdatedAt"]}
    assert touched["lastUpdatedAt"] > data["lastUpdatedAt"]


async def test_a_cover_must_exist_and_be_ones_own(
    alice: httpx.AsyncClient, made: dict[str, Any], add_image: Callable[..., Any], stored_gallery: Callable[[], Any]
) -> None:
    foreign, own = await add_image("bob"), await add_image(image_url="/own.webp")
    before = await stored_gallery()
    for cover, status in ((UNKNOWN, 404), (foreign, 403)):
        for answer in (
            await alice.post("/api/albums", json={"title": "x", "coverImageId": cover}),
            await alice.patch(f"/api/albums/{made['id']}", json={"title": "x", "coverImageId": cover}),
        ):
            assert answer.status_code == status, answer.text
    assert await stored_gallery() == before
    chosen = (await alice.patch(f"/api/albums/{made['id']}", json={"coverImageId": own})).json()["data"]
    assert (chosen["coverImageId"], chosen["coverImageUrl"], chosen["imageCount"]) == (own, "/own.webp", 2)


async def test_an_album_whose_cover_is_gone_can_be_sent_back_as_it_is_shown(
    alice: httpx.AsyncClient,
    made: dict[str, Any],
    database: asyncpg.Connection[asyncpg.Record],
    forget: Callable[[], None],
) -> None:
    await database.execute("UPDATE gallery_albums SET cover_image_id = $2 WHERE id = $1", made["id"], UNKNOWN)
    forget()
    path = f"/api/albums/{made['id']}"
    shown = (await alice.get(path)).json()["data"]
    answer = await alice.put(path, json=shown | {"title": "Renamed"})
    assert (answer.status_code, answer.json()["data"]["title"]) == (200, "Renamed"), answer.text
    assert answer.json()["data"]["coverImageId"] == UNKNOWN


@pytest.mark.prd("3.4.7")
@pytest.mark.parametrize(
    "content",
    [b'{"title": "x"}', b'{"title": 5}', b'{"title": ""}', b'{"coverImageId": "%s"}' % UNKNOWN.encode(), b"{broken"],
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
    for client, album, status in (
        (anonymous, made["id"], 401),
        (bob, made["id"], 403),
        (alice, UNKNOWN, 404),
        (alice, "abc", 404),
    ):
        answer = await client.patch(f"/api/albums/{album}", content=content, headers=headers)
        assert answer.status_code == status, answer.text
    nobody = await anonymous.post("/api/albums", content=content, headers=headers)
    assert (nobody.status_code, nobody.json()["code"]) == (401, "UNAUTHORIZED")
    assert await stored_gallery() == before


async def test_of_updates_that_saw_the_same_version_exactly_one_wins(
    alice: httpx.AsyncClient, made: dict[str, Any]
) -> None:
    path = f"/api/albums/{made['id']}"
    etag = (await alice.get(path)).headers["etag"]
    answers = await asyncio.gather(
        *(alice.patch(path, json={"title": str(number)}, headers={"if-match": etag}) for number in range(10))
    )
    assert sorted(answer.status_code for answer in answers) == [200] + [412] * 9
    winner = next(answer for answer in answers if answer.status_code == 200)
    assert (await alice.get(path)).json()["data"] == winner.json()["data"]


@pytest.mark.parametrize("method", ["POST", "PATCH"])
async def test_a_cover_that_is_deleted_meanwhile_is_not_found(
    alice: httpx.AsyncClient,
    made: dict[str, Any],
    add_image: Callable[..., Any],
    database: asyncpg.Connection[asyncpg.Record],
    method: str,
) -> None:
    cover = await add_image(title="Going")
    path = "/api/albums" if method == "POST" else f"/api/albums/{made['id']}"
    async with database.transaction():
        await database.execute("DELETE FROM gallery_images WHERE title = 'Going'")
        waiting = asyncio.create_task(alice.request(method, path, json={"title": "x", "coverImageId": cover}))
        await asyncio.wait({waiting}, timeout=0.5)
        assert not waiting.done()
    assert ((await waiting).status_code, (await waiting).json()["message"]) == (404, "Image not found")
    assert [album["title"] for album in (await alice.get("/api/albums")).json()["data"]] == ["Castles"]


async def test_graphql_writes_albums_with_the_version_that_was_seen(
    graphql: Callable[..., Any], bob: httpx.AsyncClient, add_image: Callable[..., Any]
) -> None:
    cover = await add_image(title="Cover")
    create = "mutation($input: CreateAlbumInput!) { createAlbum(input: $input) { id lastUpdatedAt cover { title } images { id } } }"
    made = (await graphql(create, {"input": {"title": "Album", "coverImageId": cover}}))["data"]["createAlbum"]
    assert (made["cover"], made["images"]) == ({"title": "Cover"}, [])
    update = """mutation($id: ID!, $input: UpdateAlbumInput!, $seen: DateTime) {
      updateAlbum(id: $id, input: $input, expectedUpdatedAt: $seen) { title imageCount }
    }"""
    variables = {"id": made["id"], "input": {"title": "New"}, "seen": made["lastUpdatedAt"]}
    foreign = await graphql(update, variables, client=bob)
    assert (foreign["data"], foreign["errors"][0]["extensions"]["code"]) == ({"updateAlbum": None}, "FORBIDDEN")
    assert (await graphql(update, variables))["data"]["updateAlbum"] == {"title": "New", "imageCount": 0}
    stale = await graphql(update, variables)
    assert (stale["data"], stale["errors"][0]["extensions"]["code"]) == ({"updateAlbum": None}, "PRECONDITION_FAILED")
    delete = "mutation($id: ID!) { deleteAlbum(id: $id) { id message } }"
    assert (await graphql(delete, {"id": made["id"]}))["data"]["deleteAlbum"] == {
        "id": made["id"],
        "message": "Album deleted successfully",
    }
