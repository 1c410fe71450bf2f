"""Headers, CORS, CSRF, ids and the one error body (contract sections 1 and 5; FR7; PRD 4.8)."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from graphql import ExecutionResult, build_schema, execute, parse

from db.errors import Unavailable
from gateway.app import create_app
from gateway.errors import STATUS, Problem, problem
from gateway.logs import pseudonym
from resolvers import errors

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from gateway.dev.aws import Aws

MOC = {"type": "moc", "title": "Windmill", "author": "Alice Brick", "partsCount": 812}
UNKNOWN = "00000000-0000-4000-8000-000000000000"
FRONTEND = "http://localhost:3002"


@pytest.fixture
async def production(production_browser: Callable[..., Any]) -> AsyncIterator[httpx.AsyncClient]:
    """A browser signed in by cookie, under production's manners."""
    async with production_browser(FRONTEND, "https://test") as client:
        yield client


@pytest.fixture
def browser(anonymous: httpx.AsyncClient, token: Callable[[str], str]) -> httpx.AsyncClient:
    """A browser signed in by cookie."""
    anonymous.cookies.set("token", token("alice"))
    return anonymous


@pytest.mark.parametrize("path", ["/health", "/api/mocs", "/api/nothing", "/graphql", "/openapi.json", "/docs"])
async def test_every_answer_carries_the_security_headers(anonymous: httpx.AsyncClient, path: str) -> None:
    headers = (await anonymous.get(path)).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["cross-origin-resource-policy"] == "cross-origin"
    assert "strict-transport-security" not in headers


async def test_production_insists_on_https(production: httpx.AsyncClient) -> None:
    answer = await production.get("/api/csrf")
    assert answer.headers["strict-transport-security"] == "max-age=31536000; includeSubDomains"
    cookie = answer.headers["set-cookie"]
    assert "; Secure" in cookie


async def test_the_csrf_cookie_is_readable_for_two_hours(anonymous: httpx.AsyncClient) -> None:
    for path in ("/api/csrf", "/api/auth/csrf"):
        answer = await anonymous.get(path)
        token = answer.json()["token"]
        assert answer.headers["set-cookie"] == f"XSRF-TOKEN={token}; Max-Age=7200; Path=/; SameSite=lax"
        assert (len(token), answer.headers["cache-control"]) == (64, "no-store")


