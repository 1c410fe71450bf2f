"""What a builder asks of a parts list in GraphQL: parts of one color, pieces by color, how many are missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    import asyncpg

PARTS = (
    ("3001", "Brick 2 x 4", 8, "Red"),
    ("3020", "Plate 2 x 4", 3, "Red"),
    ("3001", "Brick 2 x 4", 2, "Blue"),
    ("3001", "Brick 2 x 4", 5, "red"),
    ("3001", "Brick 2 x 4", 4, "BLUE"),
    ("9999", None, 1, None),
    ("9998", None, 1, ""),
)
VIEWS = """
    query ($mocId: ID!) {
      partsLists(mocId: $mocId) { id missingPartsCount partsByColor { color pieces uniqueParts } red: parts(color: "RED") { partId } }
    }
"""


@pytest.fixture
async def parts_list(
    create: Callable[..., Any], add: Callable[..., Any], add_parts: Callable[..., Any]
) -> dict[str, Any]:
    """A list of seven rows in two spellings of each of two colors, an empty one and none."""
    made: dict[str, Any] = await add(await create(), totalPartsCount="19")
    await add_parts(made, *PARTS)
    return made


async def test_pieces_by_color(graphql: Callable[..., Any], parts_list: dict[str, Any]) -> None:
    answer = await graphql(VIEWS, {"mocId": parts_list["mocId"]})
    assert answer["data"]["partsLists"][0]["partsByColor"] == [
        {"color": "Red", "pieces": 16, "uniqueParts": 2},
        {"color": "BLUE", "pieces": 6, "uniqueParts": 1},
        {"color": "", "pieces": 1, "uniqueParts": 1},
        {"color": None, "pieces": 1, "uniqueParts": 1},
    ]


async def test_a_color_has_as_many_pieces_as_its_parts(graphql: Callable[..., Any], parts_list: dict[str, Any]) -> None:
    query = """query($mocId: ID!, $color: String) { partsLists(mocId: $mocId) {
        partsByColor { color pieces } parts(color: $color) { quantity }
    } }"""
    found = (await graphql(query, {"mocId": parts_list["mocId"]}))["data"]["partsLists"][0]["partsByColor"]
    for one in found[:2]:
        answer = await graphql(query, {"mocId": parts_list["mocId"], "color": one["color"]})
        parts = answer["data"]["partsLists"][0]["parts"]
        assert sum(part["quantity"] for part in parts) == one["pieces"]


@pytest.mark.parametrize(
    ("color", "quantities"),
    [("red", [8, 5, 3]), ("Blue", [4, 2]), ("", [1, 1]), ("Pink", []), (None, [4, 2, 8, 5, 3, 1, 1])],
)
async def test_parts_of_a_color(
    graphql: Callable[..., Any], parts_list: dict[str, Any], color: str | None, quantities: list[int]
) -> None:
    query = """
        query ($mocId: ID!, $id: ID!, $color: String) {
          partsList(mocId: $mocId, id: $id) { parts(color: $color) { quantity } }
        }
    """
    answer = await graphql(query, {"mocId": parts_list["mocId"], "id": parts_list["id"], "color": color})
    assert [part["quantity"] for part in answer["data"]["partsList"]["parts"]] == quantities


@pytest.mark.parametrize(
    ("total", "acquired", "missing"),
    [("19", "7", "12"), ("19", "19", "0"), ("5", "7", "0"), (None, "7", None), ("many", "7", None), ("19", None, "19")],
)
async def test_how_many_are_missing(
    graphql: Callable[..., Any],
    parts_list: dict[str, Any],
    database: asyncpg.Connection[asyncpg.Record],
    total: str | None,
    acquired: str | None,
    missing: str | None,
) -> None:
    statement = "UPDATE moc_parts_lists SET total_parts_count = $1, acquired_parts_count = $2"
    await database.execute(statement, total, acquired)
    answer = await graphql(VIEWS, {"mocId": parts_list["mocId"]})
    assert answer["data"]["partsLists"][0]["missingPartsCount"] == missing


async def test_statements_do_not_grow_with_the_lists(
    statements: Callable[[], Any],  # before anything opens a connection
    graphql: Callable[..., Any],
    parts_list: dict[str, Any],
    add: Callable[..., Any],
    add_parts: Callable[..., Any],
) -> None:
    variables = {"mocId": parts_list["mocId"]}
    await graphql(VIEWS, variables)
    await statements()
    await graphql(VIEWS, variables)
    few = await statements()
    for _ in range(5):
        await add_parts(await add({"id": parts_list["mocId"]}), *PARTS)
    await statements()
    assert len((await graphql(VIEWS, variables))["data"]["partsLists"]) == 6
    assert len(await statements()) == len(few) == 3
