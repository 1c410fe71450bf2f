"""The services that a measurement needs, and the gateway on top of them in the ways that are compared."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from db.migrate import upgrade
from gateway import facade
from gateway.compiling import Compiling
from gateway.dev.aws import CREDENTIALS, Aws
from gateway.dev.postgres import FORGETFUL, Postgres
from gateway.dev.process import free_port
from gateway.dev.valkey import Valkey
from gateway.gateway import Gateway
from settings import Settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from graphql import GraphQLSchema
    from starlette.applications import Starlette
    from starlette.types import ASGIApp, Receive, Scope, Send

    from gateway.compiled import Compiled


_COMPILED = Compiling.of


def _interpreted(_self: Compiling, _schema: GraphQLSchema) -> Compiled | None:
    return None


@dataclass(frozen=True)
class Served:
    """What a measurement is given: settings of running services, a user and their token, a folder for files."""

    settings: Settings
    user_id: str
    token: str
    folder: Path

    @property
    def headers(self) -> list[tuple[bytes, bytes]]:
        """Of the user's requests."""
        return [(b"authorization", f"Bearer {self.token}".encode())]


@contextmanager
def services() -> Iterator[Served]:
    """PostgreSQL, Redis and AWS for as long as the block lasts; nobody meets a limit."""
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
        yield Served(settings, aws.users["alice"].sub, aws.token("alice"), folder)
    finally:
        postgres.child.stop()
        aws.child.stop()
        valkey.child.stop()
        shutil.rmtree(folder)


class Gateways(NamedTuple):
    """The gateway as a function serves it, one that keeps no answers of lists and details, and one that has no Redis.

    What the last one costs less is the price of counting requests, and of telling of changes, for all processes.
    """

    keeping: Starlette
    anew: Starlette
    alone: Starlette


@asynccontextmanager
async def gateways(settings: Settings) -> AsyncIterator[Gateways]:
    """All three, for as long as the block lasts."""
    wanted = (
        settings,
        replace(settings, cache_list_seconds=0, cache_detail_seconds=0),
        replace(settings, redis_url=None),
    )
    made = Gateways(*(facade.application(Gateway.of(each)) for each in wanted))
    yield made
    for application in made:
        await application.state.gateway.services.close()


class Way:
    """An application that runs its operations in one way for as long as it is asked."""

    def __init__(self, app: ASGIApp, *, compiled: bool) -> None:
        self._app = app
        self._of = _COMPILED if compiled else _interpreted

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        self.choose()
        await self._app(scope, receive, send)

    def choose(self) -> None:
        """Have all operations run in this way, until another is chosen."""
        if Compiling.of is not self._of:
            # Requests of a measurement come one after the other.
            Compiling.of = self._of  # type: ignore[method-assign, assignment] # one of two functions for this method