async def test_a_write_by_cookie_needs_the_token_in_cookie_and_header(browser: httpx.AsyncClient) -> None:
    csrf = (await browser.get("/api/csrf")).json()["token"]
    other = "0" * 64
    for headers in (
        {},
        {"x-csrf-token": other},
        {"x-csrf-token": ""},
        {"x-csrf-token": "?"},
    ):
        refused = await browser.post("/api/mocs", json=MOC, headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (403, "CSRF_FAILED")
    assert (await browser.post("/api/mocs", json=MOC, headers={"x-csrf-token": csrf})).status_code == 201
    browser.cookies.delete("XSRF-TOKEN")
    for method, path in (
        ("POST", "/api/mocs"),
        ("PATCH", "/api/mocs/x"),
        ("PUT", "/api/mocs/x"),
        ("DELETE", "/api/mocs/x"),
    ):
        refused = await browser.request(method, path, headers={"x-csrf-token": csrf})
        assert (refused.status_code, refused.json()["code"]) == (403, "CSRF_FAILED"), method
    assert (await browser.get("/api/mocs")).json()["total"] == 1


async def test_a_write_by_bearer_needs_no_csrf_token_and_nobody_is_asked_for_one(
    alice: httpx.AsyncClient, anonymous: httpx.AsyncClient
) -> None:
    assert (await alice.post("/api/mocs", json=MOC)).status_code == 201
    assert (await anonymous.post("/api/mocs", json=MOC)).status_code == 401


async def test_in_production_a_foreign_page_cannot_write(production: httpx.AsyncClient) -> None:
    csrf = {"x-csrf-token": (await production.get("/api/csrf")).json()["token"]}
    for source in (
        {"origin": "https://evil.example.com"},
        {"referer": "https://evil.example.com/page"},
        {"origin": "null"},
    ):
        refused = await production.post("/api/mocs", json=MOC, headers=csrf | source)
        assert (refused.status_code, refused.json()["code"]) == (403, "INVALID_ORIGIN")
        assert "access-control-allow-origin" not in refused.headers
    assert (await production.get("/api/mocs")).json()["total"] == 0
    own = await production.post("/api/mocs", json=MOC, headers=csrf | {"origin": FRONTEND})
    assert (own.status_code, own.headers["access-control-allow-origin"]) == (201, FRONTEND)
    without = await production.post("/api/mocs", json=MOC | {"title": "Two"}, headers=csrf)
    assert without.status_code == 201
    paged = await production.post(
        "/api/mocs", json=MOC | {"title": "Three"}, headers=csrf | {"referer": f"{FRONTEND}/x"}
    )
    assert paged.status_code == 201


async def test_a_preflight_of_a_frontend_is_answered_and_a_foreign_one_permits_nothing(
    anonymous: httpx.AsyncClient,
) -> None:
    asked = {
        "access-control-request-method": "PATCH",
        "access-control-request-headers": "content-type,x-csrf-token,if-match",
    }
    answer = await anonymous.options("/api/mocs/x", headers={"origin": FRONTEND} | asked)
    assert (answer.status_code, answer.content) == (204, b"")
    assert "content-length" not in answer.headers
    assert answer.headers["access-control-allow-origin"] == FRONTEND
    assert answer.headers["access-control-allow-credentials"] == "true"
    assert set(answer.headers["access-control-allow-methods"].split(", ")) == {
        "GET",
        "POST",
        "PUT",
        "PATCH",
        "DELETE",
        "OPTIONS",
    }
    allowed = answer.headers["access-control-allow-headers"].lower()
    for header in ("authorization", "x-csrf-token", "if-match", "if-none-match", "idempotency-key", "x-request-id"):
        assert header in allowed
    foreign = await anonymous.options("/api/mocs", headers={"origin": "https://evil.example.com"} | asked)
    assert (foreign.status_code, "access-control-allow-origin" in foreign.headers) == (204, False)


async def test_frontends_may_read_the_headers_that_they_need(alice: httpx.AsyncClient) -> None:
    headers = (await alice.get("/api/mocs", headers={"origin": FRONTEND})).headers
    exposed = headers["access-control-expose-headers"]
    for header in ("Content-Range", "X-Content-Range", "ETag", "RateLimit-Limit", "X-Request-ID", "X-Cache"):
        assert header in exposed
    assert "Origin" in headers["vary"]
    error = await alice.get("/api/mocs/x", headers={"origin": FRONTEND})
    assert (error.status_code, error.headers["access-control-allow-origin"]) == (404, FRONTEND)


async def test_a_request_keeps_a_harmless_id_and_gets_a_new_one_otherwise(anonymous: httpx.AsyncClient) -> None:
    kept = await anonymous.get("/api/mocs", headers={"x-request-id": "frontend-1.2:3"})
    assert (kept.headers["x-request-id"], kept.json()["requestId"]) == ("frontend-1.2:3", "frontend-1.2:3")
    for harmful in ('"quoted"', "x" * 129, "a b", "{}"):
        fresh = await anonymous.get("/api/mocs", headers={"x-request-id": harmful})
        assert fresh.headers["x-request-id"] not in ("", harmful)
        assert fresh.json()["requestId"] == fresh.headers["x-request-id"]


async def test_unknown_routes_and_methods_have_the_one_body(alice: httpx.AsyncClient) -> None:
    answer = await alice.get("/api/nothing-here?x=1")
    body = answer.json()
    assert (answer.status_code, body["code"], body["message"]) == (404, "NOT_FOUND", "Not Found - /api/nothing-here")
    assert set(body) == {"success", "statusCode", "code", "message", "error", "requestId", "timestamp"}
    assert body["error"] == {"type": "NOT_FOUND", "code": "NOT_FOUND", "message": body["message"]}
    refused = await alice.delete("/api/mocs")
    assert (refused.status_code, refused.json()["code"]) == (405, "METHOD_NOT_ALLOWED")
    assert refused.headers["allow"] == "GET, HEAD, OPTIONS, POST"
    fixed = await alice.delete(
        "/api/mocs/search"
    )  # a fixed segment wins over the id, also where the method is not served
    assert (fixed.status_code, fixed.headers["allow"]) == (405, "GET, HEAD, OPTIONS")
    for path in ("/health", "/api/csrf", "/docs"):
        other = await alice.post(path)
        assert (other.status_code, other.json()["code"]) == (405, "METHOD_NOT_ALLOWED")


@pytest.mark.parametrize("path", ["/api/mocs/", "/api/mocs//", "/health/", "/api/csrf/", "/api/mocs/search/"])
async def test_a_trailing_slash_is_as_good_as_none(alice: httpx.AsyncClient, path: str) -> None:
    assert (await alice.get(path)).status_code == 200


@pytest.mark.prd("4.8.1")
def test_every_error_of_the_business_has_a_code_with_a_status() -> None:
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.AppError)]
    assert len({kind.code for kind in kinds}) > 7
    assert {kind.code for kind in kinds} <= STATUS.keys()
    assert {code: status for code, status in STATUS.items() if status in (401, 404, 409, 412)} == {
        "UNAUTHORIZED": 401,
        "NOT_FOUND": 404,
        "CONFLICT": 409,
        "PRECONDITION_FAILED": 412,
    }


