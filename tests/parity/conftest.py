"""Replays the recordings once, and prints what became of each route."""

from __future__ import annotations

from typing import TYPE_CHECKING

import asyncpg
import httpx
import pytest
from redis.asyncio import Redis

from db import migrate
from gateway.app import create_app
from gateway.dev.parity import table
from gateway.dev.parity.comparison import Difference
from gateway.dev.parity.differences import declared
from gateway.dev.parity.replay import Replay, Report
from gateway.dev.parity.sending import Sender
from settings import Settings
from tests.gateway import described
from tests.gateway.pool import Pool
from tests.parity.recorded import ENVIRONMENTS, RECORDINGS, SEED, USERS, Signer, recording

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from gateway.dev.aws import Aws
    from gateway.dev.postgres import Postgres

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
    for script in (RECORDINGS / "schema.sql", SEED):
        connection = await asyncpg.connect(url)
        await connection.execute(script.read_text())
        await connection.close()
    migrate.adopt(url)
    return url


async def _description(answer: httpx.Response) -> list[Difference]:
    """Whether the OpenAPI document tells of such an answer."""
    try:
        await described.check(answer)
    except AssertionError as error:
        return [Difference("description", "as the OpenAPI document says", str(error))]
    return []


async def _replay(file: str, settings: Settings, pool: Pool, redis: Redis) -> Report:
    app = create_app(settings)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        sender = Sender(client, Signer(pool, settings), redis.flushall)
        report = await Replay(recording(file), sender, declared(), look=_description).run()
    await app.state.gateway.services.close()
    return report


@pytest.fixture(scope="session")
def told(valkey_url: str, user_pool: Pool, pool_id: str, aws: Aws) -> dict[str, str]:
    """What a service is told that serves the recorded users; environment and database are still wanted."""
    return {
        "REDIS_URL": valkey_url,
        "AWS_ENDPOINT_URL": user_pool.url,
        "COGNITO_USER_POOL_ID": pool_id,
        "COGNITO_CLIENT_ID": "parity",
        "AWS_ENDPOINT_URL_S3": aws.endpoint_url,
        "S3_BUCKET": aws.bucket,
    }


@pytest.fixture(scope="session")
async def legacy_database(postgres: Postgres, through: Callable[[str], str]) -> Callable[[str], Awaitable[str]]:
    """`await legacy_database(name)`: the URL of a new database as the legacy service left it, taken over."""

    async def make(name: str) -> str:
        return through(await _legacy_database(postgres, name))

    return make


@pytest.fixture(scope="session")
async def reports(
    request: pytest.FixtureRequest,
    legacy_database: Callable[[str], Awaitable[str]],
    valkey_url: str,
    user_pool: Pool,
    told: dict[str, str],
) -> dict[str, Report]:
    """What became of each recording, by file."""
    made = request.config.stash.setdefault(REPORTS, {})
    for file, environment in ENVIRONMENTS.items():
        url = await legacy_database(f"parity_{environment}")
        settings = Settings.read({"ENVIRONMENT": environment, "DATABASE_URL": url, **told})
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
