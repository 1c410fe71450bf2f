"""An execution environment that lives long: a thousand invocations, lost connections, freezing and thawing (NFR9, NFR1)."""

from __future__ import annotations

import json
import signal
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import psutil
import pytest

from tests.gateway.conftest import MOC
from tests.gateway.lambdas.runtime import Function
from tests.gateway.lambdas.test_http import event
from tests.proxy import Proxy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

INVOCATIONS, WARM = 1000, 200
GROWTH = 8_000_000  # bytes: what fragmentation may take, a leak of 10 KB an invocation would not fit


@pytest.fixture
def proxies(environment: dict[str, str]) -> Iterator[dict[str, Proxy]]:
    """What stands between the function and its database and Redis; the environment leads through it."""
    with ExitStack() as opened:
        found = {}
        for name in ("DATABASE_URL", "REDIS_URL"):
            url = urlsplit(environment[name])
            found[name] = opened.enter_context(Proxy("127.0.0.1", url.port or 0))
            environment[name] = environment[name].replace(f":{url.port}/", f":{found[name].port}/")
        yield found


@pytest.fixture
def function(environment: dict[str, str], proxies: dict[str, Proxy]) -> Iterator[Function]:
    assert proxies
    with Function("gateway.lambdas.http.handler", {**environment, "LOG_LEVEL": "ERROR"}) as running:
        yield running


@pytest.fixture
def ask(function: Function, token: Callable[[str], str]) -> Callable[..., Any]:
    """`ask("GET", "/api/mocs")`: the status and the decoded body."""
    headers = {"authorization": f"Bearer {token('alice')}", "content-type": "application/json"}

    def send(method: str, path: str, body: Any = None, **parts: Any) -> tuple[int, Any]:
        kind, answer = function.invoke(
            event(method, path, headers=headers, body=json.dumps(body) if body else None, **parts)
        )
        assert kind == "response", answer
        return answer["statusCode"], json.loads(answer["body"]) if answer.get("body") else None

    return send


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_thousand_invocations_leave_nothing_behind(
    function: Function, ask: Callable[..., Any], proxies: dict[str, Proxy]
) -> None:
    status, made = ask("POST", "/api/mocs", MOC)
    assert status == 201
    path = f"/api/mocs/{made['data']['id']}"
    calls = [
        ("GET", "/api/mocs", None),
        ("PATCH", path, {"partsCount": 1}),
        ("GET", path, None),
        ("GET", "/api/mocs/11111111-1111-4111-8111-111111111111", None),
        ("POST", "/graphql", {"query": "{ mocs { total items { title images { url } } } }"}),
    ]
    process = psutil.Process(function.process.pid)
    sizes = []
    for number in range(INVOCATIONS):
        method, where, body = calls[number % len(calls)]
        if body and "partsCount" in body:
            body = {"partsCount": number + 1}
        assert ask(method, where, body)[0] == (404 if "1111-4111" in where else 200)
        if number in (WARM, INVOCATIONS - 1):
            sizes.append((process.memory_info().rss, process.num_fds(), process.num_threads()))
    (rss, descriptors, threads), (last, descriptors_last, threads_last) = sizes
    assert last - rss < GROWTH
    assert descriptors_last == descriptors
    assert threads_last <= threads + 1, "names are looked up by a thread, which stays"
    assert proxies["DATABASE_URL"].cut() == 1, "one connection for all of them"


def test_lost_connections_are_made_again_within_one_invocation(
    ask: Callable[..., Any], proxies: dict[str, Proxy]
) -> None:
    status, made = ask("POST", "/api/mocs", MOC)
    assert status == 201
    for method, path, body in (
        ("GET", "/api/mocs", None),
        ("PATCH", f"/api/mocs/{made['data']['id']}", {"partsCount": 7}),
        ("GET", f"/api/mocs/{made['data']['id']}", None),
    ):
        assert [proxy.cut() > 0 for proxy in proxies.values()] == [True, True]
        assert ask(method, path, body)[0] == 200
        ask("GET", "/health")  # opens both again
    assert ask("GET", f"/api/mocs/{made['data']['id']}")[1]["data"]["partsCount"] == 7


def test_a_function_that_was_frozen_while_its_connections_ended_serves_at_once(
    function: Function, ask: Callable[..., Any], proxies: dict[str, Proxy]
) -> None:
    assert ask("POST", "/api/mocs", MOC)[0] == 201
    function.process.send_signal(signal.SIGSTOP)
    for proxy in proxies.values():
        assert proxy.cut() > 0
    time.sleep(0.5)  # long enough for the ends to arrive at a process that cannot look at them
    function.process.send_signal(signal.SIGCONT)
    status, listed = ask("GET", "/api/mocs")
    assert (status, listed["total"]) == (200, 1)
