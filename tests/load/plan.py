"""The PRD's load, scaled to this machine, and the connections case: everything from empty databases to one dictionary of figures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import asyncpg

from db.migrate import upgrade
from gateway.dev import demo
from tests.load.phase import Field, Load
from tests.load.saturation import arrange, saturate
from tests.served import served

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from gateway.dev.aws import Aws
    from gateway.dev.postgres import Postgres

STEADY, SPIKE = 100, 500
"""Requests a second (PRD 5.6.3)."""
SHARE = 0.2
"""The spike, as a share of what the bare endpoint bears here. Generator, gateway, PostgreSQL, Redis and S3 share this machine; in AWS each
has its own, and the gateway as many as it needs."""
CALIBRATION = 5.0
"""Seconds at most of finding out what a service bears."""
CROWD = 100  # requests at once, in the connections case
_DATABASE = "load"
_PATIENT = dict.fromkeys(("RATE_LIMIT_GENERAL", "RATE_LIMIT_AUTH", "RATE_LIMIT_UPLOAD"), "1000000/1m")
_TOLD = {
    **_PATIENT,
    "ENVIRONMENT": "dev",
    "LOG_LEVEL": "ERROR",
    "DATABASE_POOL_SIZE": "10",
    "DATABASE_STATEMENT_CACHE": "256",
}


def scale(capacity: float) -> float:
    """By what the PRD's rates are multiplied on a machine where the bare endpoint bears `capacity` requests a second; 1 at most."""
    return min(1.0, SHARE * capacity / SPIKE)


async def run(
    folder: Path, postgres: Postgres, redis_url: str, aws: Aws, seconds: float, say: Callable[[str], object]
) -> dict[str, Any]:
    """Calibrate, send the steady load for two thirds of `seconds` and the spike for one, then take the connections away."""
    await postgres.create(_DATABASE)
    url = postgres.url(_DATABASE)
    upgrade(url)
    subs = {name: user.sub for name, user in aws.users.items()}
    await demo.seed(url, subs, bucket=aws.bucket, region=aws.region)
    users: list[dict[str, Any]] = [
        {"token": aws.token(name), "mocs": await _mocs(url, sub)} for name, sub in subs.items()
    ]
    field = Field(folder, url, users)
    told = {**aws.environment, **_TOLD, "DATABASE_URL": url, "REDIS_URL": redis_url}
    calibration = Load(min(CALIBRATION, seconds))
    phases: dict[str, Any] = {}
    with served({**told, "USER_ID": subs["alice"]}, folder / "bare.log", "tests.load.bare:create_app") as bare:
        say("calibrating")
        phases["bare at most"] = await field.run("bare", bare, calibration)
    factor = scale(phases["bare at most"]["answered_per_second"])
    with served(told, folder / "gateway.log") as gateway:
        phases["gateway at most"] = await field.run("most", gateway, calibration)
        for name, rate, length in (("steady", STEADY, seconds * 2 / 3), ("spike", SPIKE, seconds / 3)):
            scaled = max(1, round(rate * factor))
            say(f"{name}: {scaled} requests a second for {length:.0f} s")
            phases[name] = await field.run(name, gateway, Load(round(length), scaled))
    say("taking connections away")
    role_url = await arrange(url)
    unkept = dict.fromkeys(("CACHE_LIST_SECONDS", "CACHE_DETAIL_SECONDS"), "0")
    with served({**told, **unkept, "DATABASE_URL": role_url}, folder / "saturated.log") as gateway:
        saturation = await saturate(gateway.url, users[0]["token"], url, role_url, requests=CROWD)
    return {"factor": round(factor, 3), "phases": phases, "saturation": saturation}


async def _mocs(url: str, user_id: str) -> list[str]:
    connection = await asyncpg.connect(url)
    try:
        return [
            str(row[0]) for row in await connection.fetch("SELECT id FROM moc_instructions WHERE user_id = $1", user_id)
        ]
    finally:
        await connection.close()
