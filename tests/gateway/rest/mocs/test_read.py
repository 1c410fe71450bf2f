"""GET /api/mocs and /api/mocs/{id} (PRD 2.2, 2.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    import asyncpg
    import httpx

UNKNOWN = "00000000-0000-4000-8000-000000000000"


def titles(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [moc["title"] for moc in answer.json()["data"]]


@pytest.mark.prd("2.2.3")
@pytest.mark.prd("2.2.4")
@pytest.mark.prd("2.2.7")
@pytest.mark.prd("2.2.10")
async def test_the_list_is_the_callers_own_newest_first(
    alice: httpx.AsyncClient, bob: httpx.AsyncClient, create: Callable[..., Any]
) -> None:
    for number in range(25):
        await create(title=f"MOC {number}")
    await create(bob, title="Bob's")
    answer = await alice.get("/api/mocs")
    body = answer.json()
    assert titles(answer) == [f"MOC {number}" for number in range(24, 4, -1)]
    assert (body["success"], body["total"], body["page"], body["limit"]) == (True, 25, 1, 20)
    assert body["mocs"] == body["data"]
    assert {"id", "title", "description", "thumbnailUrl", "type", "createdAt"} <= body["data"][0].keys()
    second = await alice.get("/api/mocs?page=2&limit=10")
    assert titles(second) == [f"MOC {number}" for number in range(14, 4, -1)]
    beyond = await alice.get("/api/mocs?page=9")
    assert (titles(beyond), beyond.json()["total"], beyond.json()["page"]) == ([], 25, 9)


@pytest.mark.prd("2.2.1")
@pytest.mark.prd("2.2.6")
async def test_the_list_is_filtered_by_tag_and_type(alice: httpx.AsyncClient, create: Callable[..., Any]) -> None:
    await create(title="Mill", tags=["Windmill", "dutch"])
    await create(title="Castle", tags=["castle"])
    await create(title="Titanic", type="set", tags=["dutch"])
    assert titles(await alice.get("/api/mocs?tag=DUTCH")) == ["Titanic", "Mill"]
    assert titles(await alice.get("/api/mocs?tag=dutch&type=moc")) == ["Mill"]
    assert titles(await alice.get("/api/mocs?type=set")) == ["Titanic"]
    assert titles(await alice.get("/api/mocs?tag=&search=&type=")) == ["Titanic", "Castle", "Mill"]
    assert titles(await alice.get("/api/mocs?tag=mill")) == []


@pytest.mark.prd("2.2.11")
@pytest.mark.parametrize(
    ("query", "field", "message"),
    [
        ("page=-1", "page", "must be from 1 to 50000, is -1"),
        ("page=0", "page", "must be from 1 to 50000, is 0"),
        ("limit=0", "limit", "must be from 1 to 100, is 0"),
        ("limit=101", "limit", "must be from 1 to 100, is 101"),
        ("limit=1000000000", "limit", "must be from 1 to 100, is 1000000000"),
        ("limit=9999999999", "limit", "must be from 1 to 100, is 9999999999"),
        ("page=99999999999999999999", "page", "must be from 1 to 50000, is 99999999999999999999"),
        ("page=9999999999&limit=100", "page", "must be from 1 to 10000, is 9999999999"),
        ("page=-000000000000000000001", "page", "must be from 1 to 50000, is -1"),
        (f"page={'9' * 5000}", "page", f"must be from 1 to 50000, is {'9' * 50}"),
        ("limit=abc", "limit", "must be a whole number, is 'abc'"),
        ("limit=1.5", "limit", "must be a whole number, is '1.5'"),
        ("type=lego", "type", "must be one of moc, set, is 'lego'"),
        (f"search={'x' * 201}", "search", "must have at most 200 characters, has 201"),
    ],
)
async def test_a_wrong_parameter_is_named(alice: httpx.AsyncClient, query: str, field: str, message: str) -> None:
    answer = await alice.get(f"/api/mocs?{query}")
    body = answer.json()
    assert (answer.status_code, body["code"]) == (400, "VALIDATION_ERROR")
    assert body["details"] == [{"field": field, "path": [field], "message": message}]


@pytest.mark.parametrize("query", ["search=%00", "tag=a%00b", "search=%ff%fe", "search=%ed%a0%80"])
async def test_text_that_is_no_text_is_refused(alice: httpx.AsyncClient, query: str) -> None:
    answer = await alice.get(f"/api/mocs?{query}")
    assert (answer.status_code, answer.json()["success"]) == (400, False), answer.text


@pytest.mark.prd("2.2.11")
@pytest.mark.parametrize(
    "path", ["/api/mocs", "/api/mocs/search", f"/api/mocs/{UNKNOWN}", "/api/mocs/stats/by-category"]
)
async def test_nobody_reads_without_signing_in(anonymous: httpx.AsyncClient, path: str) -> None:
    answer = await anonymous.get(path)
    assert (answer.status_code, answer.json()["code"]) == (401, "UNAUTHORIZED")
    assert answer.json()["message"] == "No authentication token provided"


@pytest.fixture
async def furnished(create: Callable[..., Any], database: asyncpg.Connection[asyncpg.Record]) -> dict[str, Any]:
    """A MOC of alice's with two files, a linked image and two parts lists."""
    moc: dict[str, Any] = await create(tags=["mill"])
    await database.execute(
        """
        INSERT INTO moc_files (moc_id, file_type, file_url, original_filename, mime_type, created_at) VALUES
          ($1, 'instruction', '/f/a.pdf', 'a.pdf', 'application/pdf', '2024-01-01'),
          ($1, 'thumbnail', '/f/t.png', 't.png', 'image/png', '2024-01-02')
        """,
        moc["id"],
    )
    await database.execute(
        """
        WITH image AS (
          INSERT INTO gallery_images (user_id, title, description, tags, image_url, thumbnail_url)
          VALUES ($2, 'At dawn', 'Front', '["dawn"]', '/g/i.webp', '/g/t.webp') RETURNING id
        ) INSERT INTO moc_gallery_images (moc_id, gallery_image_id) SELECT $1, id FROM image
        """,
        moc["id"],
        moc["userId"],
    )
    await database.execute(
        """
        INSERT INTO moc_parts_lists (moc_id, title, built, inventory_percentage, acquired_parts_count, created_at) VALUES
          ($1, 'Old', NULL, NULL, NULL, '2024-01-01'), ($1, 'New', true, '47.50', '12', '2024-01-02')
        """,
        moc["id"],
    )
    return moc


