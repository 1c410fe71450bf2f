"""The HTTP function under AWS's own runtime client, with events as API Gateway sends them."""

from __future__ import annotations

import base64
import copy
import gzip
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest

from tests.gateway.lambdas.runtime import Function
from tests.gateway.rest.uploads.conftest import picture

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from gateway.dev.aws import Aws
    from tests.pooler import Pooled

pytestmark = pytest.mark.usefixtures("database_url")  # emptied before each test
EVENT = json.loads((Path(__file__).parents[2] / "events" / "http.json").read_text())


def event(method: str, path: str, *, body: str | None = None, query: str = "", **parts: Any) -> dict[str, Any]:
    """An API Gateway v2 event; `headers` add to the recorded ones."""
    made: dict[str, Any] = copy.deepcopy(EVENT)
    made |= {"rawPath": path, "rawQueryString": query, "cookies": parts.get("cookies", [])}
    made["requestContext"]["http"] |= {"method": method, "path": path}
    made["headers"] |= parts.get("headers", {})
    if "authorizer" in parts:
        made["requestContext"]["authorizer"] = parts["authorizer"]
    if body is not None:
        made |= {"body": body, "isBase64Encoded": parts.get("base64", False)}
    return made


@pytest.fixture(scope="module")
def function(
    shared_database_url: str, through: Callable[[str], str], valkey_url: str, aws: Aws, patience: dict[str, str]
) -> Iterator[Function]:
    environment = {
        **aws.environment,
        **patience,
        "ENVIRONMENT": "dev",
        "DATABASE_URL": through(shared_database_url),
        "REDIS_URL": valkey_url,
    }
    with Function("gateway.lambdas.http.handler", environment) as running:
        yield running