@pytest.mark.prd("4.8.7")
@pytest.mark.prd("4.8.8")
async def test_the_unexpected_is_masked_for_the_client_and_logged_once(
    capsys: pytest.CaptureFixture[str], settings: Any, database: Any, token: Callable[[str], str], aws: Aws
) -> None:
    application = create_app(settings)
    headers = {"Authorization": f"Bearer {token('alice')}", "X-Request-ID": "masked-1"}
    await database.execute("ALTER TABLE moc_files RENAME TO hidden")
    try:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(application), base_url="http://t") as client:
            rest = await client.get(f"/api/mocs/{UNKNOWN}", headers=headers)
            query = {"query": f'{{ moc(id: "{UNKNOWN}") {{ id }} }}'}
            graphql = await client.post("/graphql", json=query, headers=headers | {"X-Request-ID": "masked-2"})
    finally:
        await database.execute("ALTER TABLE hidden RENAME TO moc_files")
        await application.state.gateway.services.close()
    assert (rest.status_code, rest.json()["code"]) == (500, "INTERNAL_ERROR")
    assert graphql.json()["errors"][0]["extensions"]["code"] == "INTERNAL_ERROR"
    for answer in (rest, graphql):
        assert "moc_files" not in answer.text
        assert "relation" not in answer.text
    logged_lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    lines = [line for line in logged_lines if line["level"] == "ERROR"]
    assert [line["requestId"] for line in lines] == ["masked-1", "masked-2"]
    logged = lines[0]
    assert (logged["level"], logged["errorType"], logged["userId"]) == (
        "ERROR",
        "UndefinedTableError",
        pseudonym(aws.users["alice"].sub),
    )
    assert 'relation "moc_files" does not exist' in logged["errorMessage"]


async def test_a_request_that_breaks_off_is_no_error_of_ours(
    settings: Any, token: Callable[[str], str], capsys: pytest.CaptureFixture[str]
) -> None:
    application = create_app(settings)
    headers = [(b"authorization", f"Bearer {token('alice')}".encode()), (b"content-type", b"application/json")]
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/api/mocs",
        "query_string": b"",
        "headers": [*headers, (b"content-length", b"x")],
    }
    messages = iter([{"type": "http.request", "body": b"{", "more_body": True}, {"type": "http.disconnect"}])
    sent: list[Any] = []

    async def receive() -> Any:
        return next(messages)

    async def send(message: Any) -> None:
        sent.append(message)

    await application(scope, receive, send)
    await application.state.gateway.services.close()
    assert sent[0]["status"] == 400
    (line,) = capsys.readouterr().out.splitlines()
    assert (json.loads(line)["level"], json.loads(line)["status"]) == ("INFO", 400)


def test_a_database_that_does_not_answer_is_told_without_internals() -> None:
    logging.getLogger("brickgate").propagate = True
    told = problem(Unavailable("connect to 10.0.101.7:5432 refused"))
    assert (told.status, told.code, told.message) == (
        503,
        "SERVICE_UNAVAILABLE",
        "The service is unavailable for a moment; try again",
    )


def test_what_a_row_should_not_hold_is_not_blamed_on_the_client(caplog: pytest.LogCaptureFixture) -> None:
    schema = build_schema("enum Kind { a } type Query { kind: Kind, kinds(of: [Kind!]): Int }")
    result = execute(schema, parse("{ kind }"), {"kind": "b"})
    assert isinstance(result, ExecutionResult)
    (error,) = result.errors or []
    assert (problem(error).code, "Kind" in problem(error).message) == ("INTERNAL_ERROR", False)
    assert "Enum 'Kind' cannot represent value: 'b'" in caplog.text
    document = parse("query($of: [Kind!]) { kinds(of: $of) }")
    wrong = execute(schema, document, variable_values={"of": ["b"]})
    assert isinstance(wrong, ExecutionResult)
    assert [problem(error).code for error in wrong.errors or []] == ["BAD_REQUEST"]


def test_a_problem_names_the_wrong_fields_everywhere() -> None:
    told = problem(
        errors.ValidationFailed(errors.FieldError(("parts_count",), "must be 1"), errors.FieldError(("tags", 3), "x"))
    )
    details = (
        {"field": "partsCount", "path": ["partsCount"], "message": "must be 1"},
        {"field": "tags", "path": ["tags", 3], "message": "x"},
    )
    assert (told.message, told.details) == ("partsCount: must be 1 (and 1 more)", details)
    assert told.extensions == {"code": "VALIDATION_ERROR", "details": details}
    assert told.body()["details"] == told.body()["error"]["details"] == details
    refusal = Problem("CONFLICT", "x")
    assert problem(refusal) is refusal
