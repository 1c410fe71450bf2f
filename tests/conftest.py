"""The services that tests run against: the embedded stack's own parts, started when a test first asks for them."""

from __future__ import annotations

import itertools
import shutil
import socket
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg
import pytest
import redis

from gateway.dev.aws import CREDENTIALS, Aws
from gateway.dev.postgres import FORGETFUL, Postgres
from gateway.dev.process import free_port
from gateway.dev.valkey import Valkey
from settings import Settings
from tests import pooler
from tests.clamd import PROGRAM, Scanner
from tests.gateway.pool import Pool
from tests.opensearch import running
from tests.pooler import Pooled
from tests.prd.evidence import pytest_itemcollected as pytest_itemcollected  # noqa: PLC0414 - a hook of all tests

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from gateway.dev.opensearch.server import OpenSearch

_TEMPLATE = "template_brickgate"


@pytest.fixture(scope="session")
def services_folder() -> Iterator[Path]:
    """A short path outside the checkout, for data and logs."""
    folder = Path(tempfile.mkdtemp(prefix="bg-"))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
async def pooled(services_folder: Path) -> AsyncIterator[Pooled | None]:
    """A pooler and the server behind it, where the tests are to run by one: `POOLER=1`."""
    if not pooler.WANTED:
        yield None
        return
    if not pooler.available():
        pytest.skip(pooler.MISSING)
    both = Pooled(services_folder)
    try:
        await both.wait()
        yield both
    finally:
        both.stop()
    assert pooler.left_behind(both.statements()) == [], "left behind in the sessions of a pooler"


@pytest.fixture(scope="session")
def through(pooled: Pooled | None) -> Callable[[str], str]:
    """`through(url)`: the URL by which the application comes to a database: by the pooler where there is one."""
    return pooled.through if pooled else str


@pytest.fixture(scope="session")
def postgres(services_folder: Path, pooled: Pooled | None) -> Iterator[Postgres]:
    """A running server: `.url(name)`, `await .create(name, template=None)`, `await .drop(name)`."""
    if pooled:
        yield pooled.server
        return
    server = Postgres(
        services_folder / "postgres", free_port(), log=services_folder / "postgres.log", options=FORGETFUL
    )
    try:
        server.wait()
        yield server
    finally:
        server.child.stop()


@pytest.fixture(scope="session")
def valkey_url(services_folder: Path) -> Iterator[str]:
    """The URL of a running Valkey; tests share it, so they flush it or use keys of their own."""
    server = Valkey(free_port(), log=services_folder / "valkey.log")
    try:
        server.wait()
        yield server.url
    finally:
        server.child.stop()


@pytest.fixture(scope="session")
def opensearch(services_folder: Path) -> Iterator[OpenSearch]:
    """A running server; tests share it, so they use a prefix of their own. Servers to be stopped: `tests.opensearch`."""
    with running(services_folder / "search") as server:
        yield server


@pytest.fixture(scope="session")
def opensearch_url(opensearch: OpenSearch) -> str:
    """The URL of a running OpenSearch, as above."""
    return opensearch.url


@pytest.fixture(scope="session")
def aws(services_folder: Path) -> Iterator[Aws]:
    """A running AWS: `endpoint_url`, `pool_id`, `client_id`, `bucket`, `users["alice"].sub`, `client("s3")`."""
    server = Aws(free_port(), log=services_folder / "aws.log")
    with pytest.MonkeyPatch.context() as environment:
        for name, value in CREDENTIALS.items():  # the SDK finds them by itself, as in Lambda
            environment.setenv(name, value)
        try:
            server.wait()
            yield server
        finally:
            server.child.stop()


@pytest.fixture(scope="session")
def token(aws: Aws) -> Callable[[str], str]:
    """`token("alice")`: an access token of a real sign-in, made once."""
    return cache(aws.token)


