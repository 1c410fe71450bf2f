"""What operations cost: told with each answer, refused before execution where it is too much, the same at every door (FR7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from graphql import (
    GraphQLInterfaceType,
    GraphQLObjectType,
    get_named_type,
    get_nullable_type,
    is_leaf_type,
    is_list_type,
    parse,
)

from gateway import costs
from gateway.costs import cost, costliest
from gateway.execute import Operation
from gateway.graphql import GRAPHQL_JSON
from resolvers.costs import LENGTHS, SLICES, WEIGHTS
from resolvers.schema import GRAPHQL
from tests.gateway.graph import bombs

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

PAGE = "query($limit: Int! = 20, $all: Boolean = false) { mocs(limit: $limit) { items { id images @include(if: $all) { id } } } }"


def operation(query: str) -> Operation:
    document: Any = parse(query)
    return Operation.of(document, document.definitions[0])


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("{ __typename __schema { types { name } } }", 0),
        ("{ moc(id: 1) { id title tags } }", 1),
        ("{ mocs { items { id } total } }", 1 + 20),
        ("{ mocs(limit: 3) { items { id } items { title } } }", 1 + 3 + 3),
        ("{ mocs(limit: 3) { total } }", 1),
        ("{ a: mocs(limit: 3) { items { id } } b: mocs(limit: 4) { items { id } } }", 4 + 5),
        ("{ mocs(limit: 3) { items { images { id } albums { images(limit: 2) { id } } } } }", 1 + 3 * (1 + 10 + 5 * 3)),
        ('{ mocs(search: "castle") { items { id } } }', 10 + 21),
        ('{ mocs(search: "") { items { id } } }', 21),
        ('{ searchMocs(query: "x", size: 5) { items { id } } }', 10 + 6),
        ("{ wishlist { items { id } } }", 1 + 100),
        ("{ album(id: 1) { images(limit: null) { id } } }", 1 + 100),
        ("{ album(id: 1) { images { id } } }", 1 + 20),
        ("{ partsList(mocId: 1, id: 2) { parts { partId } } }", 1 + 50),
        ("{ partsList(mocId: 1, id: 2) { parts(limit: 1000, page: 3) { partId } } }", 1 + 1000),
        ("{ partsList(mocId: 1, id: 2) { a: parts(limit: 1) { partId } b: parts(limit: 2) { partId } } }", 1 + 1 + 2),
        *(
            (f"{{ partsList(mocId: 1, id: 2) {{ parts(limit: {lie}) {{ partId }} }} }}", 1 + 10_000)
            for lie in ("null", "0", "-1", "10001")
        ),
        ("{ mocs { items { partsLists { parts(limit: 50) { partId quantity } } } } }", 1 + 20 * (1 + 5 * (1 + 50))),
        ("{ gallery(limit: 2) { items { id ... on GalleryImage { album { id } } } } }", 1 + 2 * 2),
        ("{ me { name stats { mocs } } }", 5 + 1 + 10 + 1),
        ("mutation { deleteMoc(id: 1) { id } b: deleteMoc(id: 2) { id } }", 22),
        ("mutation { createImage(input: {uploadId: 1}) { id } }", 51),
        ("{ ...F } fragment F on Query { mocs(limit: 2) { ...G } } fragment G on MocPage { items { id } }", 3),
        ("{ mocs @skip(if: true) { items { id } } ... @include(if: false) { mocs { total } } }", 0),
        ("{ mocs(limit: -5) { items { id } } }", 101),
        ("{ mocs(limit: 0) { items { id } } }", 101),
        ("{ mocs(limit: 1000000) { items { id } } }", 101),
    ],
)
def test_the_cost_is_weights_times_sizes(query: str, expected: int) -> None:
    assert cost(operation(query), {}) == expected


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({}, 21),
        ({"limit": 5}, 6),
        ({"limit": 5, "all": True}, 1 + 5 * 11),
        ({"limit": 100}, 101),
        ({"limit": 5, "all": "no"}, 1 + 5 * 11),
        *(({"limit": lie}, 101) for lie in (-1, 0, 101, 10**30, None, "1", 1.0, True, [], [1], {"limit": 1}, "")),
    ],
)
def test_variables_cannot_lie_about_pages(variables: dict[str, Any], expected: int) -> None:
    assert cost(operation(PAGE), variables) == expected


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({}, 50 + 20),
        ({"limit": 7}, 7 + 7),
        ({"limit": 1000}, 1000 + 100),
        *(({"limit": lie}, 10_000 + 100) for lie in (None, -1, 0, 10_001, "1", True)),
    ],
)
def test_each_list_has_a_largest_page_of_its_own(variables: dict[str, Any], expected: int) -> None:
    query = "query($limit: Int) { partsList(mocId: 1, id: 2) { parts(limit: $limit) { partId } } albums(limit: $limit) { items { id } } }"
    assert cost(operation(query), variables) == 1 + 1 + expected


def test_a_cost_is_worked_out_once_for_a_document_and_its_sizes(calls: Callable[[], Any]) -> None:
    page = operation(
        PAGE.replace("($limit", "($search: String, $limit").replace("limit: $limit", "limit: $limit, search: $search")
    )
    assert cost(page, {"limit": 5, "search": "castle"}) == 16
    with calls() as counted:
        assert cost(page, {"limit": 5, "search": "windmill"}) == 16
    assert counted[f"{costs.__name__}.selected"] == 0
    with calls() as counted:
        assert cost(page, {"limit": 6, "search": "windmill"}) == 17
    assert counted[f"{costs.__name__}.selected"] > 0


def test_the_cost_of_a_lie_is_not_kept_for_who_tells_the_truth() -> None:
    page = operation(PAGE)
    assert [cost(page, {"limit": limit}) for limit in (True, 1, True)] == [101, 2, 101]


def test_a_bomb_of_fragments_is_priced_by_looking_at_each_once(calls: Callable[[], Any]) -> None:
    bomb = operation(bombs.fragments(60))
    with calls() as counted:
        assert cost(bomb, {}) > 2**60
    assert counted[f"{costs.__name__}.selected"] < 60 * 6


def test_every_list_has_a_length_and_every_coordinate_is_in_the_schema() -> None:
    lists, coordinates = set(), set()
    sized = {(get_named_type(_field(name).type).name, one.sized) for name, one in SLICES.items() if one.sized}
    for type_ in GRAPHQL.type_map.values():
        if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType) and not type_.name.startswith("__"):
            for name, field in type_.fields.items():
                coordinate = f"{type_.name}.{name}"
                coordinates |= {coordinate, *(f"{coordinate}({argument}:)" for argument in field.args)}
                if is_list_type(get_nullable_type(field.type)) and not is_leaf_type(get_named_type(field.type)):
                    lists.add((type_.name, name))
    own = {tuple(name.split(".")) for name in (*LENGTHS, *(name for name, one in SLICES.items() if not one.sized))}
    assert own | sized == lists
    assert own & sized == set()
    assert {f"{name}({one.argument}:)" for name, one in SLICES.items()} | WEIGHTS.keys() <= coordinates


def _field(coordinate: str) -> Any:
    type_, _, name = coordinate.partition(".")
    found: Any = GRAPHQL.type_map[type_]
    return found.fields[name]


async def test_each_answer_tells_its_cost_kept_or_not_and_rest_none(
    alice: httpx.AsyncClient, create: Callable[..., Any]
) -> None:
    await create()
    told = {"cost": {"requested": 4, "limit": 100_000}}
    for state in ("MISS", "HIT"):
        answer = await alice.post("/graphql", json={"query": "{ mocs(limit: 3) { items { title } } }"})
        assert (answer.headers["x-cache"], answer.json()["extensions"]) == (state, told)
        assert answer.json()["data"] == {"mocs": {"items": [{"title": "Windmill"}]}}
    partly = await alice.post("/graphql", json={"query": '{ moc(id: "no") { id } }'})
    assert (partly.json()["extensions"]["cost"]["requested"], len(partly.json()["errors"])) == (1, 1)
    assert "extensions" not in (await alice.get("/api/mocs?limit=3")).json()


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("{ me { id } image(id: 1) { id } }", "me"),
        (
            "{ mocs { items { images { id } ...F } } me { id } } fragment F on Moc { partsLists { parts { partId } } }",
            "mocs.items.partsLists.parts",
        ),
        (
            "{ gallery { items { ... on GalleryAlbum { images(limit: 100) { id } cover { id } } } } }",
            "gallery.items.images",
        ),
        ("{ mocs @skip(if: true) { items { id } } ... @include(if: false) { images { total } } me { id } }", "me"),
        (bombs.inner_fragments(40), "mocs.items.files"),
    ],
)
def test_what_costs_most_is_named(query: str, field: str) -> None:
    assert costliest(operation(query), {}) == field


async def test_what_costs_too_much_is_refused_before_execution_by_class_of_caller(
    client_with: Callable[..., httpx.AsyncClient], create: Callable[..., Any]
) -> None:
    moc = await create()
    budgets = {"graphql_cost_anonymous": 2, "graphql_cost_user": 14, "graphql_cost_trusted": 20}
    deletion = {"query": f'mutation {{ deleteMoc(id: "{moc["id"]}") {{ id }} mocs: deleteMoc(id: "x") {{ id }} }}'}
    async with client_with(**budgets) as client:
        refused = await client.post("/graphql", json=deletion, headers={"accept": GRAPHQL_JSON})
        assert (refused.status_code, refused.json()["extensions"]) == (400, {"cost": {"requested": 22, "limit": 14}})
        assert "data" not in refused.json()
        error = refused.json()["errors"][0]
        assert error["extensions"]["code"] == "QUERY_TOO_COSTLY"
        assert error["message"] == (
            "The operation may cost 22, which is 8 more than the 14 that you may spend at once, most of it for deleteMoc: ask for smaller "
            "pages, for fewer lists inside of lists, or in several requests"
        )
        assert (await client.get(f"/api/mocs/{moc['id']}")).status_code == 200
        page = {"query": "query($n: Int!) { mocs(limit: $n) { items { id } } }", "variables": {"n": 13}}
        assert (await client.post("/graphql", json=page)).json()["extensions"]["cost"] == {"requested": 14, "limit": 14}
        page["variables"] = {"n": 14}
        assert "data" not in (await client.post("/graphql", json=page)).json()
    async with client_with(user=None, **budgets) as nobody:
        answer = (await nobody.post("/graphql", json={"query": "{ mocs(limit: 2) { items { id } } }"})).json()
        assert (answer["extensions"]["cost"], "data" in answer) == ({"requested": 3, "limit": 2}, False)
        assert (await nobody.post("/graphql", json={"query": "{ mocs(limit: 1) { items { id } } }"})).json()["errors"][
            0
        ]["extensions"]["code"] == "UNAUTHORIZED"
