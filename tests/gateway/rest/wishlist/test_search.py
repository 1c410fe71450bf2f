"""GET /api/wishlist/search, and `search` of GET /api/wishlist, on PostgreSQL (PRD 3.8)."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

ALL = ["Assembly Square", "Castle of Lion Knights", "Corner Café", "Space Shuttle"]


@pytest.fixture
async def wishes(add: Callable[..., Any], bob: httpx.AsyncClient) -> None:
    await add(title="Space Shuttle", description="The tower looks like a castle", category="Space", sortOrder="30")
    await add(title="Corner Café", description="Sliding door", category="Castles", sortOrder="4")
    await add(title="Castle of Lion Knights", description="A drawbridge", category="Icons", sortOrder="3.5")
    await add(title="Assembly Square", category="Modular", sortOrder="1")
    await add(bob, title="Bob's Castle", category="Castles")


async def found(
    client: httpx.AsyncClient, path: str = "/search", *, start: int | None = None, **query: Any
) -> list[str]:
    answer = await client.get(f"/api/wishlist{path}", params=query if start is None else query | {"from": start})
    assert answer.status_code == 200, answer.text
    assert answer.json()["items"] == answer.json()["data"]
    return [item["title"] for item in answer.json()["data"]]


@pytest.mark.usefixtures("wishes")
@pytest.mark.prd("3.8.3")
@pytest.mark.prd("3.8.7")
async def test_the_callers_own_are_found_title_before_category_before_description(alice: httpx.AsyncClient) -> None:
    expected = ["Castle of Lion Knights", "Corner Café", "Space Shuttle"]
    assert await found(alice, q="castle") == expected
    assert await found(alice, search="castle") == expected
    assert await found(alice, search="castle", q="square") == expected
    assert await found(alice, "", search="castle") == expected


@pytest.mark.usefixtures("wishes")
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("casttle", "Castle of Lion Knights"),
        ("shutle", "Space Shuttle"),
        ("modlar", "Assembly Square"),
        ("DRAWBRIDGE", "Castle of Lion Knights"),
        ("café", "Corner Café"),
        ("assem", "Assembly Square"),
    ],
)
async def test_misspelt_words_and_parts_of_words_are_found(alice: httpx.AsyncClient, query: str, expected: str) -> None:
    assert (await found(alice, q=query))[0] == expected
    assert (await found(alice, "", search=query))[0] == expected


@pytest.mark.usefixtures("wishes")
@pytest.mark.parametrize(
    "query", ["zzzznothing", "'; DROP TABLE wishlist_items; --", "& | ! ( ) : *", "castle -lion -door -tower"]
)
async def test_what_is_nowhere_is_not_found(alice: httpx.AsyncClient, query: str) -> None:
    assert await found(alice, q=query) == []


@pytest.mark.usefixtures("wishes")
async def test_a_category_narrows_a_search(alice: httpx.AsyncClient) -> None:
    assert await found(alice, q="castle", category="Space") == ["Space Shuttle"]
    assert await found(alice, "", search="castle", category="Castles") == ["Corner Café"]
    assert await found(alice, q="castle", category="castles") == []
    assert await found(alice, category="Icons") == ["Castle of Lion Knights"]


@pytest.mark.usefixtures("wishes")
async def test_without_words_all_items_come_in_order(alice: httpx.AsyncClient) -> None:
    queries: list[dict[str, Any]] = [{}, {"q": ""}, {"search": "  "}]
    for query in queries:
        assert await found(alice, **query) == [
            "Assembly Square",
            "Castle of Lion Knights",
            "Corner Café",
            "Space Shuttle",
        ]


@pytest.mark.usefixtures("wishes")
@pytest.mark.prd("3.8.5")
@pytest.mark.prd("3.8.8")
async def test_a_search_comes_in_pages_or_slices_with_its_total(alice: httpx.AsyncClient) -> None:
    answer = (await alice.get("/api/wishlist/search?q=castle&page=2&limit=2")).json()
    assert [item["title"] for item in answer["data"]] == ["Space Shuttle"]
    assert (answer["success"], answer["total"], answer["source"]) == (True, 3, "database")
    assert answer["message"] == "Found 3 wishlist items in database"
    assert (answer["page"], answer["limit"]) == (2, 2)
    assert await found(alice, q="castle", start=1, size=1) == ["Corner Café"]
    assert await found(alice, q="castle", start=2, page=9) == ["Space Shuttle"]
    assert await found(alice, start=1, size=2) == ALL[1:3]
    beyond = (await alice.get("/api/wishlist/search?q=castle&page=50")).json()
    assert (beyond["data"], beyond["total"]) == ([], 3)
    listed = (await alice.get("/api/wishlist?search=castle&limit=2&page=2")).json()
    assert [item["title"] for item in listed["data"]] == ["Space Shuttle"]
    assert (listed["total"], listed["page"], listed["limit"]) == (3, 2, 2)
    unpaged = (await alice.get("/api/wishlist?search=castle")).json()
    assert (len(unpaged["data"]), unpaged["total"], unpaged["limit"]) == (3, 3, 3)


@pytest.mark.usefixtures("wishes")
@pytest.mark.parametrize(
    ("query", "page", "limit"),
    [
        ("", 1, 20),
        ("q=castle", 1, 20),
        ("q=zzzznothing&page=3&limit=7", 3, 7),
        ("from=0&size=2", 1, 2),
        ("q=castle&from=2&size=2", 2, 2),
        ("q=castle&from=3&size=2&page=9", 2, 2),
        ("q=castle&from=4&size=2", 3, 2),
    ],
)
async def test_a_search_says_which_page_it_is(alice: httpx.AsyncClient, query: str, page: int, limit: int) -> None:
    answer = (await alice.get(f"/api/wishlist/search?{query}")).json()
    assert (answer["page"], answer["limit"]) == (page, limit)


@pytest.mark.usefixtures("wishes")
async def test_a_search_is_never_older_than_the_last_write(alice: httpx.AsyncClient, add: Callable[..., Any]) -> None:
    item = await add(title="Lighthouse")
    assert await found(alice, q="lighthouse") == ["Lighthouse"]
    await alice.patch(f"/api/wishlist/{item['id']}", json={"title": "Harbour"})
    assert await found(alice, q="lighthouse") == []
    await alice.delete(f"/api/wishlist/{item['id']}")
    assert await found(alice, q="harbour") == []


@pytest.mark.usefixtures("wishes")
@pytest.mark.prd("3.8.9")
async def test_how_long_a_search_took_is_logged(alice: httpx.AsyncClient, caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger("brickgate").propagate = True
    await found(alice, q="castle")
    facts = vars(next(record for record in caplog.records if record.name == "brickgate.search"))
    assert (facts["engine"], facts["index"], facts["total"]) == ("database", "wishlist_items", 3)
    assert 0 < facts["ms"] < 10_000


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("size=0", "size"),
        ("size=0&limit=0", "limit"),
        ("limit=101", "limit"),
        ("from=-1", "from"),
        ("from=x", "from"),
        (f"q={'x' * 201}", "q"),
        (f"search={'x' * 201}", "search"),
    ],
)
async def test_a_wrong_search_is_named(alice: httpx.AsyncClient, query: str, field: str) -> None:
    answer = await alice.get(f"/api/wishlist/search?{query}")
    assert (answer.status_code, answer.json()["details"][0]["field"]) == (400, field)


async def test_graphql_searches_alike_in_one_statement(
    graphql: Callable[..., Any], add: Callable[..., Any], statements: Callable[[], Any]
) -> None:
    for title in ("Castle", "Castle, the second", "Corner Café"):
        await add(title=title, description="Not a castle")
    document = """query($query: String, $from: Int) {
      searchWishlist(query: $query, from: $from, limit: 2) { items { title } total page limit source message }
    }"""
    await graphql(document, {"query": "warm"})
    await statements()
    answer = await graphql(document, {"query": "castle", "from": 1})
    assert len(await statements()) == 1
    assert answer["data"]["searchWishlist"] == {
        "items": [{"title": "Castle"}, {"title": "Corner Café"}],
        "total": 3,
        "page": 1,
        "limit": 2,
        "source": "database",
        "message": "Found 3 wishlist items in database",
    }
