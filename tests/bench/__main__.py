"""`make bench`: what the gateway costs, as a ratio to a minimal service that reads the same rows in the same run."""

from __future__ import annotations

import asyncio
import itertools
import json
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import asyncpg

from db.migrate import upgrade
from gateway.app import create_app
from gateway.dev.aws import Aws
from gateway.dev.postgres import FORGETFUL, Postgres
from gateway.dev.process import free_port
from gateway.dev.valkey import Valkey
from settings import Settings
from tests.bench import floor, pictures
from tests.bench.measure import Call, Figures, compare

if TYPE_CHECKING:
    from starlette.types import ASGIApp

RESULTS = Path("dist/bench.json")
_numbers = itertools.count()


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


async def measure(settings: Settings, user_id: str, token: str) -> dict[str, dict[str, Figures]]:
    """Both services, case by case."""
    moc_id = await furnish(settings.database_url, user_id)
    gateway = create_app(settings)
    bare = floor.create_app(settings.database_url, user_id)
    cases = {
        "MOC detail": (Call("GET", f"/api/mocs/{moc_id}"), 200),
        "MOC list of 20": (Call("GET", "/api/mocs"), 200),
        "MOC create": (Call("POST", "/api/mocs", new_moc), 201),
    }
    headers = [(b"authorization", f"Bearer {token}".encode())]
    apps: dict[str, ASGIApp] = {"gateway": gateway, "floor": bare}
    async with bare.router.lifespan_context(bare):
        figures = {name: await compare(apps, call, headers, status) for name, (call, status) in cases.items()}
    await gateway.state.gateway.services.close()
    return figures


def main() -> None:
    """Start the services, measure, print the table, keep the figures."""
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
        f"{'case':<16}{'floor CPU':>12}{'gateway CPU':>14}{'ratio':>8}{'floor p50':>13}{'gateway p50':>14}{'ratio':>8}   (microseconds)"
    )
    for name, measured in figures.items():
        bare, ours = measured["floor"], measured["gateway"]
        print(
            f"{name:<16}{bare.cpu:>12.0f}{ours.cpu:>14.0f}{ours.cpu / bare.cpu:>8.2f}"
            f"{bare.p50:>13.0f}{ours.p50:>14.0f}{ours.p50 / bare.p50:>8.2f}"
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
