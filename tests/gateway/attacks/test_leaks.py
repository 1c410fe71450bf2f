"""What errors, logs and unknown paths must not tell (OWASP API8:2023; CWE-209, CWE-117). See also tests/gateway/test_edge.py."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from gateway.app import create_app
from gateway.dev.process import free_port

if TYPE_CHECKING:
    from collections.abc import Callable

UNKNOWN = "00000000-0000-4000-8000-000000000000"
# Of programs, of queries, of machines, of versions.
INTERNAL = re.compile(
    r"Traceback|File \"|\.py:|asyncpg|sqlalchemy|graphql-core|strawberry|uvicorn|starlette|pydantic|botocore"
    r"|SELECT |INSERT |relation|constraint|127\.0\.0\.1|localhost|postgres|redis|sys\.|0x[0-9a-f]{6}|/(?:work|usr|home|var)/",
    re.IGNORECASE,
)
WRONG: list[tuple[str, str, Any]] = [
    ("GET", "/api/mocs/x", None),
    ("GET", f"/api/mocs/{UNKNOWN}", None),
    ("GET", "/api/mocs?limit=x&type=x", None),
    ("POST", "/api/mocs", {"title": 5, "tags": {}}),
    ("POST", "/api/mocs", []),
    ("PATCH", "/api/mocs/x", {"title": None}),
    ("POST", "/api/albums", {"title": "x", "coverImageId": UNKNOWN}),
    ("POST", "/api/wishlist/reorder", {"items": [{"id": "x", "sortOrder": {}}]}),
    ("POST", "/api/uploads", {"kind": "x", "filename": 1, "contentType": [], "size": -1}),
    ("POST", "/graphql", {"query": "{ x }"}),
    ("POST", "/graphql", {"query": "{"}),
    ("POST", "/graphql", {"query": "{ mocs(limit: " + "9" * 5_000 + ") { total } }"}),
    ("POST", "/graphql", {"query": "query($x: X) { a }", "variables": {"x": {}}}),
    ("POST", "/graphql", {"query": "{ a }", "variables": 5}),
    ("TRACE", "/api/mocs", None),
    ("CONNECT", "/graphql", None),
    ("GET", "/api/nothing", None),
    ("GET", "/.env", None),
    ("GET", "/.git/config", None),
    ("GET", "/static/../settings.py", None),
    ("GET", "/docs/..%2f..%2fsettings.py", None),
    ("GET", "/static/%2e%2e/%2e%2e/settings.py", None),
    ("GET", "/metrics", None),
    ("GET", "/debug", None),
]


@pytest.mark.parametrize(("method", "path", "body"), WRONG, ids=lambda value: str(value)[:60])
async def test_an_error_tells_nothing_of_what_is_inside(
    alice: httpx.AsyncClient, method: str, path: str, body: Any
) -> None:
    answer = await alice.request(
        method, path, content=None if body is None else json.dumps(body), headers={"content-type": "application/json"}
    )
    assert answer.status_code >= 400 or "errors" in answer.json()
    assert not INTERNAL.search(answer.text), answer.text
    assert "server" not in answer.headers
    assert "x-powered-by" not in answer.headers


@pytest.mark.parametrize("part", ["database_url", "aws_endpoint_url_s3", "redis_url", "opensearch_url"])
async def test_a_part_that_is_away_is_not_told_of(
    settings_for: Callable[..., Any], token: Callable[[str], str], part: str
) -> None:
    away = {
        "database_url": "postgresql://secret:hunter2@127.0.0.1:{}/x",
        "redis_url": "redis://:hunter2@127.0.0.1:{}/0",
    }
    url = away.get(part, "http://127.0.0.1:{}").format(free_port())
    application = create_app(settings_for(**{part: url}))
    transport = httpx.ASGITransport(application)
    headers = {"Authorization": f"Bearer {token('alice')}"}
    async with httpx.AsyncClient(transport=transport, base_url="http://t", headers=headers) as client:
        for answer in (
            await client.get("/api/mocs?search=x"),
            await client.get("/health"),
            await client.post("/graphql", json={"query": "{ mocs(limit: 1) { total } }"}),
            await client.post("/api/images", files={"image": ("a.png", b"x")}),
        ):
            assert "hunter2" not in answer.text
            assert not re.search(r"127\.0\.0\.1|Traceback|asyncpg|refused", answer.text), answer.text
    await application.state.gateway.services.close()


async def test_no_text_of_a_client_becomes_a_line_of_the_log(
    settings_for: Callable[..., Any], token: Callable[[str], str], capsys: pytest.CaptureFixture[str]
) -> None:
    forged = '{"level":"CRITICAL","message":"forged"}'
    application = create_app(settings_for(log_level="DEBUG"))
    headers = {"Authorization": f"Bearer {token('alice')}", "X-Request-ID": "x" * 10}
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(application), base_url="http://t", headers=headers
    ) as client:
        for text in (f"a\n{forged}", f"a\r\n{forged}\r\n", f"\x1b[2J\u2028{forged}", forged):
            await client.get("/api/mocs", params={"search": text, "tag": text})
            await client.get("/api/mocs", headers={"user-agent": "${jndi:ldap://x}", "x-forwarded-for": "1.1.1.1"})
            await client.post("/api/mocs", json={"title": text})
            await client.post("/graphql", json={"query": text})
            await client.get(f"/api/{text.encode().hex()}")
    await application.state.gateway.services.close()
    lines = capsys.readouterr().out.splitlines()
    assert lines
    assert {json.loads(line)["requestId"] for line in lines} == {"x" * 10}
    assert not [line for line in lines if json.loads(line)["level"] == "CRITICAL"]
    assert "\x1b" not in "".join(lines)
    assert token("alice") not in "".join(lines)
