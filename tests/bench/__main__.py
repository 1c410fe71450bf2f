"""`make bench`: what the gateway costs, as a ratio to a minimal service that reads the same rows in the same run."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from redis.asyncio import Redis

from tests.bench import floor, pictures, spans
from tests.bench.cases import cases, furnish
from tests.bench.measure import Call, Figures, compare, send
from tests.bench.serving import Served, Way, gateways, services

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.types import ASGIApp

    from tests.bench.cases import Case

RESULTS = Path("dist/bench.json")
COUNTED = 20  # requests whose statements and round trips are counted


async def measure(served: Served) -> tuple[dict[str, Case], dict[str, dict[str, Figures]]]:
    """Every case, by all services in turns: the gateway as it is, interpreting its operations, without Redis, and the floor."""
    settings, user_id = served.settings, served.user_id
    moc_id = await furnish(settings.database_url, user_id)
    bare = floor.create_app(settings.database_url, str(settings.redis_url), user_id)
    chosen, figures = cases(moc_id, user_id), {}
    async with bare.router.lifespan_context(bare), gateways(settings) as made:
        for name, case in chosen.items():
            gateway = made.keeping if case.kept else made.anew
            compiled, interpreted = Way(gateway, compiled=True), Way(gateway, compiled=False)
            apps: dict[str, ASGIApp] = {"gateway": compiled, "interpreted": interpreted, "floor": bare}
            if not case.kept:
                apps["alone"] = Way(made.alone, compiled=True)
            figures[name] = await compare(apps, case.call, served.headers, case.status)
            compiled.choose()
            trips = await count(gateway, case.call, served.headers, str(settings.redis_url))
            figures[name]["gateway"] = replace(figures[name]["gateway"], **trips)
    return chosen, figures


async def count(gateway: Starlette, call: Call, headers: list[tuple[bytes, bytes]], redis_url: str) -> dict[str, float]:
    """SQL statements (BEGIN and COMMIT among them) and round trips to Redis of one request."""
    sent: list[str] = []
    database = gateway.state.gateway.services.database
    await database.close()
    database.loggers.append(lambda query: sent.append(query.query))
    async with Redis.from_url(redis_url) as server:
        await send(gateway, call, headers)
        await asyncio.sleep(0)
        sent.clear()
        before = (await server.info("stats"))["total_reads_processed"]
        for _ in range(COUNTED):
            await send(gateway, call, headers)
        after = (await server.info("stats"))["total_reads_processed"]
    await asyncio.sleep(0)
    await database.close()
    return {
        "statements": len(sent) / COUNTED,
        "trips": (after - before - 1) / COUNTED,
    }  # one was asking for the second figure


def main() -> None:
    """Start the services, measure, print the tables, keep the figures."""
    with services() as served:
        chosen, figures = asyncio.run(measure(served))
        photographs = pictures.measure(served.folder)
    print(
        f"{'':<18}{'CPU: floor':>11}{'interpreted':>13}{'compiled':>10}{'ratio':>15}{'goal':>7}{'no Redis':>10}"
        f"{'p50: floor':>12}{'compiled':>10}{'ratio':>7}{'SQL':>6}{'Redis':>7}   (microseconds of a request, and what it asks others)"
    )
    for name, measured in figures.items():
        bare, slow, ours = measured["floor"], measured["interpreted"], measured["gateway"]
        goal, ratio = chosen[name].goal, ours.cpu / bare.cpu
        alone = f"{measured['alone'].cpu / bare.cpu:.2f}" if "alone" in measured else "-"
        print(
            f"{name:<18}{bare.cpu:>11.0f}{slow.cpu:>13.0f}{ours.cpu:>10.0f}{slow.cpu / bare.cpu:>8.2f}{ratio:>7.2f}"
            f"{goal or '-':>6}{' ' if goal is None else '.' if ratio <= goal else '!'}{alone:>10}"
            f"{bare.p50:>12.0f}{ours.p50:>10.0f}{ours.p50 / bare.p50:>7.2f}{ours.statements:>6.1f}{ours.trips:>7.1f}"
        )
    print(
        f"{'':<20}{'Pillow s':>12}{'gateway s':>12}{'ratio':>8}{'Pillow MB':>13}{'gateway MB':>14}{'ratio':>8}   (both sizes)"
    )
    for name, costs in photographs.items():
        plain, made = costs["floor"], costs["gateway"]
        print(
            f"{name:<20}{plain.seconds:>12.2f}{made.seconds:>12.2f}{made.seconds / plain.seconds:>8.2f}"
            f"{plain.megabytes:>13.0f}{made.megabytes:>14.0f}{made.megabytes / plain.megabytes:>8.2f}"
        )
    cost = spans.measure()
    print(f"A span that nobody looks at: {cost['span']:.2f} us; Python's nullcontext: {cost['nullcontext']:.2f} us.")
    RESULTS.parent.mkdir(exist_ok=True)
    kept: dict[str, dict[str, Any]] = {**figures, **photographs}
    told = {name: {who: vars(it) for who, it in costs.items()} for name, costs in kept.items()}
    for name, case in chosen.items():
        told[name]["goal"] = {"ratio": case.goal}
    RESULTS.write_text(json.dumps(told, indent=2))
    print(f"Kept in {RESULTS}.")


if __name__ == "__main__":
    main()
