"""Texts that try to be more than text in searches and filters: SQL, LIKE, OpenSearch (OWASP: Injection). More: tests/gateway/search."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    import asyncpg
    import httpx

# Every place where a client's text meets a query: the path, and the parameter.
PLACES = [
    ("/api/mocs", "search"),
    ("/api/mocs", "tag"),
    ("/api/mocs/search", "q"),
    ("/api/images", "search"),
    ("/api/images", "tag"),
    ("/api/albums", "search"),
    ("/api/gallery", "search"),
    ("/api/gallery", "tag"),
    ("/api/wishlist", "search"),
    ("/api/wishlist", "category"),
    ("/api/wishlist/search", "q"),
    ("/api/wishlist/search", "category"),
]
HARMLESS = [  # they mean nothing, and find nothing
    "%",
    "_",
    "\\",
    "%%' --",
    "' OR '1'='1",
    "'; DROP TABLE moc_instructions; --",
    "') UNION SELECT user_id FROM moc_instructions --",
    "$1",
    ":query",
    "{}",
    '{"match_all": {}}',
    '"}}, "script": {"source": "1"}',
    "user_id:*",
    "* OR title:*",
    "title:/.*/",
    "/(a+)+$/",
    "_exists_:title",
    "[* TO *]",
    "*",
    "?*?*?*?*?*?*",
    "a:* & !b | <->",
    "&&||!()",
    "~~~~^9999",
    "${jndi:ldap://127.0.0.1/x}",
    "{{7*7}}",
    "\u202e\u2066",
    "\ufdfa" * 10,
]


@pytest.fixture
async def secrets(
    database: asyncpg.Connection[asyncpg.Record], bob: httpx.AsyncClient, alice: httpx.AsyncClient
) -> None:
    """One thing of each kind of alice's and of bob's, with a tag and a category."""
    for client, name in ((alice, "mine"), (bob, "theirs")):
        moc = {"type": "moc", "title": name, "author": name, "partsCount": 1, "tags": [name]}
        assert (await client.post("/api/mocs", json=moc)).status_code == 201
        assert (await client.post("/api/albums", json={"title": name})).status_code == 201
        assert (await client.post("/api/wishlist", json={"title": name, "category": name})).status_code == 201
    await database.execute(
        "INSERT INTO gallery_images (user_id, title, tags, image_url)"
        " SELECT user_id, title, tags, 'https://x/' || title FROM moc_instructions"
    )


def found(answer: httpx.Response) -> set[str]:
    """The titles of what was found; the gallery calls it items."""
    body = answer.json()
    return {row["title"] for row in body.get("data", body.get("items"))}


@pytest.mark.usefixtures("secrets")
@pytest.mark.parametrize(("path", "name"), PLACES)
async def test_no_text_finds_more_than_what_it_says(alice: httpx.AsyncClient, path: str, name: str) -> None:
    assert found(await alice.get(path, params={name: "mine"})) == {"mine"}
    assert found(await alice.get(path, params={name: "theirs"})) == set()
    for text in HARMLESS:
        answer = await alice.get(path, params={name: text})
        assert answer.status_code == 200, (text, answer.text)
        assert found(answer) == set(), text
    assert (await alice.get("/api/mocs")).json()["total"] == 1


@pytest.mark.parametrize(("path", "name"), PLACES)
async def test_what_no_engine_can_take_is_400(alice: httpx.AsyncClient, path: str, name: str) -> None:
    for text in ("%00", "a%00b", "%ff", "%c0%ae", "%ed%a0%80", "x" * 20_000, "%F0%9F%A7%B1" * 5_000):
        answer = await alice.get(f"{path}?{name}={text}")
        assert (answer.status_code, answer.json()["success"]) in ((400, False), (200, True)), text[:20]
        assert answer.status_code == 400 or (name in ("tag", "category") and len(text) > 1_000), text[:20]
        assert len(answer.content) < 2_000


@pytest.mark.parametrize(
    "cursor", ["%", "' OR 1=1 --", "W10=", "bnVsbA==", "MQ==", "e30=", "eyJfX2NsYXNzX18iOiAxfQ==", "x" * 50_000, "\0"]
)
async def test_a_cursor_is_not_believed(graphql: Callable[..., Any], alice: httpx.AsyncClient, cursor: str) -> None:
    document = "query($after: String) { mocs(first: 2, after: $after) { items { id } } }"
    codes = {error["extensions"]["code"] for error in (await graphql(document, {"after": cursor})).get("errors", ())}
    assert codes <= {"VALIDATION_ERROR", "BAD_REQUEST"}
    answer = await alice.get("/api/gallery", params={"cursor": cursor})
    assert answer.status_code in (200, 400)
    assert len(answer.content) < 2_000


@pytest.mark.usefixtures("secrets")
@pytest.mark.parametrize(
    "page",
    [
        "1;DROP TABLE moc_instructions",
        "1 OR 1=1",
        "-1",
        "1e9",
        "9" * 18,
        "9" * 400,
        "\u0661",
        "0x1",
        "1_0",
        " 1",
        "1.0",
        "",
    ],
)
async def test_numbers_of_a_query_are_numbers(alice: httpx.AsyncClient, page: str) -> None:
    for path, name in (
        ("/api/mocs", "page"),
        ("/api/mocs", "limit"),
        ("/api/mocs/search", "from"),
        ("/api/wishlist", "page"),
    ):
        answer = await alice.get(path, params={name: page})
        assert answer.status_code == 400 or (page == "" and answer.status_code == 200), answer.text
