"""Whether the parts answer (PRD 1.8; FR12): all asked at once, each within its own time."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import literal_column, select
from starlette.responses import Response

from db.query import Query
from gateway.errors import Problem, now

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from resolvers.context import Services

TIMEOUT = 0.9  # seconds for all parts, which are asked at once; loading their clients counts
HEALTHY, UNHEALTHY, DISABLED = "healthy", "unhealthy", "disabled"
_SELECT_1 = Query(select(literal_column("1")))
_log = logging.getLogger("brickgate.health")


async def answer(services: Services) -> Response:
    """The contract's answer: 503 only when PostgreSQL is down."""
    parts = await check(services)
    facts: dict[str, Any] = {"status": overall(parts), "services": parts}
    if facts["status"] == UNHEALTHY:
        return Problem("SERVICE_UNAVAILABLE", "PostgreSQL does not answer", more={**facts, "data": facts}).response()
    content = orjson.dumps({"success": True, "data": facts, **facts, "timestamp": now()})
    return Response(content, media_type="application/json", headers={"Cache-Control": "no-store"})


async def check(services: Services) -> dict[str, str]:
    """Each part's health: healthy, unhealthy, or disabled where it is not configured."""
    cache, search = services.cache, services.search
    limit = asyncio.get_running_loop().time() + TIMEOUT
    if cache:
        cache.load()
    if search:
        search.load()
    states = await asyncio.gather(
        _state("postgres", services.database.value(_SELECT_1), limit),
        _state("redis", cache.ping() if cache else None, limit),
        _state("opensearch", search.ping() if search else None, limit),
    )
    return dict(zip(("postgres", "redis", "opensearch"), states, strict=True))


def overall(parts: dict[str, str]) -> str:
    """Unhealthy without PostgreSQL, degraded without another part that is configured."""
    if parts["postgres"] != HEALTHY:
        return UNHEALTHY
    return "degraded" if UNHEALTHY in parts.values() else HEALTHY


async def _state(name: str, answer: Awaitable[Any] | None, limit: float) -> str:
    if answer is None:
        return DISABLED
    try:
        async with asyncio.timeout_at(limit):
            await answer
    except Exception as error:  # noqa: BLE001 - every client has its own; what matters is that there was no answer
        _log.warning(
            "part does not answer", extra={"part": name, "errorType": type(error).__name__, "errorMessage": str(error)}
        )
        return UNHEALTHY
    return HEALTHY