@pytest.mark.prd("2.2.11")
async def test_a_list_that_cannot_be_read_is_our_own_error(
    process: Callable[..., httpx.AsyncClient], database: asyncpg.Connection[asyncpg.Record]
) -> None:
    await database.execute("ALTER TABLE moc_instructions RENAME TO hidden")
    try:
        answer = await process(raising=False).get("/api/mocs")
    finally:
        await database.execute("ALTER TABLE hidden RENAME TO moc_instructions")
    assert (answer.status_code, answer.json()["code"]) == (500, "INTERNAL_ERROR")


@pytest.mark.prd("2.3.1")
@pytest.mark.prd("2.3.2")
@pytest.mark.prd("2.3.4")
@pytest.mark.prd("2.3.9")
async def test_a_moc_is_read_with_all_that_belongs_to_it_in_one_statement(
    alice: httpx.AsyncClient, statements: Callable[[], Any], furnished: dict[str, Any]
) -> None:
    await statements()
    answer = await alice.get(f"/api/mocs/{furnished['id']}")
    body = answer.json()
    moc = body["data"]
    assert (answer.status_code, body["success"], body["moc"]) == (200, True, moc)
    assert {name: moc[name] for name in furnished} == furnished
    files = [(file["fileType"], file["fileUrl"], file["originalFilename"], file["mimeType"]) for file in moc["files"]]
    assert files == [
        ("instruction", "/f/a.pdf", "a.pdf", "application/pdf"),
        ("thumbnail", "/f/t.png", "t.png", "image/png"),
    ]
    assert moc["files"][0]["createdAt"] == "2024-01-01T00:00:00.000Z"
    pictures = [
        (it["galleryImageId"] is None, it["url"], it["thumbnailUrl"], it["alt"], it["caption"]) for it in moc["images"]
    ]
    assert pictures == [
        (True, "/f/t.png", None, "t.png", "t.png"),
        (False, "/g/i.webp", "/g/t.webp", "At dawn", "Front"),
    ]
    lists = [
        (it["title"], it["built"], it["inventoryPercentage"], it["acquiredPartsCount"]) for it in moc["partsLists"]
    ]
    assert lists == [("New", True, "47.50", "12"), ("Old", False, "0.00", "0")]
    assert len(await statements()) == 1


@pytest.mark.prd("2.3.3")
@pytest.mark.prd("2.3.8")
async def test_another_users_moc_is_forbidden_and_shows_nothing(
    bob: httpx.AsyncClient, furnished: dict[str, Any]
) -> None:
    for path in ("", "/gallery-images", "/albums"):
        answer = await bob.get(f"/api/mocs/{furnished['id']}{path}")
        assert (answer.status_code, answer.json()["code"]) == (403, "FORBIDDEN")
        assert "Windmill" not in answer.text


@pytest.mark.prd("2.3.7")
@pytest.mark.parametrize("moc_id", [UNKNOWN, "abc", "1", "%00", "..%2f..", UNKNOWN.replace("-", ""), f"{{{UNKNOWN}}}"])
async def test_what_is_no_id_of_a_moc_is_not_found(alice: httpx.AsyncClient, moc_id: str) -> None:
    answer = await alice.get(f"/api/mocs/{moc_id}")
    assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND"), answer.text


