"""GET /api/wishlist and /api/wishlist/{id} (PRD 3.6)."""

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
    return [item["title"] for item in answer.json()["data"]]


@pytest.mark.prd("3.6.2")
async def test_the_list_is_all_of_the_callers_own_in_its_order_or_one_category(
    alice: httpx.AsyncClient, bob: httpx.AsyncClient, add: Callable[..., Any]
) -> None:
    await add(title="Ten", sortOrder="10", category="Modular")
    await add(title="Two", sortOrder="2", category="Ideas")
    await add(title="One", sortOrder="1", category="Modular")
    await add(bob, title="Bob's", sortOrder="1", category="Modular")
    answer = await alice.get("/api/wishlist")
    body = answer.json()
    assert titles(answer) == ["One", "Two", "Ten"]
    assert body["items"] == body["data"]
    assert (body["success"], body["total"], body["page"], body["limit"]) == (True, 3, 1, 3)
    assert titles(await alice.get("/api/wishlist?category=Modular")) == ["One", "Ten"]
    for none in ("modular", "Duplo", "Modular%20"):
        assert titles(await alice.get(f"/api/wishlist?category={none}")) == []
    assert titles(await alice.get("/api/wishlist/?category=&search=")) == ["One", "Two", "Ten"]
    nothing = (await alice.get("/api/wishlist?category=Duplo")).json()
    assert (nothing["items"], nothing["total"], nothing["page"], nothing["limit"]) == ([], 0, 1, 1)


IN_ORDER = [
    "-10.5",
    "-1",
    "-0",
    "1e-07",
    "1.5",
    "2",
    "10",
    "1e3",
    "1700000000000",
    "9" * 50,
    "9e99",
    # what is no number, as bytes
    " 1",
    "+1",
    "--1",
    ".5",
    "1 ",
    "1.",
    "1e999999",
    "1\n2",
    "Infinity",
    "NaN",
    "later",
    "z",
    "é",
    "٣",
]


@pytest.mark.prd("3.6.2")
async def test_numbers_come_by_value_and_before_every_text(alice: httpx.AsyncClient, add: Callable[..., Any]) -> None:
    for position in [*IN_ORDER[1::2], *IN_ORDER[::2]]:
        await add(title=position.replace("\n", "|"), sortOrder=position)
    listed = [item["sortOrder"] for item in (await alice.get("/api/wishlist")).json()["data"]]
    numbers, words = listed[:11], listed[11:]
    assert numbers == IN_ORDER[:11]
    assert words == sorted(IN_ORDER[11:], key=str.encode)
    pages = [(await alice.get(f"/api/wishlist?limit=4&page={page}")).json()["data"] for page in range(1, 8)]
    assert [item["sortOrder"] for page in pages for item in page] == listed


async def test_what_the_legacy_service_stored_fails_no_list(
    alice: httpx.AsyncClient, add: Callable[..., Any], database: asyncpg.Connection[asyncpg.Record]
) -> None:
    await add(title="Number", sortOrder="3")
    for odd in ("", "9" * 200_000, "1" * 51, "0." + "1" * 20_000, "1e99999999999", "-", "  ", "1\n"):
        await database.execute(
            "INSERT INTO wishlist_items (user_id, title, sort_order) SELECT user_id, 'Odd', $1 FROM wishlist_items LIMIT 1",
            odd,
        )
    listed = (await alice.get("/api/wishlist")).json()["data"]
    assert (len(listed), listed[0]["title"]) == (9, "Number")
    assert (await add(title="New"))["sortOrder"] == "4"


async def test_equal_positions_come_by_age(
    alice: httpx.AsyncClient,
    add: Callable[..., Any],
    database: asyncpg.Connection[asyncpg.Record],
    forget: Callable[[], None],
) -> None:
    ids = [
        (await add(title=title, sortOrder=position))["id"]
        for title, position in [("B", "1.0"), ("A", "1"), ("C", "01")]
    ]
    assert titles(await alice.get("/api/wishlist")) == ["B", "A", "C"]
    await database.execute("UPDATE wishlist_items SET created_at = '2024-01-01'")
    forget()
    listed = (await alice.get("/api/wishlist")).json()["data"]
    assert [item["id"] for item in listed] == sorted(ids)


