"""What the log says of each request, and what it never says (PRD 4.8.7)."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any

import pytest

from gateway import logs
from tests.gateway.conftest import MOC

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from gateway.dev.aws import Aws
    from settings import Settings

UNKNOWN = "00000000-0000-4000-8000-000000000000"
JWT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJlLW9mLWFsaWNl"
PASSWORD = "correct-horse/battery"
WRITTEN = "correct-horse%2Fbattery"
SIGNED = (
    "https://bucket.s3.us-east-1.amazonaws.com/images/a?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=ASIAIOSFODNN7EXAMPLE"
    "%2F20260101%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Security-Token=FQoGZXIvYXdzEJr&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835"
)
SECRETS = (
    *JWT.split("."),
    PASSWORD,
    WRITTEN,
    "aeeed9bbccd4d02ee5c0109b86d86835",
    "FQoGZXIvYXdzEJr",
    "ASIAIOSFODNN7EXAMPLE",
    "hunter2-of-the-query",
    "csrf-0123456789",
    "swordfish-in-the-body",
)


@pytest.mark.prd("2.3.6")
async def test_each_request_has_one_line(
    process: Callable[..., httpx.AsyncClient],
    accesses: Callable[[], list[dict[str, Any]]],
    aws: Aws,
    token: Callable[[str], str],
) -> None:
    alice = process()
    sub = logs.pseudonym(aws.users["alice"].sub)
    created = await alice.post("/api/mocs", json=MOC)
    identifier = created.json()["data"]["id"]
    for _ in range(2):
        found = await alice.get(f"/api/mocs/{identifier}", headers={"X-Request-ID": "mine"})
    await alice.get(f"/api/mocs/{UNKNOWN}", headers={"Authorization": "", "Cookie": f"token={token('alice')}"})
    await alice.post("/graphql", json={"query": "query Titles { mocs { items { title } } }"})
    await alice.get("/api/nowhere/secret", headers={"Authorization": ""})
    lines = accesses()
    told = [
        tuple(line[name] for name in ("method", "route", "operation", "status", "callerKind", "cache", "userId"))
        for line in lines
    ]
    assert told == [
        ("POST", "POST /api/mocs", "CreateMoc", 201, "bearer", "-", sub),
        ("GET", "GET /api/mocs/{id}", "GetMoc", 200, "bearer", "MISS", sub),
        ("GET", "GET /api/mocs/{id}", "GetMoc", 200, "bearer", "HIT", sub),
        ("GET", "GET /api/mocs/{id}", "GetMoc", 404, "cookie", "MISS", sub),
        ("POST", "POST /graphql", "Titles", 200, "bearer", "MISS", sub),
        ("GET", "-", "-", 404, "nobody", "-", "-"),
    ]
    assert [line.get("errorType") for line in lines] == [None, None, None, "NOT_FOUND", None, "NOT_FOUND"]
    assert {line["level"] for line in lines} == {"INFO"}
    assert {line["message"] for line in lines} == {"request"}
    assert (lines[2]["requestId"], lines[2]["bytes"]) == ("mine", len(found.content))
    assert all(0 < line["duration"] < 60_000 and line["timestamp"].endswith("+00:00") for line in lines)


async def test_users_are_named_where_the_operator_wants_them_to_be(
    process: Callable[..., httpx.AsyncClient], accesses: Callable[[], list[dict[str, Any]]], aws: Aws
) -> None:
    await process(log_user_ids="plain").get("/api/mocs")
    assert [line["userId"] for line in accesses()] == [aws.users["alice"].sub]


async def test_no_secret_that_a_request_brings_is_logged(
    process: Callable[..., httpx.AsyncClient], token: Callable[[str], str], capfd: pytest.CaptureFixture[str], aws: Aws
) -> None:
    """Neither of good requests nor of those that fail, at the most talkative level, by us or by a library."""
    client = process(log_level="DEBUG")
    own = token("alice")
    for headers in (
        {"Authorization": f"Bearer {JWT}"},
        {"Authorization": f"Bearer {own}"},
        {"Authorization": "", "Cookie": f"token={own}; XSRF-TOKEN=csrf-0123456789", "X-CSRF-Token": "csrf-0123456789"},
        {"Authorization": "Basic swordfish-in-the-body", "X-Request-ID": f"{JWT} {JWT}"},
    ):
        for method, path, body in (
            ("GET", f"/api/mocs?search=hunter2-of-the-query&token={JWT}", None),
            ("GET", f"/api/mocs/{JWT}", None),
            ("GET", "/api/swordfish-in-the-body", None),
            ("POST", "/api/mocs", {**MOC, "title": "swordfish-in-the-body"}),
            ("POST", "/api/mocs", {**MOC, "title": f"{SIGNED}\0"}),
            ("POST", "/api/uploads", {"kind": "image", "filename": "a.png", "contentType": "image/png", "size": 9}),
            ("POST", "/graphql", {"query": f'{{ moc(id: "{JWT}") {{ id }} }}'}),
        ):
            answer = await client.request(method, path, json=body, headers=headers)
            assert answer.status_code in {200, 201, 400, 401, 403, 404, 409}, answer.text
    out, err = capfd.readouterr()
    assert len(out.splitlines()) >= 28
    assert [secret for secret in (*SECRETS, *own.split(".")[1:], aws.users["alice"].sub) if secret in out + err] == []


async def test_no_secret_of_our_own_is_logged_when_a_part_is_away(
    process: Callable[..., httpx.AsyncClient], capfd: pytest.CaptureFixture[str]
) -> None:
    away = f"u:{WRITTEN}@127.0.0.1:9"
    client = process(
        database_url=f"postgresql://{away}/x", redis_url=f"redis://{away}", opensearch_url=f"http://{away}"
    )
    for path in ("/health", "/api/mocs?search=x"):
        assert (await client.get(path)).status_code == 503
    out, err = capfd.readouterr()
    assert "a part is unavailable" in out
    assert [secret for secret in (PASSWORD, WRITTEN) if secret in out + err] == []


@pytest.mark.parametrize(
    "told",
    [
        f"GET {SIGNED} failed",
        f"{{'Authorization': 'Bearer {JWT}', 'Cookie': 'token=hunter2-of-the-query; a=b'}}",
        '{"cookie": "session=hunter2-of-the-query"}',
        "[(b'authorization', b'Basic swordfish-in-the-body'), (b'x-csrf-token', b'csrf-0123456789')]",
        "cannot connect to postgresql://brickgate:swordfish-in-the-body@db.internal:5432/x?password=hunter2-of-the-query",
        f"password authentication failed with {PASSWORD} or {WRITTEN}",
        "fields: {'x-amz-signature': 'aeeed9bbccd4d02ee5c0109b86d86835', 'X-Amz-Security-Token': 'FQoGZXIvYXdzEJr'}",
        f"POST /login?access_token={JWT}&api-key=hunter2-of-the-query",
        "key ASIAIOSFODNN7EXAMPLE is unknown",
    ],
)
def test_what_others_say_loses_its_secrets(
    settings_for: Callable[..., Settings], capsys: pytest.CaptureFixture[str], told: str
) -> None:
    logs.configure(settings_for(database_url=f"postgresql://u:{WRITTEN}@127.0.0.1:9/x"))
    logger = logging.getLogger("brickgate.errors")
    extra = {"errorMessage": told, "facts": {"deep": [told]}}
    logger.error("failed: %s", told, exc_info=OSError(told), extra=extra)
    out = capsys.readouterr().out
    assert [secret for secret in SECRETS if secret in out] == []
    line = json.loads(out)
    assert "[removed]" in line["message"]
    assert "[removed]" in line["exc_info"]


@pytest.mark.parametrize(
    "told", ["the token is not valid: none", "page 3 of /api/mocs?limit=3&search=x", "a secret sauce, and a cookie"]
)
def test_what_is_no_secret_stays(settings: Settings, capsys: pytest.CaptureFixture[str], told: str) -> None:
    logs.configure(settings)
    logging.getLogger("brickgate.errors").warning(told)
    assert json.loads(capsys.readouterr().out)["message"] == told


def test_a_user_is_not_named_by_the_keys_of_objects_either(
    settings_for: Callable[..., Settings], capsys: pytest.CaptureFixture[str]
) -> None:
    for setting, name in (("hashed", logs.pseudonym(UNKNOWN)), ("plain", UNKNOWN)):
        logs.configure(settings_for(log_user_ids=setting))
        logging.getLogger("brickgate.worker").error("malware found", extra={"key": f"mocs/{UNKNOWN}/1/2.pdf"})
        assert json.loads(capsys.readouterr().out)["key"] == f"mocs/{name}/1/2.pdf"


async def test_line_breaks_make_no_line(
    process: Callable[..., httpx.AsyncClient], capsys: pytest.CaptureFixture[str]
) -> None:
    forged = 'x\n{"level": "ERROR", "message": "forged"}\r\n'
    alice = process()
    await alice.post("/api/mocs", json={**MOC, "title": forged})
    await alice.get("/api/mocs", params={"search": forged})
    await alice.get("/api/mocs", headers={"X-Request-ID": forged.encode("unicode_escape").decode()})
    logging.getLogger("brickgate.errors").warning(forged, extra={"errorMessage": forged})
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["message"] for line in lines if line["level"] != "INFO"] == [forged]
    assert all("forged" not in line["requestId"] for line in lines)


async def test_lines_name_the_trace_that_they_belong_to(
    process: Callable[..., httpx.AsyncClient], accesses: Callable[[], list[dict[str, Any]]]
) -> None:
    alice = process()
    w3c, x_ray = "4bf92f3577b34da6a3ce929d0e0e4736", "1-67891233-abcdef012345678912345678"
    root = f"Root={x_ray};Parent=53995c3f42cd8ad8;Sampled=1"
    for headers in (
        {"traceparent": f"00-{w3c}-00f067aa0ba902b7-01", "X-Amzn-Trace-Id": root},
        {"X-Amzn-Trace-Id": root},
        {"traceparent": f"00-{'0' * 32}-00f067aa0ba902b7-01"},
        {"traceparent": "00-x"},
        {"X-Amzn-Trace-Id": "Root=1-2\n"},
    ):
        await alice.get("/api/csrf", headers=headers)
    assert [line.get("traceId") for line in accesses()] == [w3c, x_ray, None, None, None]
