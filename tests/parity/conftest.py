"""Replays the recordings once, and prints what became of each route."""

from __future__ import annotations

from typing import TYPE_CHECKING

import asyncpg
import httpx
import pytest
from redis.asyncio import Redis

from db import migrate
from gateway.app import create_app
from settings import Settings
from tests.gateway.pool import Pool
from tests.parity import table
from tests.parity.exchange import RECORDINGS, USERS, Exchange
from tests.parity.replay import Replay, Report
from tests.parity.sending import Sender

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gateway.dev.aws import Aws
    from gateway.dev.postgres import Postgres

# What was recorded in which environment; both kinds of exchanges start from the seed. The old service's was staging.
ENVIRONMENTS = {"exchanges.jsonl": "staging", "exchanges-production.jsonl": "production"}
REPORTS = pytest.StashKey[dict[str, Report]]()


@pytest.fixture(scope="session")
def user_pool(aws: Aws) -> Iterator[Pool]:
    """A user pool that knows the recorded users by their recorded ids."""
    with Pool(aws.endpoint_url) as pool:
        yield pool


@pytest.fixture(scope="session")
def pool_id(aws: Aws) -> str:
    """The same pool's id where its users are kept."""
    cognito = aws.client("cognito-idp")
    identifier: str = cognito.create_user_pool(PoolName="parity")["UserPool"]["Id"]
    for name, user_id in USERS.items():
        attributes = [{"Name": "email", "Value": f"{name}@example.com"}, {"Name": "name", "Value": name.title()}]
        cognito.admin_create_user(
            UserPoolId=identifier, Username=user_id, MessageAction="SUPPRESS", UserAttributes=attributes
        )
    return identifier


async def _legacy_database(postgres: Postgres, name: str) -> str:
    """The URL of a database that the legacy service has made and filled, taken over by this one."""
    await postgres.create(name)
    url = postgres.url(name)
    for script in ("schema.sql", "seed.sql"):
        connection = await asyncpg.connect(url)
        await connection.execute((RECORDINGS / script).read_text())
        await connection.close()
    migrate.adopt(url)
    migrate.upgrade(url)
    return url


async def _replay(file: str, settings: Settings, pool: Pool, redis: Redis) -> Report:
    app = create_app(settings)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        report = await Replay(Sender(client, pool, settings, redis)).run(Exchange.read(file))
    await app.state.gateway.services.close()
    return report


@pytest.fixture(scope="session")
async def reports(
    request: pytest.FixtureRequest,
    postgres: Postgres,
    through: Callable[[str], str],
    valkey_url: str,
    user_pool: Pool,
    pool_id: str,
    aws: Aws,
) -> dict[str, Report]:
    """What became of each recording, by file."""
    made = request.config.stash.setdefault(REPORTS, {})
    for file, environment in ENVIRONMENTS.items():
        settings = Settings.read(
            {
                "ENVIRONMENT": environment,
                "DATABASE_URL": through(await _legacy_database(postgres, f"parity_{environment}")),
                "REDIS_URL": valkey_url,
                "AWS_ENDPOINT_URL": user_pool.url,
                "COGNITO_USER_POOL_ID": pool_id,
                "COGNITO_CLIENT_ID": "parity",
                "AWS_ENDPOINT_URL_S3": aws.endpoint_url,
                "S3_BUCKET": aws.bucket,
            }
        )
        async with Redis.from_url(valkey_url) as redis:
            made[file] = await _replay(file, settings, user_pool, redis)
    return made


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the table, also where everything passed."""
    reports = config.stash.get(REPORTS, {})
    for file, report in reports.items():
        terminalreporter.section(f"parity with the legacy service: {file}")
        for line in table.outcomes(report):
            terminalreporter.write_line(line)
    for line in table.notes(list(reports.values())):
        terminalreporter.write_line(line)