async def test_an_entity_tag_holds_until_what_it_names_changes(
    alice: httpx.AsyncClient,
    furnished: dict[str, Any],
    database: asyncpg.Connection[asyncpg.Record],
    forget: Callable[[], None],
) -> None:
    path = f"/api/mocs/{furnished['id']}"
    etag = (await alice.get(path)).headers["etag"]
    for validator in (etag, etag.removeprefix("W/"), f'"other", {etag}', "*"):
        same = await alice.get(path, headers={"if-none-match": validator})
        assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", etag)
    assert (await alice.get(path, headers={"if-none-match": '"other"'})).status_code == 200
    await database.execute("DELETE FROM moc_files WHERE file_type = 'thumbnail'")
    forget()
    changed = await alice.get(path, headers={"if-none-match": etag})
    assert (changed.status_code, changed.headers["etag"] == etag) == (200, False)
    updated = await alice.patch(path, json={"theme": "x"}, headers={"if-match": etag})
    assert updated.status_code == 200  # the MOC itself is still the version that was seen


async def test_lists_have_entity_tags_too(alice: httpx.AsyncClient, create: Callable[..., Any]) -> None:
    await create()
    first = await alice.get("/api/mocs")
    assert first.headers["cache-control"] == "private, no-cache"
    assert (await alice.get("/api/mocs", headers={"if-none-match": first.headers["etag"]})).status_code == 304
    await create(title="Another")
    assert (await alice.get("/api/mocs", headers={"if-none-match": first.headers["etag"]})).status_code == 200


async def test_head_answers_like_get(alice: httpx.AsyncClient, create: Callable[..., Any]) -> None:
    moc = await create()
    answer = await alice.head(f"/api/mocs/{moc['id']}")
    assert (answer.status_code, answer.headers["etag"][:3]) == (200, 'W/"')


async def test_a_single_tag_of_the_legacy_service_is_a_list_of_one(
    alice: httpx.AsyncClient,
    create: Callable[..., Any],
    database: asyncpg.Connection[asyncpg.Record],
    forget: Callable[[], None],
) -> None:
    moc = await create()
    await database.execute("""UPDATE moc_instructions SET tags = '"castle"'""")
    assert (await alice.get(f"/api/mocs/{moc['id']}")).json()["data"]["tags"] == ["castle"]
    assert titles(await alice.get("/api/mocs?tag=castle")) == ["Windmill"]
    assert (await alice.get("/api/mocs/stats/by-category")).json()["data"] == [{"category": "castle", "count": 1}]
    await database.execute("""UPDATE moc_instructions SET tags = '{"not": "tags"}'""")
    forget()
    assert (await alice.get(f"/api/mocs/{moc['id']}")).json()["data"]["tags"] is None


@pytest.mark.parametrize(
    ("tags", "shown"), [("[null]", []), ('[["a"], "b", 3, {"c": "d"}]', ["a", "b"]), ("3", None), ("null", None)]
)
async def test_a_row_that_nobody_checked_spoils_no_list(
    alice: httpx.AsyncClient,
    create: Callable[..., Any],
    database: asyncpg.Connection[asyncpg.Record],
    tags: str,
    shown: list[str] | None,
) -> None:
    """The tables are older than the rules: `type` is any text, `tags` any JSON."""
    moc = await create()
    await database.execute("UPDATE moc_instructions SET type = 'Custom', tags = $1::text::jsonb", tags)
    listed = await alice.get("/api/mocs")
    assert (listed.status_code, listed.json()["data"][0]["tags"], listed.json()["data"][0]["type"]) == (
        200,
        shown,
        "moc",
    )
    assert (await alice.get(f"/api/mocs/{moc['id']}")).json()["data"]["tags"] == shown
    assert (await alice.get("/api/mocs/stats/by-category")).status_code == 200
    assert titles(await alice.get("/api/mocs?type=moc&tag=b")) == (["Windmill"] if shown else [])
    assert titles(await alice.get("/api/mocs?search=windmill&type=set")) == []
    changed = await alice.patch(f"/api/mocs/{moc['id']}", json={"title": "Mill"})
    assert (changed.status_code, changed.json()["data"]["type"]) == (200, "moc")


async def test_aliases_can_be_switched_off(
    settings_for: Callable[..., Any], token: Callable[[str], str], create: Callable[..., Any]
) -> None:
    import httpx  # noqa: PLC0415 - a client of an application of its own

    from gateway.app import create_app  # noqa: PLC0415 - as above

    await create()
    application = create_app(settings_for(legacy_aliases=False))
    headers = {"Authorization": f"Bearer {token('alice')}"}
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(application), base_url="http://test", headers=headers
    ) as client:
        body = (await client.get("/api/mocs")).json()
    await application.state.gateway.services.close()
    assert (len(body["data"]), "mocs" in body) == (1, False)
