"""Documents by their ids: those of the REST routes, and those that clients have registered."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from gateway import cli, parsing, trusted
from gateway.dev import manifest
from gateway.execute import named
from gateway.graphql import GRAPHQL_JSON
from gateway.rest import ROUTES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import httpx

REST = json.loads((trusted.MANIFESTS / "rest.json").read_text())["operations"]
GET_MOC = next(one for one in REST if one["name"] == "GetMoc")
DELETE_MOC = next(one for one in REST if one["name"] == "DeleteMoc")
UNKNOWN = "0" * 64
FRAGMENT = "fragment Card on Moc { id title images { url } }"
OPERATION = "query Cards($n: Int! = 7) { mocs(limit: $n) { items { ...Card } } }"


@pytest.fixture
def manifests(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of manifests of this test's own."""
    folder = tmp_path / "manifests"
    monkeypatch.setattr(trusted, "MANIFESTS", folder)
    forgotten()
    yield folder
    forgotten()


def forgotten() -> None:
    trusted._documents.cache_clear()  # noqa: SLF001 - no process of ours reads them twice
    parsing.parsed.cache_clear()


@pytest.fixture
def client_folder(tmp_path: Path) -> Path:
    """A client's documents: an operation, and a fragment of it in a file of its own."""
    folder = tmp_path / "web"
    (folder / "cards").mkdir(parents=True)
    (folder / "cards" / "card.graphql").write_text(FRAGMENT)
    (folder / "list.graphql").write_text(OPERATION)
    return folder


def test_the_manifest_has_each_operation_under_its_hash_with_its_routes_and_costs() -> None:
    assert {one["id"] for one in REST} == {hashlib.sha256(one["body"].encode()).hexdigest() for one in REST}
    assert sorted(route for one in REST for route in one["routes"]) == sorted(
        f"{method} {route.path}" for route in ROUTES for method in route.methods
    )
    for route in ROUTES:
        one = next(one for one in REST if one["name"] == route.operation)
        assert f"{route.method} {route.path}" in one["routes"]
        assert (one["type"] == "mutation") == named(route.operation).writes
        assert 0 < one["cost"] <= one["costAtMost"] <= 50_000


@pytest.mark.usefixtures("manifests")
def test_the_id_that_the_readme_asks_for_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """By its own words for awk."""
    readme = (Path(cli.__file__).parents[1] / "README.md").read_text()
    (words,) = re.findall(r"make -s manifest \| awk '([^']+)'", readme)
    assert cli.main(["manifest"], {}) == 0
    told = subprocess.run(["awk", words], input=capsys.readouterr().out, capture_output=True, text=True, check=True)  # noqa: S607 - any awk
    assert told.stdout in {f"sha256:{one['id']}\n" for one in REST if one["name"] in words}


def test_the_table_of_routes_and_costs_is_true(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["manifest", "--check"], {}) == 0
    assert capsys.readouterr().out.startswith("gateway/manifests/")


@pytest.mark.parametrize("table", ["LENGTHS", "WEIGHTS"])
def test_a_cost_that_changes_makes_the_table_stale(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], table: str
) -> None:
    from gateway import costs  # noqa: PLC0415 - the data that this test changes

    monkeypatch.setattr(costs, table, {**getattr(costs, table), "Moc.files": 11, "Mutation.createImage": 49})
    costs._cost.cache_clear()  # noqa: SLF001 - weights change with a release alone
    parsing.parsed.cache_clear()
    assert cli.main(["manifest", "--check"], {}) == 1
    assert capsys.readouterr().err == (
        "gateway/manifests/rest.json is stale: an operation, a route or its cost has changed. Run: make manifest\n"
    )
    costs._cost.cache_clear()  # noqa: SLF001 - weights change with a release alone
    parsing.parsed.cache_clear()


async def test_a_document_is_run_by_its_id_in_every_form(alice: httpx.AsyncClient, create: Callable[..., Any]) -> None:
    moc = await create()
    variables = {"id": moc["id"]}
    persisted = {"persistedQuery": {"version": 1, "sha256Hash": GET_MOC["id"]}}
    bodies: list[dict[str, Any]] = [
        {"documentId": f"sha256:{GET_MOC['id']}"},
        {"documentId": GET_MOC["id"], "operationName": "GetMoc"},
        {"extensions": persisted},
        {"query": GET_MOC["body"]},
        {"query": GET_MOC["body"], "extensions": persisted},
    ]
    answers = [await alice.post("/graphql", json={**body, "variables": variables}) for body in bodies]
    for body in bodies[:3]:
        parameters = {**body, "variables": json.dumps(variables)}
        if "extensions" in body:
            parameters["extensions"] = json.dumps(persisted)
        answers.append(await alice.get("/graphql", params=parameters))
    for answer in answers:
        assert answer.json()["data"]["data"]["title"] == "Windmill"
        assert answer.json()["extensions"] == {"cost": {"requested": 26, "limit": 50_000}}
    assert [answer.headers["x-cache"] for answer in answers] == ["MISS"] + ["HIT"] * 7


