"""Spans: what a request waited for, by OpenTelemetry's conventions (PRD 5.3), and as `Server-Timing`."""

from __future__ import annotations

import asyncio
import re
import sys
from typing import TYPE_CHECKING, Any

import pytest

from gateway import logs, traces
from gateway.gateway import Gateway
from services import tracing
from services.tracing import span
from settings import SettingsError
from tests.gateway.conftest import MOC

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from gateway.dev.aws import Aws
    from settings import Settings
    from tests.gateway.telemetry.conftest import Listener

TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
TRACEPARENT = f"00-{TRACE}-{PARENT}-01"
HIDDEN = "a title that is nobody's business"


def tree(spans: Any) -> dict[str, Any]:
    """Each span's name -> the names of those within it, of the roots."""
    finished = spans.get_finished_spans()
    children: dict[Any, list[Any]] = {}
    ids = {one.context.span_id for one in finished}
    for one in sorted(finished, key=lambda one: one.start_time):
        parent = one.parent.span_id if one.parent and one.parent.span_id in ids else None
        children.setdefault(parent, []).append(one)

    def below(parent: Any) -> dict[str, Any]:
        return {one.name: below(one.context.span_id) for one in children.get(parent, [])}

    return below(None)


def named(spans: Any, name: str) -> Any:
    return next(one for one in spans.get_finished_spans() if one.name == name)


@pytest.mark.prd("5.3.3")
@pytest.mark.prd("5.3.7")
@pytest.mark.prd("5.3.8")
async def test_a_request_shows_what_it_waited_for(
    process: Callable[..., httpx.AsyncClient], spans: Any, aws: Aws
) -> None:
    alice = process()
    await alice.get("/api/csrf")  # the keys of the pool are fetched, connections opened
    spans.clear()
    created = await alice.post("/api/mocs", json={**MOC, "title": HIDDEN}, headers={"traceparent": TRACEPARENT})
    assert created.status_code == 201
    found = tree(spans)
    assert list(found) == ["POST /api/mocs"]
    assert list(found["POST /api/mocs"]) == ["authenticate", "mutation"]
    assert "INSERT moc_instructions" in found["POST /api/mocs"]["mutation"]
    assert (
        "EVALSHA" in found["POST /api/mocs"]["mutation"]
    )  # caches are told of the change, which counts the request, too

    request, execute = named(spans, "POST /api/mocs"), named(spans, "mutation")
    statement = named(spans, "INSERT moc_instructions")
    assert {request.kind.name, execute.kind.name, statement.kind.name} == {"SERVER", "INTERNAL", "CLIENT"}
    assert (f"{request.context.trace_id:032x}", f"{request.parent.span_id:016x}") == (TRACE, PARENT)
    assert dict(request.attributes) == {
        "http.request.method": "POST",
        "http.route": "/api/mocs",
        "http.response.status_code": 201,
        "http.request.body.size": int(created.request.headers["content-length"]),
        "http.response.body.size": len(created.content),
        "graphql.operation.name": "CreateMoc",
        "user.hash": logs.pseudonym(aws.users["alice"].sub),
    }
    assert dict(execute.attributes) == {"graphql.operation.name": "CreateMoc"}
    assert statement.attributes["db.system.name"] == "postgresql"
    assert statement.attributes["db.query.text"].startswith("INSERT INTO moc_instructions")
    assert statement.end_time > statement.start_time
    assert HIDDEN not in str([one.to_json() for one in spans.get_finished_spans()])
    assert aws.users["alice"].sub not in str([one.to_json() for one in spans.get_finished_spans()])


@pytest.mark.prd("4.8.9")
async def test_what_fails_is_told_by_its_class_alone(process: Callable[..., httpx.AsyncClient], spans: Any) -> None:
    away = process(database_url="postgresql://u:swordfish@127.0.0.1:9/x")
    assert (await away.get("/api/mocs", params={"search": HIDDEN})).status_code == 503
    request = named(spans, "GET /api/mocs")
    assert (request.status.status_code.name, request.attributes["error.type"]) == ("ERROR", "SERVICE_UNAVAILABLE")
    failed = next(one for one in spans.get_finished_spans() if one.attributes.get("db.system.name") == "postgresql")
    assert (failed.status.status_code.name, failed.attributes["error.type"]) == ("ERROR", "ConnectionRefusedError")
    told = str([one.to_json() for one in spans.get_finished_spans()])
    assert [secret for secret in (HIDDEN, "swordfish") if secret in told] == []