@pytest.fixture
async def backends(database_url: str, pooled: Pooled | None) -> AsyncIterator[Callable[[], Any]]:
    """The process ids of the function's connections to the database."""
    if pooled:
        pytest.skip("behind a pooler the server's connections are the pooler's")
    connection = await asyncpg.connect(database_url)

    async def pids() -> list[int]:
        rows = await connection.fetch(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        return [row["pid"] for row in rows]

    yield pids
    await connection.close()


@pytest.mark.prd("2.1.1")
async def test_events_in_a_row_share_one_database_connection(
    function: Function, token: Callable[[str], str], backends: Callable[[], Any]
) -> None:
    bearer = {"authorization": f"Bearer {token('alice')}"}
    moc = {"type": "moc", "title": "Windmühle", "author": "Alice", "partsCount": 7}
    kind, created = function.invoke(event("POST", "/api/mocs", body=json.dumps(moc), headers=bearer))
    assert (kind, created["statusCode"]) == ("response", 201)
    connections = await backends()
    assert len(connections) == 1

    _, listed = function.invoke(event("GET", "/api/mocs", query="limit=5&tag=", headers=bearer))
    assert [item["title"] for item in json.loads(listed["body"])["data"]] == ["Windmühle"]
    assert listed["isBase64Encoded"] is False
    assert await backends() == connections


async def test_cookies_sign_in_and_are_set(function: Function, token: Callable[[str], str]) -> None:
    _, issued = function.invoke(event("GET", "/api/csrf"))
    csrf = json.loads(issued["body"])["token"]
    assert [cookie.split(";")[0] for cookie in issued["cookies"]] == [f"XSRF-TOKEN={csrf}"]

    cookies = [f"token={token('alice')}", f"XSRF-TOKEN={csrf}"]
    body = json.dumps({"type": "set", "title": "Titanic", "brand": "LEGO", "setNumber": "10294"})
    _, refused = function.invoke(event("POST", "/api/mocs", body=body, cookies=cookies))
    assert (refused["statusCode"], json.loads(refused["body"])["code"]) == (403, "CSRF_FAILED")
    _, created = function.invoke(event("POST", "/api/mocs", body=body, cookies=cookies, headers={"x-csrf-token": csrf}))
    assert created["statusCode"] == 201


async def test_base64_bodies_come_in_and_binary_answers_go_out(function: Function, token: Callable[[str], str]) -> None:
    bearer = {"authorization": f"Bearer {token('alice')}"}
    body = base64.b64encode(json.dumps({"query": "{ mocs { total } }"}).encode()).decode()
    _, answer = function.invoke(event("POST", "/graphql", body=body, base64=True, headers=bearer))
    assert json.loads(answer["body"])["data"] == {"mocs": {"total": 0}}

    accept = {"accept": "application/graphql-response+json"} | bearer
    _, answer = function.invoke(event("POST", "/graphql", body=body, base64=True, headers=accept))
    assert answer["headers"]["content-type"] == "application/graphql-response+json; charset=utf-8"
    assert answer["isBase64Encoded"] is False

    _, icon = function.invoke(event("GET", "/static/swagger/favicon.png"))
    assert icon["isBase64Encoded"] is True
    assert base64.b64decode(icon["body"]).startswith(b"\x89PNG")


async def test_a_large_answer_goes_out_packed(function: Function, token: Callable[[str], str]) -> None:
    headers = {"authorization": f"Bearer {token('alice')}", "accept-encoding": "gzip, br"}
    moc = {"type": "moc", "title": "Tower", "author": "Alice", "partsCount": 7, "description": "high " * 400}
    _, answer = function.invoke(event("POST", "/api/mocs", body=json.dumps(moc), headers=headers))
    assert (answer["headers"]["content-encoding"], answer["isBase64Encoded"]) == ("gzip", True)
    assert json.loads(gzip.decompress(base64.b64decode(answer["body"])))["data"]["title"] == "Tower"


async def test_a_form_with_a_file_comes_in_base64(function: Function, token: Callable[[str], str], aws: Aws) -> None:
    head = b'--x\r\nContent-Disposition: form-data; name="image"; filename="x.png"\r\nContent-Type: image/png\r\n\r\n'
    form = base64.b64encode(head + picture() + b"\r\n--x--\r\n").decode()
    headers = {"authorization": f"Bearer {token('alice')}", "content-type": "multipart/form-data; boundary=x"}
    answer = function.invoke(event("POST", "/api/images", body=form, base64=True, headers=headers))[1]
    assert answer["statusCode"] == 201, answer
    image = json.loads(answer["body"])["data"]
    stored = aws.client("s3").list_objects_v2(
        Bucket=aws.bucket, Prefix=f"images/{aws.users['alice'].sub}/{image['id']}"
    )
    assert stored["KeyCount"] == 1


async def test_an_event_that_is_none_fails_alone(function: Function) -> None:
    assert function.invoke(event("GET", "/health"))[1]["statusCode"] == 200
    kind, error = function.invoke({"not": "an event"})
    assert (kind, error["errorType"]) == ("error", "RuntimeError")
    assert function.invoke(event("GET", "/health"))[1]["statusCode"] == 200


async def test_multi_value_headers_and_a_trailing_slash_are_understood(
    function: Function, token: Callable[[str], str]
) -> None:
    bearer = {"authorization": f"Bearer {token('alice')}"}
    _, first = function.invoke(event("GET", "/api/mocs/", headers=bearer))
    etag = first["headers"]["etag"]
    _, again = function.invoke(event("GET", "/api/mocs", headers={**bearer, "if-none-match": f'"other",{etag}'}))
    assert (again["statusCode"], again["body"]) == (304, "")


@pytest.mark.prd("2.2.2")
async def test_the_authorizers_claims_name_the_caller(
    function: Function, aws: Aws, token: Callable[[str], str]
) -> None:
    moc = json.dumps({"type": "moc", "title": "Bob's", "author": "Bob", "partsCount": 7})
    made = function.invoke(event("POST", "/api/mocs", body=moc, headers={"authorization": f"Bearer {token('bob')}"}))[1]
    assert made["statusCode"] == 201
    for user, total in (("bob", 1), ("alice", 0)):
        claims = {"sub": aws.users[user].sub, "token_use": "access"}
        _, answer = function.invoke(event("GET", "/api/mocs", authorizer={"jwt": {"claims": claims, "scopes": None}}))
        assert (answer["statusCode"], json.loads(answer["body"])["total"]) == (200, total)
    _, answer = function.invoke(event("GET", "/api/mocs", authorizer={"jwt": {"claims": {"token_use": "access"}}}))
    assert (answer["statusCode"], json.loads(answer["body"])["code"]) == (401, "UNAUTHORIZED")


def test_a_folder_of_pages_is_no_redirect_to_itself(function: Function) -> None:
    assert function.invoke(event("GET", "/static/graphiql"))[1]["statusCode"] == 404
