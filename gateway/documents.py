"""Pages for developers: a first one, GraphiQL and the REST reference, from files at hand where they are, else from a CDN."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, JSONResponse
from starlette.routing import BaseRoute, Mount
from starlette.routing import Route as Endpoint
from starlette.staticfiles import StaticFiles

from gateway.headers import METHODS
from gateway.rest import openapi
from gateway.rest.words import TITLE

if TYPE_CHECKING:
    from starlette.requests import Request

    from settings import Settings

_GRAPHIQL = Path(__file__).parent / "static" / "graphiql"
_PAGE = Path(__file__).parent / "static" / "graphiql.html"
_HOME = Path(__file__).parent / "static" / "home.html"


def wants_page(request: Request) -> bool:
    """Whether a browser navigates here, rather than a client asking for data."""
    return (
        "text/html" in request.headers.get("accept", "") and not {"query", "documentId"} & request.query_params.keys()
    )


def graphiql() -> HTMLResponse:
    """The page of GraphiQL."""
    return HTMLResponse(_PAGE.read_text())


def endpoints(settings: Settings) -> list[BaseRoute]:
    """The routes of the OpenAPI document, of the pages and of what they load; in production of the document alone."""

    async def get_document(_: Request) -> JSONResponse:
        return JSONResponse(openapi.document(aliases=settings.legacy_aliases))

    described = Endpoint("/openapi.json", get_document)
    if settings.production:
        return [described]
    routes: list[BaseRoute] = [described, Mount("/static/graphiql", StaticFiles(directory=_GRAPHIQL))]
    urls: dict[str, Any] = {"openapi_url": "/openapi.json"}
    if files := _swagger_files():
        routes.append(Mount("/static/swagger", StaticFiles(directory=files)))
        urls |= {
            "swagger_js_url": "/static/swagger/swagger-ui-bundle.js",
            "swagger_css_url": "/static/swagger/swagger-ui.css",
            "swagger_favicon_url": "/static/swagger/favicon.png",
        }

    async def get_home(request: Request) -> HTMLResponse:
        if not (request.method in {"GET", "HEAD"} and wants_page(request)):
            raise HTTPException(404)  # a client of the API finds nothing here, as in production
        return HTMLResponse(_HOME.read_text(), headers={"Vary": "Accept"})

    async def get_docs(_: Request) -> HTMLResponse:
        from fastapi.openapi.docs import get_swagger_ui_html  # noqa: PLC0415 - a function's start needs nothing of FastAPI

        return get_swagger_ui_html(title=TITLE, **urls)

    return [Endpoint("/", get_home, methods=METHODS), Endpoint("/docs", get_docs), *routes]


def _swagger_files() -> Path | None:
    """Swagger UI's files, of the development package that carries them."""
    spec = find_spec("fastapi_offline")
    return Path(spec.origin).parent / "static" if spec and spec.origin else None
