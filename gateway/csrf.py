"""Cross-site request forgery: the double-submit cookie of the contract (section 5; FR7).

Source: https://cheatsheetseries.owasp.org/cheatsheets/Cross-Site_Request_Forgery_Prevention_Cheat_Sheet.html
"""

from __future__ import annotations

import hmac
import secrets
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import orjson
from starlette.responses import Response

from gateway.errors import refuse

if TYPE_CHECKING:
    from starlette.requests import HTTPConnection

    from settings import Settings

COOKIE = "XSRF-TOKEN"
HEADER = "x-csrf-token"
MAX_AGE = 7200  # seconds


def issue(settings: Settings) -> Response:
    """A new token, in the body and in the cookie that the page's script reads."""
    token = secrets.token_hex(32)
    response = Response(
        orjson.dumps({"token": token}), media_type="application/json", headers={"Cache-Control": "no-store"}
    )
    response.set_cookie(
        COOKIE, token, max_age=MAX_AGE, path="/", samesite="lax", secure=settings.production, httponly=False
    )
    return response


def check(connection: HTTPConnection, settings: Settings) -> None:
    """Refuse a state-changing request that a foreign page may have sent in the name of a signed-in browser.

    Raises:
        Problem: CSRF_FAILED where cookie and header do not agree; INVALID_ORIGIN, in production, for a page of another origin.
    """
    if settings.production:
        source = connection.headers.get("origin") or connection.headers.get("referer")
        if source and _origin(source) not in settings.cors_origins:
            refuse("INVALID_ORIGIN", f"Invalid origin: {source[:100]!r} is not one of this API's frontends")
    cookie, header = connection.cookies.get(COOKIE, ""), connection.headers.get(HEADER, "")
    if not cookie or not hmac.compare_digest(cookie.encode(), header.encode()):
        refuse("CSRF_FAILED", f"CSRF validation failed: send the token of GET /api/csrf in the header {HEADER}")


def _origin(url: str) -> str:
    """The origin of a URL; empty for what is none."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.netloc}"