async def test_a_mutation_by_id_is_a_mutation(alice: httpx.AsyncClient, create: Callable[..., Any]) -> None:
    moc = await create()
    variables = {"id": moc["id"]}
    refused = await alice.get(
        "/graphql", params={"documentId": f"sha256:{DELETE_MOC['id']}", "variables": json.dumps(variables)}
    )
    assert (refused.status_code, refused.headers["allow"]) == (405, "POST")
    assert (await alice.get(f"/api/mocs/{moc['id']}")).status_code == 200
    done = await alice.post("/graphql", json={"documentId": f"sha256:{DELETE_MOC['id']}", "variables": variables})
    assert done.json()["data"] == {"envelope": {"message": "MOC deleted successfully"}}


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ({"extensions": {"persistedQuery": {"version": 1, "sha256Hash": UNKNOWN}}}, "PersistedQueryNotFound"),
        *(
            (
                {"documentId": identifier},
                f"There is no document {identifier!r} here: register it when the client is built, or send it as query",
            )
            for identifier in (
                f"sha256:{UNKNOWN}",
                "../../settings",
                "",
                f"md5:{GET_MOC['id']}",
                f"sha256:sha256:{GET_MOC['id']}",
            )
        ),
    ],
)
async def test_an_unknown_id_is_one_error_and_registers_nothing(
    alice: httpx.AsyncClient, parameters: dict[str, Any], sentence: str
) -> None:
    for media_type, status in ((GRAPHQL_JSON, 400), ("application/json", 200)):
        answer = await alice.post("/graphql", json=parameters, headers={"accept": media_type})
        assert answer.status_code == status
        body = answer.json()
        assert body.keys() == {"errors"}
        assert [error["message"] for error in body["errors"]] == [sentence]
        assert body["errors"][0]["extensions"]["code"] == "PERSISTED_QUERY_NOT_FOUND"


async def test_a_document_that_is_sent_with_its_hash_is_not_registered_by_it(alice: httpx.AsyncClient) -> None:
    query = "{ mocs(limit: 2) { total } }"
    persisted = {"persistedQuery": {"version": 1, "sha256Hash": hashlib.sha256(query.encode()).hexdigest()}}
    assert "data" in (await alice.post("/graphql", json={"query": query, "extensions": persisted})).json()
    again = (await alice.post("/graphql", json={"extensions": persisted})).json()
    assert again["errors"][0]["message"] == "PersistedQueryNotFound"


@pytest.mark.parametrize(
    "parameters",
    [
        {"documentId": 5},
        {"documentId": f"sha256:{GET_MOC['id']}", "query": "{ __typename }"},
        {"query": "{ __typename }", "extensions": {"persistedQuery": {"version": 1, "sha256Hash": GET_MOC["id"]}}},
        {"query": "{ __typename }", "extensions": {"persistedQuery": 1}},
        {"extensions": {"persistedQuery": {"version": 1}}},
        {"extensions": {"persistedQuery": [GET_MOC["id"]]}},
    ],
)
async def test_what_names_two_documents_or_none_is_refused(
    alice: httpx.AsyncClient, parameters: dict[str, Any]
) -> None:
    answer = await alice.post("/graphql", json=parameters)
    assert (answer.status_code, answer.json()["code"]) == (400, "BAD_REQUEST")


async def test_only_trusted_documents_are_run_where_it_is_set(
    client_with: Callable[..., httpx.AsyncClient], create: Callable[..., Any]
) -> None:
    moc = await create()
    variables = {"id": moc["id"]}
    async with client_with(graphql_trusted_only=True) as client:
        for query in ("{ __typename }", "{ __schema { queryType { name } } }", GET_MOC["body"] + " ", "{ broken"):
            refused = await client.post("/graphql", json={"query": query}, headers={"accept": GRAPHQL_JSON})
            assert (refused.status_code, refused.json()["errors"][0]["extensions"]["code"]) == (
                400,
                "DOCUMENT_NOT_TRUSTED",
            )
        for body in ({"documentId": f"sha256:{GET_MOC['id']}"}, {"query": GET_MOC["body"]}):
            answer = await client.post("/graphql", json={**body, "variables": variables})
            assert answer.json()["data"]["data"]["id"] == moc["id"]
        assert (await client.get(f"/api/mocs/{moc['id']}")).status_code == 200