async def test_a_long_list_comes_whole_or_in_pages(
    alice: httpx.AsyncClient, add: Callable[..., Any], database: asyncpg.Connection[asyncpg.Record]
) -> None:
    await add(title="1", sortOrder="1")
    await database.execute(
        """INSERT INTO wishlist_items (user_id, title, sort_order)
           SELECT user_id, n::text, n::text FROM wishlist_items, generate_series(2, 150) AS n"""
    )
    whole = await alice.get("/api/wishlist")
    assert titles(whole) == [str(n) for n in range(1, 151)]
    assert (whole.json()["total"], whole.json()["page"], whole.json()["limit"]) == (150, 1, 150)
    paged = {
        "page=2": (range(21, 41), 2, 20),
        "limit=7": (range(1, 8), 1, 7),
        "page=2&limit=100": (range(101, 151), 2, 100),
        "page=9&limit=100": (range(0), 9, 100),
    }
    for query, (expected, page, limit) in paged.items():
        answer = await alice.get(f"/api/wishlist?{query}")
        assert titles(answer) == [str(n) for n in expected]
        body = answer.json()
        assert (body["total"], body["page"], body["limit"]) == (150, page, limit)


@pytest.mark.parametrize(
    ("query", "field"),
    [("page=0", "page"), ("limit=0", "limit"), ("limit=101", "limit"), ("page=x", "page"), ("page=99999999", "page")],
)
async def test_a_wrong_page_is_named(alice: httpx.AsyncClient, query: str, field: str) -> None:
    for path in ("/api/wishlist", "/api/wishlist/search"):
        answer = await alice.get(f"{path}?{query}")
        assert (answer.status_code, answer.json()["details"][0]["field"]) == (400, field)


@pytest.mark.prd("3.6.3")
async def test_one_item_is_read_and_revalidated(alice: httpx.AsyncClient, add: Callable[..., Any]) -> None:
    item = await add(category="Ideas", sortOrder=4)
    answer = await alice.get(f"/api/wishlist/{item['id']}")
    assert (answer.status_code, answer.json()["data"]) == (200, item)
    assert answer.json()["item"] == item
    again = await alice.get(f"/api/wishlist/{item['id'].upper()}", headers={"if-none-match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.prd("3.6.3")
@pytest.mark.prd("3.6.10")
async def test_another_users_item_is_forbidden_and_what_is_not_there_not_found(
    alice: httpx.AsyncClient, bob: httpx.AsyncClient, add: Callable[..., Any]
) -> None:
    item = await add(title="Secret")
    answer = await bob.get(f"/api/wishlist/{item['id']}")
    assert (answer.status_code, answer.json()["code"]) == (403, "FORBIDDEN")
    assert "Secret" not in answer.text
    for missing in (UNKNOWN, "12345", f"{UNKNOWN}0", "%00"):
        answer = await alice.get(f"/api/wishlist/{missing}")
        assert (answer.status_code, answer.json()["message"]) == (404, "Wishlist item not found")


async def test_nobody_reads_without_signing_in(anonymous: httpx.AsyncClient, add: Callable[..., Any]) -> None:
    item = await add()
    for path in ("", f"/{item['id']}", "/search?q=titanic"):
        answer = await anonymous.get(f"/api/wishlist{path}")
        assert (answer.status_code, answer.json()["code"]) == (401, "UNAUTHORIZED")


async def test_graphql_reads_the_same_in_one_statement(
    graphql: Callable[..., Any],
    bob: httpx.AsyncClient,
    add: Callable[..., Any],
    add_all: Callable[..., Any],
    statements: Callable[[], Any],
) -> None:
    item = await add(title="Ten", sortOrder="10", category="Ideas")
    await add_all("2", "later")
    document = """query($page: Int, $limit: Int, $category: String) {
      wishlist(page: $page, limit: $limit, category: $category) { items { title } total page limit hasMore }
    }"""
    await statements()
    whole = await graphql(document)
    assert len(await statements()) == 1
    assert whole["data"]["wishlist"] == {
        "items": [{"title": "at 2"}, {"title": "Ten"}, {"title": "at later"}],
        "total": 3,
        "page": 1,
        "limit": 3,
        "hasMore": False,
    }
    first = (await graphql(document, {"limit": 1}))["data"]["wishlist"]
    assert first == {"items": [{"title": "at 2"}], "total": 3, "page": 1, "limit": 1, "hasMore": True}
    assert (await graphql(document, {"category": "Ideas"}))["data"]["wishlist"]["total"] == 1
    one = "query($id: ID!) { wishlistItem(id: $id) { id title sortOrder imageWidth } }"
    read = await graphql(one, {"id": item["id"]})
    assert read["data"]["wishlistItem"] == {"id": item["id"], "title": "Ten", "sortOrder": "10", "imageWidth": None}
    assert (await graphql(one, {"id": item["id"]}, client=bob))["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert (await graphql(one, {"id": "x"}))["errors"][0]["extensions"]["code"] == "NOT_FOUND"
