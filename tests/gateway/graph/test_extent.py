"""Documents that are too large are refused before anything is done with them, and told by how much (FR7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from graphql import get_introspection_query, parse

from gateway import extent
from gateway.extent import Extent, measure
from gateway.graphql import GRAPHQL_JSON
from tests.gateway.graph import bombs

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

LARGE = {"graphql_max_tokens": 200_000}


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        (
            bombs.nested(50),
            "The document is 50 levels deep and may be 10: ask for what lies deeper by its id, in a request of its own",
        ),
        (
            bombs.aliases(1000),
            "The document has 1,000 aliases and may have 30: ask for several things by a list, or in several requests",
        ),
        (
            bombs.roots(100),
            "The document has 100 root fields and may have 20: send the others in a request of their own",
        ),
        (
            bombs.directives(10_000),
            "The document has 10,000 directives and may have 50: leave out what is never wanted",
        ),
        (
            bombs.fragments(40),
            "The document is 82 levels deep and may be 10: ask for what lies deeper by its id, in a request of its own",
        ),
        (
            bombs.flat_fragments(200),
            "The document has more than 1,000,000 root fields and may have 20: send the others in a request of their own",
        ),
        (
            bombs.repeated(200),
            (
                "The document has 39,800 pairs of fields of one name to compare and may have 10,000: "
                "write each field once, and share fragments"
            ),
        ),
        (bombs.CIRCLE, "Cannot spread fragment 'A' within itself via 'B'."),
        ("{ a: __typename" + " " * 100_000 + "}", "The document has 100,016 characters and may have 100,000"),
    ],
    ids=["deep", "aliases", "roots", "directives", "fragments", "flat", "repeated", "circle", "long"],
)
async def test_what_is_too_large_is_refused_with_the_limit_and_the_figure(
    client_with: Callable[..., httpx.AsyncClient], query: str, sentence: str
) -> None:
    async with client_with(**LARGE) as client:
        answer = await client.post("/graphql", json={"query": query}, headers={"accept": GRAPHQL_JSON})
    body = answer.json()
    assert answer.status_code == 400
    assert "data" not in body
    assert sentence in [error["message"] for error in body["errors"]]
    assert {error["extensions"]["code"] for error in body["errors"]} <= {"QUERY_TOO_COMPLEX", "BAD_REQUEST"}
    assert ("BAD_REQUEST" in answer.text) == (query is bombs.CIRCLE)


async def test_too_many_tokens_are_not_even_parsed(alice: httpx.AsyncClient) -> None:
    body = (await alice.post("/graphql", json={"query": bombs.aliases(1000)})).json()
    assert [error["message"] for error in body["errors"]] == [
        "The document has more than the 2,000 lexical tokens that it may have: send it in parts"
    ]
    assert body["errors"][0]["extensions"]["code"] == "QUERY_TOO_COMPLEX"


async def test_each_limit_is_a_setting_and_reaching_it_is_allowed(
    client_with: Callable[..., httpx.AsyncClient],
) -> None:
    query = "{ a: mocs(limit: 1) @include(if: true) { items { id } } mocs(limit: 1) { items { id } } }"
    reached = {"depth": 3, "root_fields": 2, "aliases": 1, "directives": 1, "comparisons": 2}
    assert measure(parse(query)) == Extent(**reached)
    async with client_with(**{f"graphql_max_{name}": figure for name, figure in reached.items()}) as client:
        assert "errors" not in (await client.post("/graphql", json={"query": query})).json()
    for name, figure in reached.items():
        async with client_with(**{f"graphql_max_{name}": figure - 1}) as client:
            errors = (await client.post("/graphql", json={"query": query})).json()["errors"]
            assert [error["extensions"]["code"] for error in errors] == ["QUERY_TOO_COMPLEX"], name


@pytest.mark.parametrize("bomb", [bombs.fragments, bombs.flat_fragments])
def test_measuring_visits_each_fragment_once_however_often_it_is_spread(
    bomb: Callable[[int], str], calls: Callable[[], Any]
) -> None:
    visits = {}
    for size in (20, 200):
        document = parse(bomb(size))
        with calls() as counted:
            measure(document)
        visits[size] = counted[f"{extent.__name__}._selected"]
    assert 20 < visits[20] < 20 * 8
    assert visits[200] < visits[20] * 11


def test_every_operation_counts_the_largest_does() -> None:
    query = "query A @a @b { a: x { y } } query B($c: Int @c) { ...F ... on Query { x @d { y { z } } } } fragment F on Query { w }"
    assert measure(parse(query)) == Extent(depth=3, root_fields=2, aliases=1, directives=2, comparisons=1)


async def test_graphiqls_introspection_passes_where_it_is_allowed(alice: httpx.AsyncClient) -> None:
    query = get_introspection_query(specified_by_url=True, directive_is_repeatable=True, input_value_deprecation=True)
    answer = (await alice.post("/graphql", json={"query": query})).json()
    assert "errors" not in answer
    assert answer["data"]["__schema"]["queryType"]["name"] == "Query"
    circular = "{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }"
    refused = (await alice.post("/graphql", json={"query": circular})).json()
    assert refused["errors"][0]["message"] == "Maximum introspection depth exceeded"


async def test_a_batch_is_refused_with_what_to_do_instead(alice: httpx.AsyncClient) -> None:
    for content in (b'[{"query": "{ __typename }"}]', b' \n[{"query": "{ __typename }"}, {"query": "{ __typename }"}]'):
        answer = await alice.post("/graphql", content=content, headers={"content-type": "application/json"})
        assert (answer.status_code, answer.json()["code"], answer.json()["errors"][0]["message"]) == (
            400,
            "BAD_REQUEST",
            "Batches of requests are not taken: send each by itself, or ask for several root fields in one document",
        )


@pytest.mark.parametrize(
    ("query", "variables"),
    [
        ("{ __schema { types { name } } }", {}),
        ('{ __type(name: "Moc") { name } }', {}),
        ("{ mocs { itemz { id } } }", {}),
        ("{ mocs(limt: 3) { total } }", {}),
        ("{ mocs(type: mocc) { total } }", {}),
        ("{ mocs { total } } fragment F on Mocs { id }", {}),
        ("{ mocs @skp(if: true) { total } }", {}),
        ("query($type: MocType) { mocs(type: $type) { total } }", {"type": "mocc"}),
        ("query($type: MocTyp) { mocs(type: $type) { total } }", {}),
        ("query($sort: MocSort) { mocs(sort: $sort) { total } }", {"sort": {"feld": "title"}}),
        ("query($sort: MocSort) { mocs(sort: $sort) { total } }", {"sort": {"direction": "ascc"}}),
        ("mutation($input: UpdateMocInput!) { updateMoc(id: 1, input: $input) { id } }", {"input": {"titel": "x"}}),
    ],
)
async def test_production_tells_nothing_of_the_schema(
    client_with: Callable[..., httpx.AsyncClient], query: str, variables: dict[str, Any]
) -> None:
    async with client_with(environment="production") as client:
        answer = await client.post("/graphql", json={"query": query, "variables": variables})
    assert answer.json().keys() & {"data"} == set()
    assert answer.json()["errors"]
    assert "did you mean" not in answer.text.lower()
