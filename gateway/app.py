"""Builds the application: the REST table, GraphQL, health, CSRF and the documents that describe them, behind one edge."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.routing import Route as Endpoint

from gateway import csrf, documents, graphql, health, logs, worker
from gateway.door import admitted
from gateway.edge import Edge
from gateway.errors import problem
from gateway.gateway import Gateway
from gateway.rest import ROUTES, openapi, words
from gateway.rest.handler import endpoints
from settings import settings as process_settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request
    from starlette.responses import Response

    from settings import Settings


def create_app(settings: Settings | None = None) -> FastAPI:
    """The application; `uvicorn --factory gateway.app:create_app` serves it with the settings of the environment."""
    settings = settings or process_settings()
    logs.configure(settings)
    gateway = Gateway.of(settings)

    async def get_health(request: Request) -> Response:
        await admitted(request)
        return await health.answer(gateway.services)

    async def get_csrf(_: Request) -> Response:
        return csrf.issue(settings)

    async def not_found(request: Request, error: Exception) -> Response:
        if isinstance(error, HTTPException) and error.status_code == 404:  # noqa: PLR2004 - the status by its name
            error = HTTPException(404, f"Not Found - {request.url.path}")
        return problem(error).response()

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        working = asyncio.create_task(worker.keep_draining(gateway.services))
        yield
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
        await gateway.services.close()

    app = FastAPI(
        title=words.TITLE,
        version=words.VERSION_NUMBER,
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
    app.add_middleware(Edge, gateway=gateway)
    return app