@pytest.fixture(scope="session")
async def template(postgres: Postgres) -> str:
    """The name of a migrated database to copy; nobody connects to it."""
    from db.migrate import upgrade  # noqa: PLC0415 - a third of a second that tests without a database need not pay

    await postgres.create(_TEMPLATE)
    upgrade(postgres.url(_TEMPLATE))
    return _TEMPLATE


_numbers = itertools.count(1)


@pytest.fixture
async def database_url(postgres: Postgres, template: str) -> AsyncIterator[str]:
    """The URL of a migrated, empty database of this test's own."""
    name = f"test_{next(_numbers)}"
    await postgres.create(name, template)
    yield postgres.url(name)
    await postgres.drop(name)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[asyncpg.Connection[asyncpg.Record]]:
    """A plain connection to `database_url`, for arranging and looking."""
    connection = await asyncpg.connect(database_url)
    yield connection
    await connection.close()


@pytest.fixture
def forget(valkey_url: str) -> Iterator[Callable[[], None]]:
    """`forget()`: nothing is cached any more. For tests that write past the API, which the outbox would tell the caches of later."""
    with redis.Redis.from_url(valkey_url) as server:
        yield lambda: server.flushall() and None


@pytest.fixture(scope="session")
def patience() -> dict[str, str]:
    """Settings by which nobody meets a limit, waits for a refresh, or for Redis in vain, whatever other tests have done before."""
    limits = dict.fromkeys(("RATE_LIMIT_GENERAL", "RATE_LIMIT_AUTH", "RATE_LIMIT_UPLOAD"), "1000000/1m")
    return limits | {"REDIS_TIMEOUT_MS": "5000", "OPENSEARCH_REFRESH_MS": "20", "GRAPHQL_COST_USER": "100000"}


@pytest.fixture
def environment(
    database_url: str, through: Callable[[str], str], valkey_url: str, aws: Aws, patience: dict[str, str]
) -> dict[str, str]:
    """What a process is told that uses the running services, in a test of its own."""
    own = {"ENVIRONMENT": "dev", "DATABASE_URL": through(database_url), "REDIS_URL": valkey_url}
    return {**aws.environment, **patience, **own}


@pytest.fixture
def settings_for(environment: dict[str, str], forget: Callable[[], None]) -> Callable[..., Settings]:
    """`settings_for(legacy_aliases=False, ...)`: settings of the running services, with changes by field name."""
    forget()  # what tests before this one have left
    return lambda **changes: Settings.read(environment | {name.upper(): str(value) for name, value in changes.items()})


@pytest.fixture
def settings(settings_for: Callable[..., Settings]) -> Settings:
    """Settings of the running services."""
    return settings_for()


@pytest.fixture
def silent() -> Iterator[str]:
    """The address of a server that accepts and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}"


@pytest.fixture(scope="session")
def clamd(services_folder: Path) -> Iterator[int]:
    """The port of a running clamd that knows EICAR alone."""
    if PROGRAM is None:
        pytest.skip("there is no clamd here: apt-get install clamav-daemon")
    folder = services_folder / "clamd"
    folder.mkdir()
    with Scanner(folder) as scanner:
        yield scanner.port


@pytest.fixture
def names_as_they_were(aws: Aws) -> Iterator[None]:
    """For tests that rename users: they have their own names before and after."""

    def rename() -> None:
        for user in aws.users.values():
            name = {"Name": "name", "Value": user.name}
            aws.client("cognito-idp").admin_update_user_attributes(
                UserPoolId=aws.pool_id, Username=user.sub, UserAttributes=[name]
            )

    rename()
    yield
    rename()


@pytest.fixture(scope="session")
def shared_pool(aws: Aws) -> Iterator[Pool]:
    """A user pool in front of the emulated one; see `pool`."""
    with Pool(aws.endpoint_url) as pool:
        yield pool


@pytest.fixture
def pool(shared_pool: Pool) -> Pool:
    """A user pool that signs any claims, and can be told to fail: nothing was asked of it yet."""
    shared_pool.asked.clear()
    shared_pool.faults.clear()
    return shared_pool
