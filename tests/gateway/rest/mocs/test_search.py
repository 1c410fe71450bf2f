"""GET /api/mocs/search, and `search` of GET /api/mocs, on PostgreSQL (PRD 2.8)."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    import asyncpg
    import httpx


@pytest.fixture
async def collection(create: Callable[..., Any], bob: httpx.AsyncClient) -> None:
    await create(title="Medieval Castle", description="A drawbridge and a great hall", tags=["castle", "modular"])
    await create(title="Space Shuttle", description="The launch tower looks like a castle", tags=["space", "NASA"])
    await create(title="Coffee Truck", description="Sliding door", tags=["city", "Castles of coffee"])
    await create(title="100% plastic_bricks", description="back\\slash", tags=["o'brien"])
    await create(title="Schloß Neuschwanstein", description="日本の城", tags=["城"])
    await create(bob, title="Bob's Castle", tags=["castle"])


async def found(client: httpx.AsyncClient, query: str, **more: Any) -> list[str]:
    answer = await client.get("/api/mocs/search", params={"q": query, **more})
    assert answer.status_code == 200, answer.text
    return [moc["title"] for moc in answer.json()["mocs"]]


@pytest.mark.usefixtures("collection")
@pytest.mark.prd("2.8.4")
@pytest.mark.prd("2.8.7")
async def test_the_callers_own_are_found_title_before_tags_before_description(alice: httpx.AsyncClient) -> None:
    assert await found(alice, "castle") == ["Medieval Castle", "Coffee Truck", "Space Shuttle"]


@pytest.mark.usefixtures("collection")
@pytest.mark.parametrize("typo", ["casttle", "caslte", "mediaval", "Castel", "shutle", "spce"])
async def test_misspelt_words_are_found(alice: httpx.AsyncClient, typo: str) -> None:
    expected = "Space Shuttle" if typo in {"shutle", "spce"} else "Medieval Castle"
    assert expected in await found(alice, typo)


@pytest.mark.usefixtures("collection")
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("SHUTTLE", ["Space Shuttle"]),
        ("shutt", ["Space Shuttle"]),
        ("drawbridge", ["Medieval Castle"]),
        ("castles drawbridge", ["Medieval Castle"]),
        ('"great hall"', ["Medieval Castle"]),
        ('"hall great"', []),
        ("castle -shuttle", ["Medieval Castle", "Coffee Truck"]),
        ("schloß", ["Schloß Neuschwanstein"]),
        ("城", ["Schloß Neuschwanstein"]),
        ("100%", ["100% plastic_bricks"]),
        ("plastic_", ["100% plastic_bricks"]),
        ("back\\slash", ["100% plastic_bricks"]),
        ("o'brien", ["100% plastic_bricks"]),
        ("zzzznothing", []),
        ("%", ["100% plastic_bricks"]),
        ("_", ["100% plastic_bricks"]),
        ("'; DROP TABLE moc_instructions; --", []),
        ("& | ! ( ) : *", []),
    ],
)
async def test_words_parts_phrases_and_signs_mean_what_they_say(
    alice: httpx.AsyncClient, query: str, expected: list[str]
) -> None:
    assert await found(alice, query) == expected


@pytest.mark.usefixtures("collection")
@pytest.mark.prd("2.8.6")
@pytest.mark.prd("2.8.8")
@pytest.mark.prd("2.8.10")
async def test_slices_totals_and_the_engine_are_told(alice: httpx.AsyncClient) -> None:
    answer = (await alice.get("/api/mocs/search?q=castle&from=1&size=1")).json()
    assert [moc["title"] for moc in answer["mocs"]] == ["Coffee Truck"]
    assert answer["data"] == answer["mocs"]
    assert (answer["success"], answer["total"], answer["source"]) == (True, 3, "database")
    assert answer["message"] == "Found 3 MOCs in database"
    beyond = (await alice.get("/api/mocs/search?q=castle&from=500")).json()
    assert (beyond["mocs"], beyond["total"]) == ([], 3)
    everything = (await alice.get("/api/mocs/search?q=&from=0&size=100")).json()
    assert (len(everything["mocs"]), everything["total"]) == (5, 5)
    listed = (await alice.get("/api/mocs")).json()["data"]
    assert [set(moc) - {"images"} for moc in everything["mocs"]] == [set(moc) for moc in listed]


@pytest.mark.usefixtures("collection")
@pytest.mark.prd("2.8.1")
async def test_the_list_searches_page_by_page(alice: httpx.AsyncClient) -> None:
    first = (await alice.get("/api/mocs?search=castle&limit=2")).json()
    second = (await alice.get("/api/mocs?search=castle&limit=2&page=2")).json()
    assert [moc["title"] for moc in first["data"] + second["data"]] == [
        "Medieval Castle",
        "Coffee Truck",
        "Space Shuttle",
    ]
    assert (first["total"], second["total"], second["page"]) == (3, 3, 2)
    tagged = (await alice.get("/api/mocs?search=castle&tag=space")).json()
    assert [moc["title"] for moc in tagged["data"]] == ["Space Shuttle"]


@pytest.mark.usefixtures("collection")
@pytest.mark.prd("2.8.5")
async def test_of_equal_matches_the_last_changed_comes_first(
    alice: httpx.AsyncClient, create: Callable[..., Any]
) -> None:
    older, newer = await create(title="Twin tower"), await create(title="Twin tower 2")
    await alice.patch(f"/api/mocs/{newer['id']}", json={"title": "Twin towes"})
    await alice.patch(f"/api/mocs/{newer['id']}", json={"title": "Tower twin"})
    assert (await found(alice, "twin"))[0] == "Tower twin"
    await alice.patch(f"/api/mocs/{older['id']}", json={"title": "Twin tower"})
    assert sorted(await found(alice, "tower twin")) == ["Tower twin", "Twin tower"]


@pytest.mark.usefixtures("collection")
async def test_a_search_is_never_older_than_the_last_write(
    alice: httpx.AsyncClient, create: Callable[..., Any]
) -> None:
    moc = await create(title="Lighthouse")
    assert await found(alice, "lighthouse") == ["Lighthouse"]
    await alice.delete(f"/api/mocs/{moc['id']}")
    assert await found(alice, "lighthouse") == []


@pytest.mark.usefixtures("collection")
async def test_a_server_without_trigrams_answers_without_tolerance(
    alice: httpx.AsyncClient, database: asyncpg.Connection[asyncpg.Record]
) -> None:
    await database.execute("CREATE SCHEMA aside")
    await database.execute("ALTER EXTENSION pg_trgm SET SCHEMA aside")
    try:
        assert await found(alice, "castle") == ["Medieval Castle", "Coffee Truck", "Space Shuttle"]
        assert await found(alice, "casttle") == []
    finally:
        await database.execute("ALTER EXTENSION pg_trgm SET SCHEMA public")
        await database.execute("DROP SCHEMA aside")


@pytest.mark.usefixtures("collection")
@pytest.mark.prd("2.8.9")
async def test_how_long_a_search_took_is_logged(alice: httpx.AsyncClient, caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger("brickgate").propagate = True
    await found(alice, "castle")
    record = next(record for record in caplog.records if record.name == "brickgate.search")
    facts = vars(record)
    assert (facts["engine"], facts["index"], facts["total"]) == ("database", "moc_instructions", 3)
    assert 0 < facts["ms"] < 10_000


@pytest.mark.parametrize(
    ("query", "field"),
    [("size=0", "size"), ("size=101", "size"), ("from=-1", "from"), ("size=x", "size"), (f"q={'x' * 201}", "q")],
)
async def test_a_wrong_slice_is_named(alice: httpx.AsyncClient, query: str, field: str) -> None:
    answer = await alice.get(f"/api/mocs/search?{query}")
    assert (answer.status_code, answer.json()["details"][0]["field"]) == (400, field)
