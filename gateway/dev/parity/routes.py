"""Which route an exchange goes to, and whether the gateway serves it: derived from the gateway's own table."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING

from gateway.rest import ROUTES

if TYPE_CHECKING:
    from gateway.dev.parity.exchange import Exchange

# Routes that are no rows of the table; section 2 of the contract has them.
PUBLIC = ("/health", "/api/health", "/api/csrf", "/api/auth/csrf")
# The names among the later segments of the contract's paths; every other segment there is an id, well-formed or not.
NAMES = frozenset(
    {
        "albums",
        "avatar",
        "by-category",
        "download",
        "download-info",
        "files",
        "gallery-images",
        "image",
        "parts-lists",
        "reorder",
        "search",
        "stats",
        "status",
        "summary",
        "upload-image",
        "upload-parts-list",
        "uploads-over-time",
        "with-files",
    }
)
PREFLIGHT = "OPTIONS (any path)"
UNKNOWN = "GET (no such route)"

SERVED = frozenset(
    {(method, re.sub(r"{\w+}", "{id}", route.path)) for route in ROUTES for method in route.methods}
    | {("GET", path) for path in PUBLIC}
)


def template(path: str) -> str:
    """`path` with ids as `{id}`: two segments are a collection's own, as in `/api/mocs`."""
    segments = path.split("/")
    return "/".join([*segments[:3], *(name if name in NAMES else "{id}" for name in segments[3:])])


def route_of(exchange: Exchange) -> str:
    """The name of the route, to count by."""
    if exchange.method == "OPTIONS":
        return PREFLIGHT
    return UNKNOWN if _unknown(exchange) else f"{exchange.method} {template(exchange.path)}"


def served(exchange: Exchange) -> bool:
    """Whether the gateway has what the exchange asks for: a route, or an answer to what is no route."""
    if exchange.method == "OPTIONS" or _unknown(exchange):
        return True
    path = template(exchange.path)
    if HTTPStatus.METHOD_NOT_ALLOWED in exchange.statuses:
        return any(path == other for _, other in SERVED)
    return ("GET" if exchange.method == "HEAD" else exchange.method, path) in SERVED


def _unknown(exchange: Exchange) -> bool:
    """Whether neither service has the route; where the contract has it, the exchange says which status it asks for."""
    return exchange.statuses == (HTTPStatus.NOT_FOUND,) and str(_message(exchange)).startswith("Not Found - ")


def _message(exchange: Exchange) -> object:
    return exchange.response.get("message") if isinstance(exchange.response, dict) else None
