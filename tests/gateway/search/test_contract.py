"""What a search finds and in which order, whichever engine answers: each test runs on both (PRD 2.8, 3.8)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from tests.gateway.search.conftest import ALBUMS, IMAGES, KINDS, MOCS, WISHES, Kind, Shelf, titled

if TYPE_CHECKING:
    from collections.abc import Callable

EVERY_KIND = pytest.mark.parametrize("kind", KINDS, ids=titled)
TAGGED = pytest.mark.parametrize("kind", [MOCS, IMAGES, WISHES], ids=titled)
# `from` is a word of Python's.
SECOND: dict[str, Any] = {"from": 1, "size": 1}
BEYOND: dict[str, Any] = {"from": 100}
LONG_AGO = datetime(2024, 1, 1)  # noqa: DTZ001 - columns have no time zone


def tags(kind: Kind, *words: str) -> dict[str, Any]:
    """The column that counts twice, with these words."""
    assert kind.tags
    return {kind.tags: words[0] if kind is WISHES else orjson.dumps(words).decode()}


FOUND = (
    "castle",
    "CASTLE",
    "casttle",
    "caslte",
    "Castel",
    "cast",
    "castles",
    "mediev",
    "castle medieval",
    "castle drawbridge",
    "the castle",
    '"medieval castle"',
    'medieval "great hall"',
    "castle -lighthouse",
    "-lighthouse",
    "medieval casttle drawbridge great hall castle",
)
NOT_FOUND = (
    '"castle medieval"',
    'medieval "hall great"',
    "castle -drawbridge",
    'castle -"great hall"',
    "-castle",
    "castle lighthouse",
    "motor",
)
HOSTILE = (
    "*",
    "%",
    "?",
    "(",
    ")",
    "((((",
    "\\",
    "/.*/",
    '"' * 200,
    "-",
    "--",
    "-*",
    '-"!"',
    '-"',
    "user_id:*",
    "* OR user_id:*",
    "title:castle",
    '{"match_all":{}}',
    "castle~2",
    "'; DROP TABLE moc_instructions; --",
    "a" * 200,
    "é" * 200,
    "🚀" * 200,
    "abc.def-" * 25,
    "ab c " * 40,
    "abcdefgh " * 22,
)
# A title, and what finds it.
SCRIPTS = {
    "Corner Café": ("café", "cafe", "CAFÉ"),
    "Schloß Neuschwanstein": ("schloß",),
    "Красный замок": ("замок", "КРАСНЫЙ", "красн", "замоок"),
    "日本の城壁": ("城壁", "城"),
    "Rocket 🚀": ("🚀",),
    "قلعة الحصن": ("قلعة",),
    "Back\\slash": ("back\\slash",),
    "O'Brien's tower": ("o'brien",),
}


@pytest.mark.prd("2.2.5")
@EVERY_KIND
@pytest.mark.prd("2.8.1")
@pytest.mark.prd("2.8.3")
@pytest.mark.prd("3.8.6")
async def test_every_word_is_somewhere_as_such_as_a_part_or_misspelt(shelf: Shelf, kind: Kind) -> None:
    await shelf.put(kind, "Medieval Castle", description="A drawbridge and the great hall")
    await shelf.put(kind, "Medieval Castle", user="bob", description="A drawbridge and the great hall")
    await shelf.index()
    found = {text: await shelf.titles(kind, text) for text in FOUND + NOT_FOUND}
    assert found == {text: ["Medieval Castle"] for text in FOUND} | {text: [] for text in NOT_FOUND}


@EVERY_KIND
async def test_letters_of_all_scripts_are_letters(shelf: Shelf, kind: Kind) -> None:
    for title in SCRIPTS:
        await shelf.put(kind, title)
    await shelf.index()
    found = {text: await shelf.titles(kind, text) for texts in SCRIPTS.values() for text in texts}
    assert found == {text: [title] for title, texts in SCRIPTS.items() for text in texts}


@TAGGED
@pytest.mark.prd("2.8.2")
@pytest.mark.prd("3.8.1")
@pytest.mark.prd("3.8.2")
@pytest.mark.prd("3.8.7")
async def test_the_title_counts_before_tags_before_the_description(shelf: Shelf, kind: Kind) -> None:
    await shelf.put(kind, "Space Shuttle", description="The launch tower looks like a castle")
    await shelf.put(kind, "Coffee Truck", **tags(kind, "castle"))
    await shelf.put(kind, "Medieval Castle")
    await shelf.index()
    expected = ["Medieval Castle", "Coffee Truck", "Space Shuttle"]
    assert await shelf.titles(kind, "castle") == expected
    assert await shelf.titles(kind, "castle", limit=2, page=2) == ["Space Shuttle"]


@TAGGED
async def test_words_may_be_in_different_fields(shelf: Shelf, kind: Kind) -> None:
    await shelf.put(kind, "Coffee Truck", description="With a sliding door", **tags(kind, "modular city"))
    await shelf.put(kind, "Coffee Shop", description="With a door")
    await shelf.index()
    assert await shelf.titles(kind, "truck modular sliding") == ["Coffee Truck"]
    assert await shelf.titles(kind, "coffee sliding") == ["Coffee Truck"]
    assert await shelf.titles(kind, "coffee truck ship") == []


@EVERY_KIND
@pytest.mark.prd("2.8.5")
async def test_of_equal_matches_the_last_changed_comes_first(shelf: Shelf, kind: Kind) -> None:
    unique = kind is not MOCS  # a user's MOCs have different titles
    for age in (2, 0, 3, 1):
        title = f"Twin tower {age}" if not unique else "Twin tower"
        columns: dict[str, Any] = {"description": str(age), kind.changed: LONG_AGO - timedelta(days=age)}
        await shelf.put(kind, title, **columns)
    await shelf.index()
    body = await shelf.answer(kind, "twin")
    assert [row["description"] for row in body["data"]] == ["0", "1", "2", "3"]


@EVERY_KIND
@pytest.mark.prd("2.8.6")
@pytest.mark.prd("2.8.10")
@pytest.mark.prd("3.8.5")
@pytest.mark.prd("3.8.8")
async def test_pages_neither_repeat_nor_skip_and_tell_the_total(shelf: Shelf, kind: Kind) -> None:
    ids = [await shelf.put(kind, f"Castle {number}") for number in range(25)]
    await shelf.put(kind, "Lighthouse")
    await shelf.index()
    pages = [await shelf.answer(kind, "castle", limit=10, page=page) for page in (1, 2, 3, 4)]
    assert [len(page["data"]) for page in pages] == [10, 10, 5, 0]
    assert sorted(row["id"] for page in pages for row in page["data"]) == sorted(ids)
    assert [(page["total"], page["page"], page["limit"]) for page in pages] == [(25, page, 10) for page in (1, 2, 3, 4)]


@EVERY_KIND
@pytest.mark.prd("2.8.4")
@pytest.mark.prd("3.8.3")
async def test_others_rows_are_neither_found_nor_counted(shelf: Shelf, kind: Kind) -> None:
    await shelf.put(kind, "Castle of mine")
    for number in range(3):
        await shelf.put(kind, f"Castle of bob's {number}", user="bob", description="castle castle")
    await shelf.index()
    body = await shelf.answer(kind, "castle")
    assert ([row["title"] for row in body["data"]], body["total"]) == (["Castle of mine"], 1)


@EVERY_KIND
@pytest.mark.prd("2.8.8")
async def test_what_is_shown_is_as_it_is_now_whatever_the_index_says(shelf: Shelf, kind: Kind) -> None:
    kept = await shelf.put(kind, "Castle one", description="old")
    gone = await shelf.put(kind, "Castle two")
    given = await shelf.put(kind, "Castle three")
    await shelf.index()
    await shelf.delete(kind, gone)
    await shelf.give(kind, given, "bob")
    await shelf.database.execute(f"UPDATE {kind.table} SET description = 'new'")
    body = await shelf.answer(kind, "castle")
    assert ([row["id"] for row in body["data"]], body["total"]) == ([kept], 1)
    assert body["data"][0]["description"] == "new"
    listed = (await shelf.alice.get(kind.path)).json()["data"]
    assert body["data"] == listed
    await shelf.index()
    assert (await shelf.answer(kind, "castle"))["data"] == listed


async def test_mocs_are_filtered(shelf: Shelf, graphql: Callable[..., Any]) -> None:
    await shelf.put(MOCS, "Castle", tags='["Modular"]', theme="Icons")
    await shelf.put(MOCS, "Castle set", type="set", theme="City", brand="LEGO")
    await shelf.put(MOCS, "Castle, the third", tags='"modular"')
    await shelf.index()
    document = """query($type: MocType, $theme: String, $tag: String) {
      mocs(search: "castle", type: $type, theme: $theme, tag: $tag) { items { title } total }
    }"""

    async def titles(**filters: str) -> list[str]:
        page = (await graphql(document, filters))["data"]["mocs"]
        assert page["total"] == len(page["items"])
        return sorted(moc["title"] for moc in page["items"])

    assert await titles() == ["Castle", "Castle set", "Castle, the third"]
    assert await titles(type="set") == ["Castle set"]
    assert await titles(theme="icons") == ["Castle"]
    assert await titles(tag="MODULAR") == ["Castle", "Castle, the third"]
    assert await titles(tag="modular", theme="ICONS", type="moc") == ["Castle"]
    assert await titles(tag="mod") == []
    assert await shelf.titles(MOCS, "castle", tag="modular", limit=1) in (["Castle"], ["Castle, the third"])


async def test_images_are_filtered_and_are_no_albums(shelf: Shelf) -> None:
    album = await shelf.put(ALBUMS, "Castle album")
    await shelf.put(IMAGES, "Castle", tags='["Modular", "Old town"]', album_id=album)
    await shelf.put(IMAGES, "Castle, flagged", flagged=True)
    await shelf.put(IMAGES, "Castle, from before", flagged=None)
    await shelf.index()
    assert await shelf.titles(ALBUMS, "castle") == ["Castle album"]
    assert len(await shelf.titles(IMAGES, "castle")) == 3
    assert await shelf.titles(IMAGES, "castle", flagged="true") == ["Castle, flagged"]
    assert sorted(await shelf.titles(IMAGES, "castle", flagged="false")) == ["Castle", "Castle, from before"]
    assert await shelf.titles(IMAGES, "castle", tag="old TOWN") == ["Castle"]
    assert await shelf.titles(IMAGES, "castle", tag="old") == []
    assert await shelf.titles(IMAGES, "castle", albumId=album.upper()) == ["Castle"]


async def test_wishes_are_filtered_and_come_all_where_no_page_is_asked_for(shelf: Shelf) -> None:
    for number in range(30):
        await shelf.put(WISHES, f"Castle {number}", category="Space" if number % 3 else "space")
    await shelf.index()
    body = await shelf.answer(WISHES, "castle")
    assert (len(body["data"]), body["total"], body["limit"]) == (30, 30, 30)
    assert len(await shelf.titles(WISHES, "castle", category="space")) == 10
    assert await shelf.titles(WISHES, "castle", category="SPACE") == []


@pytest.mark.parametrize(("kind", "noun"), [(MOCS, "MOCs"), (WISHES, "wishlist items")])
@pytest.mark.prd("2.8.6")
@pytest.mark.prd("2.8.9")
@pytest.mark.prd("3.8.9")
async def test_a_slice_tells_which_engine_found_how_many(shelf: Shelf, kind: Kind, noun: str) -> None:
    await shelf.put(kind, "Space Shuttle", description="The launch tower looks like a castle")
    await shelf.put(kind, "Castle")
    await shelf.put(kind, "Castle", user="bob")
    await shelf.index()
    body = await shelf.answer(kind, "castle", "/search", **SECOND)
    assert [row["title"] for row in body["data"]] == ["Space Shuttle"]
    assert (body["total"], body["source"]) == (2, shelf.engine)
    assert body["message"] == f"Found 2 {noun} in {shelf.engine}"
    beyond = await shelf.answer(kind, "castle", "/search", **BEYOND)
    assert (beyond["data"], beyond["total"]) == ([], 2)
    everything = await shelf.answer(kind, "", "/search")
    assert (everything["total"], everything["source"]) == (2, "database")


async def test_graphql_tells_whether_more_come(shelf: Shelf, graphql: Callable[..., Any]) -> None:
    for number in range(3):
        await shelf.put(MOCS, f"Castle {number}")
    await shelf.index()
    document = """query($page: Int!) {
      mocs(search: "castle", limit: 2, page: $page) { items { title images { id } } total hasMore nextCursor }
    }"""
    pages = [(await graphql(document, {"page": page}))["data"]["mocs"] for page in (1, 2)]
    assert [(len(page["items"]), page["total"], page["hasMore"], page["nextCursor"]) for page in pages] == [
        (2, 3, True, None),
        (1, 3, False, None),
    ]


async def test_no_text_breaks_a_search_or_shows_what_it_should_not(shelf: Shelf) -> None:
    await shelf.put(MOCS, "Lighthouse", description="Mine")
    for number, text in enumerate(HOSTILE):
        await shelf.put(MOCS, f"Castle {number}", user="bob", description=text)
    await shelf.index()
    assert {text: await shelf.titles(MOCS, text) for text in HOSTILE} == {text: [] for text in HOSTILE}


@pytest.mark.parametrize("text", ["x" * 201, "castle%00"], ids=["long", "nul"])
async def test_what_no_engine_takes_is_refused(shelf: Shelf, text: str) -> None:
    await shelf.index()
    for path in ("/api/mocs/search?q=", "/api/mocs?search=", "/api/images?search=", "/api/wishlist/search?q="):
        answer = await shelf.alice.get(path + text)
        assert (answer.status_code, answer.json()["code"]) == (400, "VALIDATION_ERROR")


async def test_pages_beyond_what_opensearch_pages_through_come_from_the_database(shelf: Shelf) -> None:
    await shelf.put(MOCS, "Castle")
    await shelf.index()
    body = await shelf.answer(MOCS, "castle", limit=100, page=100)
    assert (body["data"], body["total"]) == ([], 1)
    body = await shelf.answer(MOCS, "castle", limit=100, page=101, engine="database")
    assert (body["data"], body["total"]) == ([], 1)
