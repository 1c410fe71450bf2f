"""GET /health (PRD 1.8; FR12), with parts really down."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

import httpx
import opensearchpy  # noqa: F401 - so that no check waits for its import
import pytest

from gateway.app import create_app
from gateway.dev.process import free_port

if TYPE_CHECKING:
    from collections.abc import Callable


async def health(settings: Any) -> httpx.Response:
    application = create_app(settings)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(application), base_url="http://test") as client:
        answer = await client.get("/health")
    await application.state.gateway.services.close()
    return answer


@pytest.mark.prd("1.8.2")
@pytest.mark.prd("1.8.3")
@pytest.mark.prd("1.8.6")
async def test_parts_that_answer_are_healthy(anonymous: httpx.AsyncClient) -> None:
    for path in ("/health", "/api/health", "/health?verbose=1"):
        answer = await anonymous.get(path)
        body = answer.json()
        parts = {"postgres": "healthy", "redis": "healthy", "opensearch": "disabled"}
        assert (answer.status_code, body["success"], body["status"], body["services"]) == (200, True, "healthy", parts)
        assert body["data"] == {"status": "healthy", "services": parts}


@pytest.mark.prd("1.8.4")
async def test_opensearch_is_asked_for_the_health_of_its_cluster(
    settings_for: Callable[..., Any], opensearch_url: str
) -> None:
    answer = await health(settings_for(opensearch_url=opensearch_url))
    parts = {"postgres": "healthy", "redis": "healthy", "opensearch": "healthy"}
    assert (answer.status_code, answer.json()["status"], answer.json()["services"]) == (200, "healthy", parts)


async def test_a_lesser_part_that_is_down_degrades(settings_for: Callable[..., Any]) -> None:
    nothing = f"127.0.0.1:{free_port()}"
    answer = await health(settings_for(redis_url=f"redis://{nothing}", opensearch_url=f"http://{nothing}"))
    parts = {"postgres": "healthy", "redis": "unhealthy", "opensearch": "unhealthy"}
    assert (answer.status_code, answer.json()["status"], answer.json()["services"]) == (200, "degraded", parts)


async def test_without_postgresql_the_answer_is_503(settings_for: Callable[..., Any]) -> None:
    answer = await health(settings_for(database_url=f"postgresql://127.0.0.1:{free_port()}/nothing"))
    body = answer.json()
    assert (answer.status_code, body["success"], body["code"]) == (503, False, "SERVICE_UNAVAILABLE")
    assert (body["status"], body["services"]["postgres"], body["services"]["redis"]) == (
        "unhealthy",
        "unhealthy",
        "healthy",
    )
    assert body["data"] == {"status": body["status"], "services": body["services"]}


async def test_a_part_that_accepts_and_never_answers_does_not_hold_up_the_answer(
    settings_for: Callable[..., Any], silent: str
) -> None:
    settings = settings_for(redis_url=f"redis://{silent}", redis_timeout_ms=200, opensearch_url=f"http://{silent}")
    await health(settings)
    started = time.monotonic()
    answer = await health(settings)
    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
    assert time.monotonic() - started < 2
    hung = await health(settings_for(database_url=f"postgresql://{silent}/nothing"))
    assert (hung.status_code, hung.json()["services"]["postgres"]) == (503, "unhealthy")


async def test_routes_tell_that_the_database_is_away(
    settings_for: Callable[..., Any], token: Callable[[str], str]
) -> None:
    application = create_app(
        settings_for(database_url=f"postgresql://secret-host-name@127.0.0.1:{free_port()}/nothing")
    )
    headers = {"Authorization": f"Bearer {token('alice')}"}
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(application), base_url="http://t", headers=headers
    ) as client:
        rest = await client.get("/api/mocs")
        write = await client.post("/api/mocs", json={"type": "set", "title": "T", "brand": "L", "setNumber": "1"})
        graphql = await client.post("/graphql", json={"query": "{ mocs { total } }"})
    await application.state.gateway.services.close()
    for answer in (rest, write):
        assert (answer.status_code, answer.json()["code"], answer.headers["retry-after"]) == (
            503,
            "SERVICE_UNAVAILABLE",
            "1",
        )
        assert "secret-host-name" not in answer.text
    assert graphql.json()["errors"][0]["extensions"]["code"] == "SERVICE_UNAVAILABLE"


async def test_a_check_that_is_one_too_many_asks_no_part(settings_for: Callable[..., Any]) -> None:
    application = create_app(settings_for(rate_limit_general="2/1m"))
    asked = 0
    database = application.state.gateway.services.database

    def count(_query: Any) -> None:
        nonlocal asked
        asked += 1

    database.loggers.append(count)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(application), base_url="http://test") as client:
        statuses = [(await client.get("/health")).status_code for _ in range(6)]
    await asyncio.sleep(0.2)  # what a refused check had begun would go on meanwhile
    await application.state.gateway.services.close()
    assert statuses == [200, 200, 429, 429, 429, 429]
    assert asked == 2
