"""Whether the parts answer (PRD 1.8; FR12): all asked at once, each within its own time."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import literal_column, select
from starlette.responses import Response

from db.query import Query
from gateway.errors import Problem, now, problem

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from resolvers.context import Services
    from services.cache import Cache
    from services.search import Search

TIMEOUT = (
    0.75  # seconds for one part; all are asked at once, and counting the request has taken a fifth of a second at most
)
HEALTHY, UNHEALTHY, DISABLED = "healthy", "unhealthy", "disabled"
_SELECT_1 = Query(select(literal_column("1")))
_log = logging.getLogger("brickgate.health")


async def answer(services: Services) -> Response:
    """The contract's answer: 503 only when PostgreSQL is down."""
    parts = await check(services)
    facts: dict[str, Any] = {"status": overall(parts), "services": parts}
    if facts["status"] == UNHEALTHY:
        away = Problem("SERVICE_UNAVAILABLE", "PostgreSQL does not answer", more={**facts, "data": facts})
        return problem(away).response()
    content = orjson.dumps({"success": True, "data": facts, **facts, "timestamp": now()})
    return Response(content, media_type="application/json", headers={"Cache-Control": "no-store"})


async def check(services: Services) -> dict[str, str]:
    """Each part's health: healthy, unhealthy, or disabled where it is not configured."""
    states = await asyncio.gather(
        _state("postgres", services.database.value(_SELECT_1)),
        _state("redis", _answering(services.cache) if services.cache else None),
        _state("opensearch", _answering(services.search) if services.search else None),
    )
    return dict(zip(("postgres", "redis", "opensearch"), states, strict=True))


async def _answering(client: Cache | Search) -> None:
    """Ask a part whose client may have to be imported first, which the others do not wait for."""
    await asyncio.to_thread(client.load)
    await client.ping()


def overall(parts: dict[str, str]) -> str:
    """Unhealthy without PostgreSQL, degraded without another part that is configured."""
    if parts["postgres"] != HEALTHY:
        return UNHEALTHY
    return "degraded" if UNHEALTHY in parts.values() else HEALTHY


async def _state(name: str, answer: Awaitable[Any] | None) -> str:
    if answer is None:
        return DISABLED
    try:
        async with asyncio.timeout(TIMEOUT):
            await answer
    except Exception as error:  # noqa: BLE001 - every client has its own; what matters is that there was no answer
        _log.warning(
            "part does not answer", extra={"part": name, "errorType": type(error).__name__, "errorMessage": str(error)}
        )
        return UNHEALTHY
    return HEALTHY
