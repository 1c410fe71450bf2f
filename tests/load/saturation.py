"""More requests than there are connections: they wait or are refused within a bound, and afterwards all is as before."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any

import asyncpg
import httpx

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

ROLE, PASSWORD = "saturated", "of-a-test"
ALLOWED = 4
"""Connections that PostgreSQL grants the service's role: fewer than its pool would open."""
BOUND = 30.0
"""Seconds within which each request is answered: API Gateway waits no longer."""


async def arrange(database_url: str) -> str:
    """Make the role; the URL by which a service becomes it."""
    connection = await asyncpg.connect(database_url)
    try:
        await connection.execute(
            f"CREATE ROLE {ROLE} LOGIN PASSWORD '{PASSWORD}' CONNECTION LIMIT {ALLOWED};"
            f" GRANT ALL ON ALL TABLES IN SCHEMA public TO {ROLE}; GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO {ROLE}"
        )
    finally:
        await connection.close()
    url = httpx.URL(database_url)
    return f"postgresql://{ROLE}:{PASSWORD}@{url.netloc.decode()}{url.path}"


async def saturate(url: str, token: str, database_url: str, role_url: str, *, requests: int) -> dict[str, Any]:
    """Three rounds: more requests than connections; none of them left, others hold all; and a few when all is over."""
    crowded = await _round(url, token, requests)
    async with AsyncExitStack() as held:
        await _hold(held, database_url, role_url)
        starved = await _round(url, token, requests)
    return {"crowded": crowded, "starved": starved, "afterwards": await _round(url, token, ALLOWED)}


async def _hold(held: AsyncExitStack, database_url: str, role_url: str) -> None:
    """Take every connection that the role may have, those that the service has kept, too."""
    async with _connected(database_url) as superuser:
        await superuser.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1", ROLE)
    for _ in range(ALLOWED):
        await held.enter_async_context(_connected(role_url))


@asynccontextmanager
async def _connected(url: str) -> AsyncIterator[asyncpg.Connection[asyncpg.Record]]:
    """A connection for a block; waits for those that were ended to be gone."""
    limit = time.monotonic() + BOUND
    while True:
        try:
            connection = await asyncpg.connect(url)
            break
        except asyncpg.TooManyConnectionsError:
            if time.monotonic() > limit:
                raise
            await asyncio.sleep(0.05)
    try:
        yield connection
    finally:
        await connection.close()


async def _round(url: str, token: str, requests: int) -> dict[str, Any]:
    """So many requests at once: their statuses, the slowest in seconds, and refusals that do not say when to come again."""
    slowest, statuses, mute = 0.0, Counter[str](), 0

    async def ask() -> None:
        nonlocal slowest, mute
        began = time.monotonic()
        answer = await client.get("/api/mocs?limit=5", headers={"Authorization": f"Bearer {token}"})
        slowest = max(slowest, time.monotonic() - began)
        statuses[str(answer.status_code)] += 1
        mute += answer.status_code == httpx.codes.SERVICE_UNAVAILABLE and "retry-after" not in answer.headers

    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(base_url=url, limits=limits, timeout=2 * BOUND, trust_env=False) as client:
        await asyncio.gather(*(ask() for _ in range(requests)))
    return {
        "statuses": dict(sorted(statuses.items())),
        "slowest_seconds": round(slowest, 2),
        "without_retry_after": mute,
    }
