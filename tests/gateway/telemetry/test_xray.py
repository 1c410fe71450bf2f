"""Subsegments of X-Ray: what a function sends to Lambda's daemon, of the invocations that X-Ray samples."""

from __future__ import annotations

import json
import socket
from typing import TYPE_CHECKING, Any

import pytest

from gateway import logs, traces
from gateway.gateway import Gateway
from gateway.xray import Invocation
from tests.gateway.conftest import MOC
from tests.gateway.lambdas.runtime import Function
from tests.gateway.lambdas.test_http import event

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import httpx

    from gateway.dev.aws import Aws
    from settings import Settings

ROOT, SEGMENT = "1-67891233-abcdef012345678912345678", "53995c3f42cd8ad8"
SAMPLED = f"Root={ROOT};Parent={SEGMENT};Sampled=1;Lineage=1:a87bd80c:1"
HIDDEN = "a title that is nobody's business"


class Daemon:
    """What X-Ray's daemon would be sent."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.settimeout(0.2)
        self.address = f"127.0.0.1:{self._socket.getsockname()[1]}"

    def documents(self) -> list[dict[str, Any]]:
        """All that has come since the last time, by when it began."""
        found: list[dict[str, Any]] = []
        while True:
            try:
                header, document = self._socket.recv(65536).split(b"\n")
            except TimeoutError:
                return sorted(found, key=lambda one: one["start_time"])
            assert json.loads(header) == {"format": "json", "version": 1}
            found.append(json.loads(document))

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def daemon(monkeypatch: pytest.MonkeyPatch) -> Iterator[Daemon]:
    """A daemon that this process knows of, as a function does of Lambda's, and an invocation that is sampled."""
    daemon = Daemon()
    monkeypatch.setenv("AWS_XRAY_DAEMON_ADDRESS", daemon.address)
    monkeypatch.setenv("_X_AMZN_TRACE_ID", SAMPLED)
    yield daemon
    daemon.close()


def below(documents: list[dict[str, Any]], parent: str) -> list[dict[str, Any]]:
    return [one for one in documents if one["parent_id"] == parent]


@pytest.mark.prd("5.3.2")
@pytest.mark.prd("5.3.3")
@pytest.mark.prd("5.3.7")
@pytest.mark.prd("5.3.8")
def test_a_function_sends_what_a_request_waited_for(
    environment: dict[str, str], token: Callable[[str], str], aws: Aws
) -> None:
    daemon = Daemon()
    body = json.dumps({**MOC, "title": HIDDEN})
    headers = {"authorization": f"Bearer {token('alice')}", "content-length": str(len(body))}
    with Function(
        "gateway.lambdas.http.handler",
        environment | {"AWS_XRAY_DAEMON_ADDRESS": daemon.address},
        trace=SAMPLED,
    ) as function:
        _, created = function.invoke(event("POST", "/api/mocs", body=body, headers=headers))
        assert created["statusCode"] == 201
        documents = daemon.documents()
        function.trace = SAMPLED.replace("Sampled=1", "Sampled=0")
        function.invoke(event("GET", "/api/mocs", headers=headers))
        assert daemon.documents() == []
    daemon.close()

    assert {(one["type"], one["trace_id"]) for one in documents} == {("subsegment", ROOT)}
    assert len({one["id"] for one in documents}) == len(documents)
    (request,) = below(documents, SEGMENT)
    assert request["name"] == "POST /api/mocs"
    assert request["annotations"] == {
        "userId": logs.pseudonym(aws.users["alice"].sub),
        "operation": "CreateMoc",
        "status": 201,
    }
    told = request["metadata"]["brickgate"]
    assert told["http.request.body.size"] == len(body)
    assert told["http.response.body.size"] == len(created["body"].encode())
    execute = next(one for one in below(documents, request["id"]) if one["name"] == "mutation")
    waited = {one["name"]: one for one in below(documents, execute["id"])}
    assert set(waited) == {"PostgreSQL", "Redis"}
    statement = waited["PostgreSQL"]
    assert statement["namespace"] == waited["Redis"]["namespace"] == "remote"
    assert statement["sql"]["sanitized_query"].startswith("INSERT INTO moc_instructions")
    assert request["start_time"] <= statement["start_time"] < statement["end_time"] <= request["end_time"]
    assert "fault" not in request
    assert [secret for secret in (HIDDEN, aws.users["alice"].sub) if secret in json.dumps(documents)] == []


@pytest.mark.prd("5.3.4")
@pytest.mark.prd("5.3.5")
async def test_s3_and_cognito_are_aws(settings: Settings, daemon: Daemon, aws: Aws) -> None:
    services = Gateway.of(settings).services
    with traces.invoked():
        await services.storage.put("traced", b"x", "text/plain")
        await services.identity.attributes(aws.users["alice"].sub)
    told = [(one["name"], one["namespace"], one["aws"]["operation"], one["parent_id"]) for one in daemon.documents()]
    assert told == [
        ("S3", "aws", "PutObject", SEGMENT),
        ("Cognito Identity Provider", "aws", "AdminGetUser", SEGMENT),
    ]
    await services.close()


async def test_what_fails_is_marked(process: Callable[..., httpx.AsyncClient], daemon: Daemon) -> None:
    with traces.invoked():
        await process().get("/api/mocs/nothing")
        away = process(database_url="postgresql://u:swordfish@127.0.0.1:9/x")
        assert (await away.get("/api/mocs")).status_code == 503
    documents = daemon.documents()
    wrong, unavailable = below(documents, SEGMENT)
    assert (wrong["error"], wrong.get("fault"), wrong["annotations"]["status"]) == (True, None, 404)
    assert wrong["name"] == "GET /api/mocs/id", "a name may have no braces"
    assert (unavailable["fault"], unavailable.get("error")) == (True, None)
    failed = next(one for one in documents if one["name"] == "PostgreSQL" and one.get("fault"))
    assert failed["metadata"]["brickgate"]["error.type"] == "ConnectionRefusedError"
    assert "swordfish" not in json.dumps(documents)


async def test_a_daemon_that_is_away_costs_nothing(process: Callable[..., httpx.AsyncClient], daemon: Daemon) -> None:
    daemon.close()
    with traces.invoked():
        assert (await process().get("/api/mocs")).status_code == 200


@pytest.mark.parametrize(
    ("trace", "address"),
    [
        ("", "127.0.0.1:2000"),
        (SAMPLED, ""),
        (SAMPLED, "127.0.0.1"),
        (f"Root={ROOT};Parent={SEGMENT};Sampled=0", "127.0.0.1:2000"),
        (f"Root={ROOT};Sampled=1", "127.0.0.1:2000"),
        ("nonsense", "127.0.0.1:2000"),
    ],
)
def test_what_is_not_sampled_or_has_nowhere_to_go_is_not_recorded(trace: str, address: str) -> None:
    assert Invocation.of(trace, address) is None
