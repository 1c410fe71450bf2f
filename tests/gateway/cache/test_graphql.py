"""What is kept of queries that clients write themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx


async def ask(client: httpx.AsyncClient, query: str, variables: dict[str, Any] | None = None) -> httpx.Response:
    return await client.post("/graphql", json={"query": query, "variables": variables or {}})


@pytest.mark.parametrize(
    "query",
    [
        "{ mocs { total items { title images { url } } } }",
        "query ($n: Int! = 5) { mocs(limit: $n) { total } }",
        "{ first: mocs { total } second: wishlist { total } me { id stats { mocs } } }",
        'query Named { mocs(search: "wind", type: moc, sort: null) { total } }',
    ],
)
async def test_a_query_is_answered_from_redis_the_second_time(
    alice: httpx.AsyncClient, create: Callable[..., Any], statements: Callable[[], Any], query: str
) -> None:
    await create()
    first = await ask(alice, query)
    await statements()
    second = await ask(alice, query)
    assert [first.headers["x-cache"], second.headers["x-cache"]] == ["MISS", "HIT"]
    assert first.content == second.content
    assert await statements() == []
    await create(title="Another")
    third = await ask(alice, query)
    assert third.headers["x-cache"] == "MISS"
    assert third.content != first.content or "type: moc" in query


@pytest.mark.parametrize(
    "query",
    [
        "{ __schema { queryType { name } } }",
        "{ mocs { total } __typename }",
        "query ($yes: Boolean! = true) { mocs @include(if: $yes) { total } }",
        "{ ...All } fragment All on Query { mocs { total } }",
        "{ partsListSummary { __typename } }",
    ],
)
async def test_what_is_not_plainly_kept_is_asked_each_time(alice: httpx.AsyncClient, query: str) -> None:
    for _ in range(2):
        answer = await ask(alice, query)
        assert ("errors" in answer.json(), "x-cache" in answer.headers) == (False, False), answer.text


async def test_documents_operations_and_variables_are_kept_apart(
    alice: httpx.AsyncClient, create: Callable[..., Any]
) -> None:
    await create()
    document = "query A($n: Int) { mocs(limit: $n) { total } } query B { mocs { page } }"
    seen = []
    for name, variables in (("A", {"n": 1}), ("A", {"n": 2}), ("B", {}), ("A", {"n": 1})):
        sent = {"query": document, "operationName": name, "variables": variables}
        answer = await alice.post("/graphql", json=sent)
        seen.append((answer.headers["x-cache"], answer.json()["data"]["mocs"]))
    assert seen == [("MISS", {"total": 1}), ("MISS", {"total": 1}), ("MISS", {"page": 1}), ("HIT", {"total": 1})]
    assert (await ask(alice, "{ mocs { total } }")).headers["x-cache"] == "MISS"


async def test_errors_are_told_each_time(alice: httpx.AsyncClient, create: Callable[..., Any]) -> None:
    await create()
    for query, variables, code in (
        ('{ moc(id: "11111111-1111-4111-8111-111111111111") { id } }', {}, "NOT_FOUND"),
        ("query ($n: Int!) { mocs(limit: $n) { total } }", {"n": "many"}, "VALIDATION_ERROR"),
        ("{ mocs(limit: 1000) { total } }", {}, "VALIDATION_ERROR"),
    ):
        for _ in range(2):
            answer = await ask(alice, query, variables)
            assert answer.json()["errors"][0]["extensions"]["code"] == code
            assert "x-cache" not in answer.headers


async def test_nobody_is_answered_from_nobodys_cache(anonymous: httpx.AsyncClient) -> None:
    for _ in range(2):
        answer = await ask(anonymous, "{ mocs { total } }")
        assert answer.json()["errors"][0]["extensions"]["code"] == "UNAUTHORIZED"
        assert "x-cache" not in answer.headers


async def test_rest_and_graphql_keep_their_own_forms(alice: httpx.AsyncClient, create: Callable[..., Any]) -> None:
    moc = await create()
    rest = await alice.get(f"/api/mocs/{moc['id']}")
    graph = await ask(alice, "query GetMoc($id: ID!) { data: moc(id: $id) { id } }", {"id": moc["id"]})
    assert graph.json()["data"] == {"data": {"id": moc["id"]}}
    assert [rest.headers["x-cache"], graph.headers["x-cache"]] == ["MISS", "MISS"]
