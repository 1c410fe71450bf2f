"""Builds the application: the REST table, GraphQL, health, CSRF and the documents that describe them, behind one edge."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.routing import Route as Endpoint

from db.engine import Database
from gateway import csrf, documents, graphql, health, logs
from gateway.edge import Edge
from gateway.errors import problem
from gateway.identity import Verifier
from gateway.rest import ROUTES, openapi
from gateway.rest.handler import endpoints
from resolvers.context import Services
from services.cache import Cache
from services.search import Search
from settings import settings as process_settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request
    from starlette.responses import Response

    from settings import Settings


@dataclass(frozen=True)
class Gateway:
    """What every door shares: made once per process, and opening no connection until it is needed."""

    settings: Settings
    services: Services
    verifier: Verifier

    @classmethod
    def of(cls, settings: Settings) -> Gateway:
        """The gateway that `settings` describe."""
        database = Database(
            settings.database_url,
            pool_size=settings.database_pool_size,
            statement_cache=settings.database_statement_cache,
        )
        cache = Cache(str(settings.redis_url)) if settings.redis_url else None
        search = Search(str(settings.opensearch_url), settings.aws_region) if settings.opensearch_url else None
        return cls(settings, Services(database, cache, search), Verifier(settings))


def create_app(settings: Settings | None = None) -> FastAPI:
    """The application; `uvicorn --factory gateway.app:create_app` serves it with the settings of the environment."""
    settings = settings or process_settings()
    logs.configure(settings)
    gateway = Gateway.of(settings)

    async def get_health(_: Request) -> Response:
        return await health.answer(gateway.services)

    async def get_csrf(_: Request) -> Response:
        return csrf.issue(settings)

    async def not_found(request: Request, error: Exception) -> Response:
        if isinstance(error, HTTPException) and error.status_code == 404:  # noqa: PLR2004 - the status by its name
            error = HTTPException(404, f"Not Found - {request.url.path}")
        return problem(error).response()

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await gateway.services.close()

    app = FastAPI(
        title=openapi.TITLE,
        version=openapi.VERSION_NUMBER,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        exception_handlers={HTTPException: not_found},
        routes=[
            *endpoints(ROUTES, gateway),
            Endpoint("/health", get_health),
            Endpoint("/api/health", get_health),
            Endpoint("/api/csrf", get_csrf),
            Endpoint("/api/auth/csrf", get_csrf),
            *graphql.endpoints(gateway),
            *documents.endpoints(settings),
        ],
    )
    app.openapi = openapi.document  # type: ignore[method-assign] # FastAPI's own would describe its own routes
    app.state.gateway = gateway
    app.add_middleware(Edge, settings=settings)
    return app