@pytest.mark.prd("5.3.4")
@pytest.mark.prd("5.3.5")
async def test_s3_and_cognito_are_spans_too(settings: Settings, spans: Any, aws: Aws) -> None:
    services = Gateway.of(settings).services
    await services.storage.put("traced", b"x", "text/plain")
    assert await services.storage.get("traced", 9) == b"x"
    await services.storage.delete(["traced"])
    await services.identity.attributes(aws.users["alice"].sub)
    told = [(one.name, one.kind.name, one.attributes["rpc.service"]) for one in spans.get_finished_spans()]
    assert told == [
        ("S3.PutObject", "CLIENT", "S3"),
        ("S3.GetObject", "CLIENT", "S3"),
        ("S3.DeleteObjects", "CLIENT", "S3"),
        ("CognitoIdentityProvider.AdminGetUser", "CLIENT", "Cognito Identity Provider"),
    ]
    await services.close()


async def test_searches_carry_the_trace_to_opensearch(
    process: Callable[..., httpx.AsyncClient], spans: Any, listener: Listener
) -> None:
    alice = process(opensearch_url=listener.url)
    for headers in ({"traceparent": TRACEPARENT}, {}):
        answer = await alice.get("/api/mocs", params={"search": HIDDEN, "limit": 3 + len(headers)}, headers=headers)
        assert (answer.status_code, answer.json()["total"]) == (200, 0)
    first, second = (one for one in spans.get_finished_spans() if one.name == "search moc_instructions")
    assert first.attributes["db.collection.name"] == "moc_instructions"
    for one, head in zip((first, second), listener.heads, strict=True):
        told = re.findall("traceparent: 00-([0-9a-f]{32})-([0-9a-f]{16})-", head)
        assert told == [(f"{one.context.trace_id:032x}", f"{one.context.span_id:016x}")]
    assert f"{first.context.trace_id:032x}" == TRACE
    assert f"{second.context.trace_id:032x}" != TRACE


def test_a_better_name_is_taken_as_it_is_and_none_leaves_the_first(spans: Any) -> None:
    for better, name in (("APPSYNC -", "APPSYNC -"), ("-", "GET"), ("", "GET")):
        spans.clear()
        with span("request", "GET") as seen:
            seen.tell({}, better)
        assert [one.name for one in spans.get_finished_spans()] == [name]


def test_a_trace_that_nobody_here_records_is_passed_on() -> None:
    assert tracing.headers() == {}
    tracing.follow(TRACEPARENT)
    assert tracing.headers() == {"traceparent": TRACEPARENT}
    tracing.follow("")


async def test_an_answer_tells_what_took_how_long_if_it_was_asked(process: Callable[..., httpx.AsyncClient]) -> None:
    alice = process()
    asked = {"X-Server-Timing": "1"}
    await alice.get("/api/csrf")
    for parts in (["auth", "cache", "execute", "sql", "total"], ["auth", "cache", "total"]):
        header = (await alice.get("/api/mocs", headers=asked)).headers["server-timing"]
        told = {part.partition(";")[0]: part for part in header.split(", ")}
        assert sorted(told) == sorted(parts)
        assert all(re.fullmatch(r'\w+;dur=\d+\.\d\d(;desc="\d+")?', part) for part in told.values())
        durations = {name: float(re.findall(r"dur=([\d.]+)", part)[0]) for name, part in told.items()}
        assert max(durations, key=durations.__getitem__) == "total"
    assert "server-timing" not in (await alice.get("/api/mocs")).headers
    production = process(environment="production", cors_origins="https://app.example.com")
    assert "server-timing" not in (await production.get("/api/mocs", headers=asked)).headers


async def test_spans_are_sent_to_the_endpoint(
    settings_for: Callable[..., Settings], listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("opentelemetry.exporter.otlp", reason="OpenTelemetry's SDK is not installed: uv sync")
    monkeypatch.delenv("http_proxy", raising=False)
    traces.configure(settings_for(otel_exporter_otlp_endpoint=listener.url))

    def invocation() -> None:
        with traces.invoked(), span("request", "GET") as seen:
            assert seen.recording

    await asyncio.to_thread(invocation)
    await asyncio.to_thread(traces.close)
    assert [head.split(" HTTP")[0] for head in listener.heads] == ["POST /v1/traces"]
    with span("request", "GET") as seen:
        assert not seen.recording


def test_a_process_that_cannot_send_its_spans_does_not_start(
    settings_for: Callable[..., Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.resources", None)  # as where the extra is not installed
    with pytest.raises(SettingsError, match="uv sync --extra otel"):
        traces.configure(settings_for(otel_exporter_otlp_endpoint="http://127.0.0.1:4318"))
