"""GraphQL over HTTP, and what a client of the graph can ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

from gateway.app import create_app
from gateway.graphql import GRAPHQL_JSON

if TYPE_CHECKING:
    from collections.abc import Callable

    import asyncpg

ALL_PAGES = """query($after: String, $sort: MocSort, $limit: Int = 7) {
  mocs(limit: $limit, after: $after, sort: $sort) { items { id title } nextCursor hasMore total }
}"""


def code(refused: httpx.Response) -> str:
    """Why a request was refused, as GraphQL tells it."""
    return str(refused.json()["errors"][0]["extensions"]["code"])


async def follow(graphql: Callable[..., Any], **variables: Any) -> list[str]:
    """The titles of all pages, by cursor."""
    titles: list[str] = []
    after = None
    while True:
        page = (await graphql(ALL_PAGES, {**variables, "after": after}))["data"]["mocs"]
        titles += [moc["title"] for moc in page["items"]]
        after = page["nextCursor"]
        assert page["hasMore"] == (after is not None)
        if after is None:
            return titles


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("title", [f"moc {number:02}" for number in range(20)]),
        ("partsCount", [f"moc {number:02}" for number in range(20)]),
        ("createdAt", [f"moc {number:02}" for number in range(20)]),
        ("updatedAt", [f"moc {number:02}" for number in range(20)]),
    ],
)
async def test_a_cursor_walks_every_order_both_ways(
    graphql: Callable[..., Any], create: Callable[..., Any], field: str, expected: list[str]
) -> None:
    for number in range(20):
        await create(title=f"moc {number:02}", partsCount=number + 1)
    assert await follow(graphql, sort={"field": field, "direction": "asc"}) == expected
    assert await follow(graphql, sort={"field": field}) == expected[::-1]


async def test_equal_keys_and_nulls_are_neither_repeated_nor_skipped(
    graphql: Callable[..., Any], create: Callable[..., Any], database: asyncpg.Connection[asyncpg.Record]
) -> None:
    for number in range(20):
        await create(title=str(number), type="set" if number % 2 else "moc")
    await database.execute("UPDATE moc_instructions SET created_at = '2024-01-01', release_year = NULL")
    for field in ("createdAt", "releaseYear", "partsCount"):
        walked = await follow(graphql, sort={"field": field})
        assert sorted(walked, key=int) == [str(number) for number in range(20)]


async def test_a_cursor_holds_while_rows_come_and_go(graphql: Callable[..., Any], create: Callable[..., Any]) -> None:
    for number in range(10):
        await create(title=f"old {number}")
    first = (await graphql(ALL_PAGES, {"limit": 4}))["data"]["mocs"]
    await create(title="new")
    await graphql("mutation($id: ID!) { deleteMoc(id: $id) { id } }", {"id": first["items"][-1]["id"]})
    second = (await graphql(ALL_PAGES, {"limit": 4, "after": first["nextCursor"]}))["data"]["mocs"]
    assert [moc["title"] for moc in second["items"]] == ["old 5", "old 4", "old 3", "old 2"]
    assert second["total"] == 10


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ('after: "garbage"', "after"),
        ('after: "WzEsMiwzXQ"', "after"),
        ('after: "", limit: 0', "limit"),
        ('page: 2, after: "eyJ9"', "page"),
        ('search: "x", after: "eyJ9"', "after"),
        ('search: "x", sort: {}', "sort"),
        ("limit: 101", "limit"),
        ("page: -1", "page"),
    ],
)
async def test_arguments_that_make_no_page_are_named(graphql: Callable[..., Any], arguments: str, field: str) -> None:
    answer = await graphql(f"{{ mocs({arguments}) {{ total }} }}")
    assert answer["data"] == {"mocs": None}
    error = answer["errors"][0]
    assert (error["path"], error["extensions"]["code"]) == (["mocs"], "VALIDATION_ERROR")
    assert [detail["field"] for detail in error["extensions"]["details"]] == [field]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            'search: "x", sort: {}',
            "sort: cannot be combined with search, which has the best match first, page by page",
        ),
        ('page: 2, after: "x"', "page: cannot be combined with after: send one of them"),
    ],
)
async def test_arguments_that_exclude_each_other_say_so(
    graphql: Callable[..., Any], arguments: str, sentence: str
) -> None:
    answer = await graphql(f"{{ mocs({arguments}) {{ total }} }}")
    assert answer["errors"][0]["message"] == sentence


async def test_a_cursor_of_another_order_is_refused(graphql: Callable[..., Any], create: Callable[..., Any]) -> None:
    for number in range(3):
        await create(title=str(number))
    cursor = (await graphql(ALL_PAGES, {"limit": 1}))["data"]["mocs"]["nextCursor"]
    answer = await graphql(ALL_PAGES, {"limit": 1, "after": cursor, "sort": {"field": "title"}})
    assert answer["errors"][0]["message"] == "after: belongs to the order createdAt:desc, this page is in title:desc"


async def test_a_forged_cursor_is_no_server_error(graphql: Callable[..., Any]) -> None:
    from resolvers.pagination import Cursor  # noqa: PLC0415 - a forger's tool, for this test alone

    for forged in (Cursor("createdAt:desc", "never", "x"), Cursor("createdAt:desc", "2024-01-01", "x'; --")):
        answer = await graphql(ALL_PAGES, {"after": str(forged)})
        assert answer["errors"][0]["extensions"]["code"] == "VALIDATION_ERROR"


NESTED = """query($limit: Int!) { mocs(limit: $limit) { items {
  files { id } images { id url } partsLists { id } galleryImages { id galleryImage { id } } albums { id galleryAlbum { id } }
} } }"""


@pytest.mark.prd("2.3.2")
async def test_statements_are_constant_in_the_number_of_rows(
    graphql: Callable[..., Any],
    create: Callable[..., Any],
    statements: Callable[[], Any],
    database: asyncpg.Connection[asyncpg.Record],
) -> None:
    mocs = [await create(title=str(number)) for number in range(30)]
    for moc in mocs:
        await database.execute(
            "INSERT INTO moc_files (moc_id, file_type, file_url) VALUES ($1, 'thumbnail', $2)", moc["id"], moc["title"]
        )
    await statements()
    counts = []
    for limit in (1, 5, 30):
        answer = await graphql(NESTED, {"limit": limit})
        items = answer["data"]["mocs"]["items"]
        assert [item["images"][0]["url"] for item in items] == [str(number) for number in range(29, 29 - limit, -1)]
        assert [len(item["files"]) for item in items] == [1] * limit
        counts.append(len(await statements()))
    assert counts == [6, 6, 6]


async def test_wrong_fields_are_named_alike_whoever_finds_them(graphql: Callable[..., Any]) -> None:
    document = "mutation($i: CreateMocInput!) { createMoc(input: $i) { id } }"
    found = []
    for wrong in ({"type": "x"}, {"colour": "red"}, {"partsCount": -1}):
        given = {"type": "moc", "title": "Mill", "author": "Alice Brick", "partsCount": 1, **wrong}
        (error,) = (await graphql(document, {"i": given}))["errors"]
        found += error["extensions"]["details"]
    assert found[0] == {"field": "type", "path": ["type"], "message": "must be one of moc, set, is 'x'"}
    assert found[1] == {"field": "colour", "path": ["colour"], "message": "is no field of CreateMocInput"}
    assert (found[2]["field"], found[2]["path"]) == ("partsCount", ["partsCount"])
    (error,) = (await graphql(document, {"i": 5}))["errors"]
    assert error["extensions"]["details"] == [{"field": "i", "path": ["i"], "message": "must be an object, is 5"}]


async def test_several_things_in_one_request(graphql: Callable[..., Any], create: Callable[..., Any]) -> None:
    moc = await create(theme="Castle")
    answer = await graphql(
        """query($id: ID!) {
          moc(id: $id) { title type images { url } }
          missing: moc(id: "nope") { title }
          mocsByCategory { total items { category count } }
          mocUploadsOverTime { category count }
          searchMocs(query: "windmil") { total source items { id } }
        }""",
        {"id": moc["id"]},
    )
    assert answer["data"] == {
        "moc": {"title": "Windmill", "type": "moc", "images": []},
        "missing": None,
        "mocsByCategory": {"total": 1, "items": [{"category": "Castle", "count": 1}]},
        "mocUploadsOverTime": [{"category": "Castle", "count": 1}],
        "searchMocs": {"total": 1, "source": "database", "items": [{"id": moc["id"]}]},
    }
    assert [(error["path"], error["extensions"]["code"]) for error in answer["errors"]] == [(["missing"], "NOT_FOUND")]


async def test_nobody_gets_nothing_but_the_schema(anonymous: httpx.AsyncClient, graphql: Callable[..., Any]) -> None:
    answer = await graphql("{ __typename mocs { total } }", client=anonymous)
    assert answer["errors"][0]["extensions"]["code"] == "UNAUTHORIZED"
    assert (await graphql("{ __schema { queryType { name } } }", client=anonymous))["data"] == {
        "__schema": {"queryType": {"name": "Query"}}
    }


async def test_a_token_that_is_not_valid_is_refused_before_execution(anonymous: httpx.AsyncClient) -> None:
    answer = await anonymous.post(
        "/graphql", json={"query": "{ __typename }"}, headers={"authorization": "Bearer x.y.z"}
    )
    assert (answer.status_code, answer.json()["code"], code(answer)) == (401, "UNAUTHORIZED", "UNAUTHORIZED")


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("{ mocs { total }", "Syntax Error: Expected Name, found <EOF>."),
        ("{ nothing }", "Cannot query field 'nothing' on type 'Query'."),
        ("query A { __typename } query B { __typename }", "The document has several operations and no operationName"),
        ("fragment F on Query { __typename }", "Fragment 'F' is never used."),
    ],
    ids=["syntax", "field", "operations", "fragment"],
)
async def test_a_wrong_document_is_told_under_the_status_of_its_media_type(
    alice: httpx.AsyncClient, query: str, message: str
) -> None:
    for media_type, status in ((GRAPHQL_JSON, 400), ("application/json", 200)):
        answer = await alice.post("/graphql", json={"query": query}, headers={"accept": media_type})
        assert (answer.status_code, answer.headers["content-type"]) == (status, f"{media_type}; charset=utf-8")
        assert answer.json()["errors"][0]["message"] == message
        assert answer.json()["errors"][0]["extensions"]["code"] == "BAD_REQUEST"
        assert "data" not in answer.json()


async def test_operation_names_choose(alice: httpx.AsyncClient) -> None:
    query = "query A { a: __typename } query B { b: __typename }"
    answer = await alice.post("/graphql", json={"query": query, "operationName": "B"})
    assert answer.json()["data"] == {"b": "Query"}
    unknown = await alice.post("/graphql", json={"query": query, "operationName": "C"})
    assert unknown.json()["errors"][0]["message"] == "The document has no operation named 'C'"


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"{broken", 400),
        (b"[]", 400),
        (b"{}", 400),
        (b'{"query": 5}', 400),
        (b'{"query": "{__typename}", "variables": "x"}', 400),
        (b'{"query": "{__typename}", "operationName": 5}', 400),
        (b'{"query": "{__typename}", "extensions": []}', 400),
        (b'{"query": "' + b"x" * 10 * 1024 * 1024 + b'"}', 413),
    ],
)
async def test_a_request_that_is_none_is_refused(alice: httpx.AsyncClient, content: bytes, status: int) -> None:
    sent: dict[str, Any] = {"content": content, "headers": {"content-type": "application/json"}}
    answer = await alice.post("/graphql", **sent)
    assert (answer.status_code, answer.json()["success"], len(answer.json()["errors"])) == (status, False, 1)
    assert answer.json()["code"] == code(answer)
    sent["headers"] |= {"accept": GRAPHQL_JSON}
    strict = await alice.post("/graphql", **sent)
    assert (strict.status_code, strict.json().keys(), code(strict)) == (status, {"errors"}, code(answer))


async def test_get_reads_and_does_not_write(alice: httpx.AsyncClient, create: Callable[..., Any]) -> None:
    moc = await create()
    query = "query($id: ID!) { moc(id: $id) { title } }"
    answer = await alice.get("/graphql", params={"query": query, "variables": f'{{"id": "{moc["id"]}"}}'})
    assert answer.json()["data"] == {"moc": {"title": "Windmill"}}
    mutation = f'mutation {{ deleteMoc(id: "{moc["id"]}") {{ id }} }}'
    refused = await alice.get("/graphql", params={"query": mutation})
    assert (refused.status_code, refused.json()["code"], refused.headers["allow"]) == (
        405,
        "METHOD_NOT_ALLOWED",
        "POST",
    )
    assert (await alice.get(f"/api/mocs/{moc['id']}")).status_code == 200
    assert (await alice.put("/graphql", json={})).status_code == 405
    assert (await alice.post("/graphql", content=b"x", headers={"content-type": "text/plain"})).status_code == 415


async def test_nobody_else_may_keep_an_answer_and_it_depends_on_what_is_accepted(
    alice: httpx.AsyncClient, anonymous: httpx.AsyncClient
) -> None:
    for client, query, status in ((alice, "{ __typename }", 200), (alice, "{", 200), (anonymous, "{ me { id } }", 200)):
        answer = await client.get("/graphql", params={"query": query})
        assert (answer.status_code, answer.headers["cache-control"]) == (status, "private, no-cache")
        assert {"accept", "origin"} <= {name.strip().lower() for name in answer.headers["vary"].split(",")}


async def test_a_mutation_by_cookie_needs_a_csrf_token_and_a_query_does_not(
    anonymous: httpx.AsyncClient, token: Callable[[str], str]
) -> None:
    anonymous.cookies.set("token", token("alice"))
    mutation = {"query": 'mutation { createMoc(input: {type: set, title: "T", brand: "L", setNumber: "1"}) { title } }'}
    refused = await anonymous.post("/graphql", json=mutation)
    assert (refused.status_code, refused.json()["code"]) == (403, "CSRF_FAILED")
    read = await anonymous.post("/graphql", json={"query": "{ mocs { total } }"})
    assert read.json()["data"] == {"mocs": {"total": 0}}
    csrf = (await anonymous.get("/api/csrf")).json()["token"]
    done = await anonymous.post("/graphql", json=mutation, headers={"x-csrf-token": csrf})
    assert done.json()["data"] == {"createMoc": {"title": "T"}}


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("", "application/json"),
        ("*/*", "application/json"),
        (f"{GRAPHQL_JSON}, application/json;q=0.9", GRAPHQL_JSON),
        (f"{GRAPHQL_JSON};q=0.5, application/json", "application/json"),
        (f"{GRAPHQL_JSON};q=x", "application/json"),
    ],
)
async def test_the_media_type_is_the_one_that_the_client_prefers(
    alice: httpx.AsyncClient, accept: str, media_type: str
) -> None:
    answer = await alice.post("/graphql", json={"query": "{ __typename }"}, headers={"accept": accept})
    assert answer.headers["content-type"] == f"{media_type}; charset=utf-8"


async def test_graphiql_is_a_page_outside_production_only(
    anonymous: httpx.AsyncClient, settings_for: Callable[..., Any]
) -> None:
    page = await anonymous.get("/graphql", headers={"accept": "text/html,*/*"})
    assert (page.status_code, "GraphiQL" in page.text) == (200, True)
    for script in ("react.production.min.js", "react-dom.production.min.js", "graphiql.min.js", "graphiql.min.css"):
        assert f"/static/graphiql/{script}" in page.text
        assert (await anonymous.get(f"/static/graphiql/{script}")).status_code == 200
    application = create_app(settings_for(environment="production"))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(application), base_url="http://test") as client:
        refused = await client.get("/graphql", headers={"accept": "text/html,*/*"})
        assert (refused.status_code, refused.json()["code"]) == (400, "BAD_REQUEST")
        assert (await client.get("/docs")).status_code == 404
        hidden = (await client.post("/graphql", json={"query": "{ __schema { types { name } } }"})).json()
        assert "introspection" in hidden["errors"][0]["message"].lower()
        typo = (await client.post("/graphql", json={"query": "{ moccs { total } }"})).json()
        assert typo["errors"][0]["message"] == "Cannot query field 'moccs' on type 'Query'."
    await application.state.gateway.services.close()
    helpful = (await anonymous.post("/graphql", json={"query": "{ moccs { total } }"})).json()
    assert "Did you mean" in helpful["errors"][0]["message"]
