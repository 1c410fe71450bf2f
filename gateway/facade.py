"""What the application is made of, the same in a server and in a function (docs/decisions/0019).

FastAPI's applications are Starlette's with more to them. The server's is one; the function leaves out what it would only import.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import Route as Endpoint

from gateway import contact, csrf, documents, graphql, health, requests
from gateway.compression import Compression
from gateway.edge import Edge
from gateway.errors import problem
from gateway.rest import ROUTES
from gateway.rest.table import Table
from gateway.visit import Visit

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute

    from gateway.gateway import Gateway


def parts(gateway: Gateway) -> dict[str, Any]:
    """The routes, error handlers and middleware: arguments of Starlette's application, and of FastAPI's."""
    return {
        "routes": routes(gateway),
        "exception_handlers": {HTTPException: _refused},
        "middleware": [
            Middleware(Edge, gateway=gateway),
            Middleware(Compression),
            Middleware(Table, routes=ROUTES, gateway=gateway),
        ],
    }


def application(gateway: Gateway) -> Starlette:
    """What a function serves."""
    made = Starlette(**parts(gateway))
    made.router.redirect_slashes = False  # the edge takes slashes off, and a redirect would go round for ever
    made.state.gateway = gateway
    return made


def routes(gateway: Gateway) -> list[BaseRoute]:
    """Everything that can be asked for besides the table."""

    async def get_health(request: Request) -> Response:
        requests.reached("GET /health")
        await Visit.of(request).admit()
        return await health.answer(gateway.services)

    async def get_csrf(_: Request) -> Response:
        requests.reached("GET /api/csrf")
        return csrf.issue(gateway.settings)

    return [
        Endpoint("/health", get_health),
        Endpoint("/api/health", get_health),
        Endpoint("/api/csrf", get_csrf),
        Endpoint("/api/auth/csrf", get_csrf),
        *graphql.endpoints(gateway),
        *documents.endpoints(gateway.settings),
        *contact.endpoints(gateway.settings),
    ]


async def _refused(request: Request, error: Exception) -> Response:
    """What Starlette refuses by itself, in the one form of errors."""
    if isinstance(error, HTTPException) and error.status_code == 404:  # noqa: PLR2004 - the status by its name
        error = HTTPException(404, f"Not Found - {request.url.path}")
    return problem(error).response()