async def test_a_registered_document_is_above_the_limits_and_not_above_its_budget(
    client_with: Callable[..., httpx.AsyncClient], create: Callable[..., Any]
) -> None:
    moc = await create()
    body = {"documentId": f"sha256:{GET_MOC['id']}", "variables": {"id": moc["id"]}}
    async with client_with(graphql_max_depth=1, graphql_max_tokens=5) as client:
        assert (await client.post("/graphql", json=body)).json()["data"]["data"]["id"] == moc["id"]
    async with client_with(graphql_cost_trusted=25) as client:
        assert (await client.post("/graphql", json=body)).json()["errors"][0]["extensions"][
            "code"
        ] == "QUERY_TOO_COSTLY"


async def test_a_client_registers_its_documents_when_it_is_built(
    manifests: Path, client_folder: Path, alice: httpx.AsyncClient, create: Callable[..., Any], capsys: Any
) -> None:
    await create()
    assert cli.main(["manifest"], {"DOCUMENTS": str(client_folder)}) == 0
    (written,) = json.loads((manifests / "web.json").read_text())["operations"]
    printed = capsys.readouterr().out
    assert f"  sha256:{written['id']}  cost    78, at most   1101  Cards\n" in printed
    assert (written["name"], written["type"], written["cost"]) == ("Cards", "query", 1 + 7 * 11)
    assert "fragment Card on Moc" in written["body"]
    forgotten()  # as in a process that starts with it
    answer = await alice.post("/graphql", json={"documentId": f"sha256:{written['id']}", "variables": {"n": 1}})
    assert answer.json()["data"]["mocs"]["items"][0]["title"] == "Windmill"
    assert answer.json()["extensions"]["cost"] == {"requested": 12, "limit": 50_000}
    assert cli.main(["manifest", "--check"], {}) == 0


@pytest.mark.usefixtures("manifests")
def test_at_most_is_the_largest_page_of_each_list(client_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (client_folder / "list.graphql").write_text(
        "query Parts($n: Int = 5) { partsList(mocId: 1, id: 2) { parts(limit: $n) { partId } } album(id: 3) { images(limit: $n) { id } } }"
    )
    assert cli.main(["manifest"], {"DOCUMENTS": str(client_folder)}) == 0
    assert "  cost    12, at most  10102  Parts\n" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("query Q { mocs { titel } }", "Cannot query field 'titel' on type 'MocPage'."),
        ("query Q { __schema { types { name } } }", "GraphQL introspection has been disabled"),
        ("query Q { mocs { items { ...Missing } } }", "Unknown fragment 'Missing'."),
        ("query Q { " + "a: __typename " * 31 + "}", "The document has 31 aliases and may have 30"),
        ("query Q {", "Syntax Error"),
        ("{ mocs { total } }", "each operation in them must have a name of its own"),
        ("query Q { __typename } query Q { __typename }", "each operation in them must have a name of its own"),
        (FRAGMENT, "there must be .graphql files"),
    ],
)
def test_what_cannot_be_run_cannot_be_registered(
    manifests: Path, client_folder: Path, capsys: pytest.CaptureFixture[str], text: str, sentence: str
) -> None:
    (client_folder / "list.graphql").write_text(text)
    assert cli.main(["manifest"], {"DOCUMENTS": str(client_folder), "CLIENT": "shop"}) == 1
    assert sentence in capsys.readouterr().err
    assert list(manifests.glob("*.json")) == []


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"format": "relay"}, "is no manifest"),
        ({"operations": 5}, "is no manifest"),
        (
            {"operations": [{"id": UNKNOWN, "name": "Q", "type": "query", "body": "query Q { __typename }"}]},
            "the id must be",
        ),
        (
            {"operations": [{"id": UNKNOWN, "name": "Q", "type": "query", "body": "query Q { mocs { gone } }"}]},
            "tool.json: Q: Cannot query field 'gone' on type 'MocPage'.",
        ),
    ],
)
def test_a_manifest_that_is_not_valid_any_more_fails_the_check(
    manifests: Path, capsys: pytest.CaptureFixture[str], change: dict[str, Any], sentence: str
) -> None:
    assert cli.main(["manifest"], {}) == 0
    (manifests / "tool.json").write_text(json.dumps({**trusted.FORMAT, "operations": [], **change}))
    assert cli.main(["manifest", "--check"], {}) == 1
    assert sentence in capsys.readouterr().err


def test_the_name_of_the_routes_manifest_is_taken(
    manifests: Path, client_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["manifest"], {"DOCUMENTS": str(client_folder), "CLIENT": manifest.REST}) == 1
    assert "Give the client another name" in capsys.readouterr().err
    assert not (manifests / "rest.json").exists()
