"""`make bench`: what the gateway costs, as a ratio to a minimal service that reads the same rows in the same run."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import shutil
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import asyncpg
from redis.asyncio import Redis
from sqlalchemy import event

from db.migrate import upgrade
from gateway.app import create_app
from gateway.dev.aws import CREDENTIALS, Aws
from gateway.dev.postgres import FORGETFUL, Postgres
from gateway.dev.process import free_port
from gateway.dev.valkey import Valkey
from settings import Settings
from tests.bench import floor, pictures
from tests.bench.measure import Call, Figures, compare, send

if TYPE_CHECKING:
    from fastapi import FastAPI
    from starlette.types import ASGIApp

RESULTS = Path("dist/bench.json")
COUNTED = 20  # requests whose statements and round trips are counted
_numbers = itertools.count(1)


def new_moc() -> dict[str, Any]:
    """A MOC that nobody has yet."""
    return {
        "type": "moc",
        "title": f"Windmill {next(_numbers)}",
        "author": "Alice Brick",
        "partsCount": 812,
        "tags": ["mill", "wind", "dutch"],
    }


async def furnish(database_url: str, user_id: str) -> str:
    """60 MOCs of one user, each with files, images and parts lists; the id of one."""
    connection = await asyncpg.connect(database_url)
    await connection.execute(
        """
        INSERT INTO moc_instructions (user_id, title, description, type, author, parts_count, theme, subtheme, tags, created_at)
        SELECT $1, 'MOC ' || n, repeat('A build with a story. ', 8), 'moc', 'Alice Brick', 100 + n, 'Castle', 'Knights',
               '["castle", "modular", "medieval"]', timestamp '2024-01-01' + n * interval '1 hour'
        FROM generate_series(1, 60) n
        """,
        user_id,
    )
    await connection.execute(
        "INSERT INTO moc_files (moc_id, file_type, file_url, original_filename, mime_type)"
        " SELECT id, 'instruction', '/f/' || n, n || '.pdf', 'application/pdf' FROM moc_instructions, generate_series(1, 3) n"
    )
    await connection.execute(
        "INSERT INTO gallery_images (user_id, title, image_url) SELECT $1, 'Picture ' || n, '/i/' || n FROM generate_series(1, 3) n",
        user_id,
    )
    await connection.execute(
        "INSERT INTO moc_gallery_images (moc_id, gallery_image_id) SELECT m.id, i.id FROM moc_instructions m, gallery_images i"
    )
    await connection.execute("INSERT INTO moc_parts_lists (moc_id, title) SELECT id, 'Parts' FROM moc_instructions")
    await connection.execute("ANALYZE")
    identifier = await connection.fetchval("SELECT id FROM moc_instructions LIMIT 1")
    await connection.close()
    return str(identifier)


@dataclass(frozen=True)
class Case:
    """A request, what it must answer, and whether the gateway may answer it from Redis."""

    call: Call
    status: int = 200
    kept: bool = False


def cases(moc_id: str, user_id: str) -> dict[str, Case]:
    """What is measured, by name."""
    return {
        "MOC detail": Case(Call("GET", f"/api/mocs/{moc_id}")),
        "MOC detail, kept": Case(Call("GET", f"/api/mocs/{moc_id}"), kept=True),
        "MOC list of 20": Case(Call("GET", "/api/mocs")),
        "MOC list, kept": Case(Call("GET", "/api/mocs"), kept=True),
        "profile, kept": Case(Call("GET", f"/api/users/{user_id}"), kept=True),
        "MOC create": Case(Call("POST", "/api/mocs", new_moc), 201),
        "MOC update": Case(Call("PATCH", f"/api/mocs/{moc_id}", lambda: {"partsCount": next(_numbers)})),
    }


async def measure(settings: Settings, user_id: str, token: str) -> dict[str, dict[str, Figures]]:
    """Both services, case by case."""
    moc_id = await furnish(settings.database_url, user_id)
    keeping = create_app(settings)
    anew = create_app(settings.model_copy(update=dict.fromkeys(("cache_list_seconds", "cache_detail_seconds"), 0)))
    bare = floor.create_app(settings.database_url, str(settings.redis_url), user_id)
    headers = [(b"authorization", f"Bearer {token}".encode())]
    figures = {}
    async with bare.router.lifespan_context(bare):
        for name, case in cases(moc_id, user_id).items():
            gateway = keeping if case.kept else anew
            apps: dict[str, ASGIApp] = {"gateway": gateway, "floor": bare}
            figures[name] = await compare(apps, case.call, headers, case.status)
            trips = await count(gateway, case.call, headers, str(settings.redis_url))
            figures[name]["gateway"] = replace(figures[name]["gateway"], **trips)
    for application in (keeping, anew):
        await application.state.gateway.services.close()
    return figures


async def count(gateway: FastAPI, call: Call, headers: list[tuple[bytes, bytes]], redis_url: str) -> dict[str, float]:
    """SQL statements (BEGIN and COMMIT among them) and round trips to Redis of one request."""
    sent: list[str] = []
    database = gateway.state.gateway.services.database
    await database.engine.dispose()
    event.listen(
        database.engine.sync_engine,
        "connect",
        lambda adapted, _: adapted.driver_connection.add_query_logger(lambda query: sent.append(query.query)),
    )
    async with Redis.from_url(redis_url) as server:
        await send(gateway, call, headers)
        await asyncio.sleep(0)
        sent.clear()
        before = (await server.info("stats"))["total_reads_processed"]
        for _ in range(COUNTED):
            await send(gateway, call, headers)
        after = (await server.info("stats"))["total_reads_processed"]
    await asyncio.sleep(0)
    await database.engine.dispose()
    return {
        "statements": len(sent) / COUNTED,
        "trips": (after - before - 1) / COUNTED,
    }  # one was asking for the second figure


def main() -> None:
    """Start the services, measure, print the table, keep the figures."""
    os.environ |= CREDENTIALS  # the SDK finds them by itself, as in Lambda
    folder = Path(tempfile.mkdtemp(prefix="bg-"))
    postgres = Postgres(folder / "postgres", free_port(), log=folder / "postgres.log", options=FORGETFUL)
    aws = Aws(free_port(), log=folder / "aws.log")
    valkey = Valkey(free_port(), log=folder / "valkey.log")
    try:
        postgres.wait()
        aws.wait()
        valkey.wait()
        asyncio.run(postgres.create("bench"))
        upgrade(postgres.url("bench"))
        given = {
            "ENVIRONMENT": "dev",
            "DATABASE_URL": postgres.url("bench"),
            "DATABASE_STATEMENT_CACHE": "100",
            "REDIS_URL": valkey.url,
            "RATE_LIMIT_GENERAL": "1000000/1m",
            "LOG_LEVEL": "ERROR",
        }
        settings = Settings.read({**aws.environment, **given})
        figures = asyncio.run(measure(settings, aws.users["alice"].sub, aws.token("alice")))
        photographs = pictures.measure(folder)
    finally:
        postgres.child.stop()
        aws.child.stop()
        valkey.child.stop()
        shutil.rmtree(folder)
    print(
        f"{'case':<18}{'floor CPU':>11}{'gateway CPU':>13}{'ratio':>7}{'floor p50':>11}{'gateway p50':>13}{'ratio':>7}"
        f"{'SQL':>6}{'Redis':>7}   (microseconds of a request; its SQL statements and round trips to Redis)"
    )
    for name, measured in figures.items():
        bare, ours = measured["floor"], measured["gateway"]
        print(
            f"{name:<18}{bare.cpu:>11.0f}{ours.cpu:>13.0f}{ours.cpu / bare.cpu:>7.2f}"
            f"{bare.p50:>11.0f}{ours.p50:>13.0f}{ours.p50 / bare.p50:>7.2f}{ours.statements:>6.1f}{ours.trips:>7.1f}"
        )
    print(
        f"{'case':<20}{'Pillow s':>12}{'gateway s':>12}{'ratio':>8}{'Pillow MB':>13}{'gateway MB':>14}{'ratio':>8}   (both sizes)"
    )
    for name, costs in photographs.items():
        plain, made = costs["floor"], costs["gateway"]
        print(
            f"{name:<20}{plain.seconds:>12.2f}{made.seconds:>12.2f}{made.seconds / plain.seconds:>8.2f}"
            f"{plain.megabytes:>13.0f}{made.megabytes:>14.0f}{made.megabytes / plain.megabytes:>8.2f}"
        )
    RESULTS.parent.mkdir(exist_ok=True)
    kept: dict[str, dict[str, Any]] = {**figures, **photographs}
    RESULTS.write_text(
        json.dumps({name: {who: vars(it) for who, it in pair.items()} for name, pair in kept.items()}, indent=2)
    )
    print(f"Kept in {RESULTS}.")


if __name__ == "__main__":
    main()
