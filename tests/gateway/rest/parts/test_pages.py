"""The parts of a list in pages: by GraphQL as many as are asked for, by REST all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from settings import Settings

COLORS = ("Red", "red", "Blue", None)
MANY = 1003
# Rows of one part and color are told from each other by their quantity.
PARTS = tuple((f"{3000 + number % 5}", None, number + 1, COLORS[number % len(COLORS)]) for number in range(MANY))
WINDOW = "(color: $color, page: $page, limit: $limit)"
# One list, and several at once.
ROOTS = {
    "the list alone": "partsList(mocId: $moc, id: $id)",
    "lists of a MOC": "partsLists(mocId: $moc)",
}


@pytest.fixture
def settings(settings_for: Callable[..., Settings]) -> Settings:
    return settings_for(graphql_cost_user=1_000_000)  # all parts of many lists


@pytest.fixture
async def parts_list(
    create: Callable[..., Any], add: Callable[..., Any], add_parts: Callable[..., Any]
) -> dict[str, Any]:
    made: dict[str, Any] = await add(await create())
    await add_parts(made, *PARTS)
    return made


@pytest.fixture
def read(graphql: Callable[..., Any], parts_list: dict[str, Any]) -> Callable[..., Any]:
    """`await read(root, window, page=2)`: the quantities of the parts shown, which tell the parts apart."""

    async def ask(root: str, window: str = WINDOW, **variables: Any) -> list[int]:
        used = f"query($moc: ID!{', $id: ID!' if '$id' in ROOTS[root] else ''}"
        declared = {"color": "String", "page": "Int! = 1", "limit": "Int"}
        used += "".join(f", ${name}: {type_}" for name, type_ in declared.items() if f"${name}" in window)
        query = f"{used}) {{ lists: {ROOTS[root]} {{ parts{window} {{ quantity }} }} }}"
        given = {"moc": parts_list["mocId"], "id": parts_list["id"], **variables}
        found = (await graphql(query, {name: value for name, value in given.items() if f"${name}" in query}))["data"]
        lists = found["lists"] if isinstance(found["lists"], list) else [found["lists"]]
        return [part["quantity"] for part in lists[0]["parts"]]

    return ask


@pytest.mark.parametrize("root", ROOTS)
@pytest.mark.parametrize(
    ("color", "colors"), [(None, COLORS), ("RED", ("Red", "red")), ("blue", ("Blue",)), ("", (None,)), ("Pink", ())]
)
async def test_pages_neither_repeat_nor_skip(
    read: Callable[..., Any], root: str, color: str | None, colors: tuple[str | None, ...]
) -> None:
    whole = await read(root, color=color, limit=None)
    assert sorted(whole) == [quantity for _, _, quantity, color in PARTS if color in colors]
    paged: list[int] = []
    for page in range(1, 12):
        shown = await read(root, color=color, page=page, limit=97)
        assert len(shown) == max(0, min(97, len(whole) - 97 * (page - 1)))
        paged += shown
    assert paged == whole


@pytest.mark.parametrize("root", ROOTS)
async def test_a_page_has_fifty_parts_unless_it_is_to_have_more_or_all(read: Callable[..., Any], root: str) -> None:
    whole = await read(root, "(limit: null)")
    assert len(whole) == MANY
    assert await read(root, "") == whole[:50]
    assert await read(root, "(page: 21)") == whole[1000:]
    assert await read(root, "(limit: 1000)") == whole[:1000]
    assert await read(root, "(limit: 1, page: 1003)") == whole[-1:]
    assert await read(root, "(limit: null, page: 2)") == []


@pytest.mark.parametrize("root", ROOTS)
@pytest.mark.parametrize(
    ("window", "field", "sentence"),
    [
        ("(limit: 0)", "limit", "must be from 1 to 1000, is 0"),
        ("(limit: 1001)", "limit", "must be from 1 to 1000, is 1001"),
        ('(limit: -1, color: "Red")', "limit", "must be from 1 to 1000, is -1"),
        ("(page: 0)", "page", "must be from 1 to 20000, is 0"),
        ("(page: 2147483647)", "page", "must be from 1 to 20000, is 2147483647"),
        ("(page: 2147483647, limit: null)", "page", "must be from 1 to 100, is 2147483647"),
    ],
)
async def test_what_is_no_page_is_refused(
    graphql: Callable[..., Any], parts_list: dict[str, Any], root: str, window: str, field: str, sentence: str
) -> None:
    query = f"query($moc: ID!, $id: ID!) {{ {ROOTS[root]} {{ parts{window} {{ quantity }} }} partsList(mocId: $moc, id: $id) {{ id }} }}"
    (error,) = (await graphql(query, {"moc": parts_list["mocId"], "id": parts_list["id"]}))["errors"]
    assert error["extensions"]["code"] == "VALIDATION_ERROR"
    assert [(one["path"], one["message"]) for one in error["extensions"]["details"]] == [([field], sentence)]


async def test_pages_of_several_lists_are_one_statement(
    statements: Callable[[], Any],
    graphql: Callable[..., Any],
    parts_list: dict[str, Any],
    add: Callable[..., Any],
    add_parts: Callable[..., Any],
) -> None:
    await add_parts(await add({"id": parts_list["mocId"]}), ("1", None, 1, "Red"), ("2", None, 2, "Blue"))
    await add({"id": parts_list["mocId"]})
    query = """query($moc: ID!) { partsLists(mocId: $moc) {
        first: parts(limit: 1) { quantity } second: parts(limit: 1, page: 2) { quantity }
        blue: parts(color: "blue", limit: 1) { quantity } all: parts(limit: null) { quantity }
    } }"""
    await statements()
    answer = await graphql(query, {"moc": parts_list["mocId"]})
    assert len(await statements()) == 2
    empty, small, large = answer["data"]["partsLists"]
    assert empty == {"first": [], "second": [], "blue": [], "all": []}
    one, two = {"quantity": 1}, {"quantity": 2}
    assert small == {"first": [one], "second": [two], "blue": [two], "all": [one, two]}
    assert [large["first"], large["second"], len(large["all"])] == [large["all"][:1], large["all"][1:2], MANY]
    assert len(large["blue"]) == 1


async def test_rest_tells_a_long_list_whole(alice: httpx.AsyncClient, parts_list: dict[str, Any]) -> None:
    answer = await alice.get(f"/api/mocs/{parts_list['mocId']}/parts-lists/{parts_list['id']}")
    assert answer.status_code == 200
    assert sorted(part["quantity"] for part in answer.json()["data"]["parts"]) == list(range(1, MANY + 1))
