"""Whom to tell of a weakness: /.well-known/security.txt (RFC 9116), where the settings name somebody."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from starlette.responses import PlainTextResponse
from starlette.routing import Route as Endpoint

from gateway.visit import Visit

if TYPE_CHECKING:
    from starlette.requests import Request

    from settings import Settings

PATH = "/.well-known/security.txt"
HOLDS = timedelta(days=90)  # what is asked for anew is good for as long; the RFC advises less than a year


def endpoints(settings: Settings) -> list[Endpoint]:
    """The route of the file; none where there is nobody to tell."""
    if settings.security_contact is None:
        return []

    async def get_contact(request: Request) -> PlainTextResponse:
        await Visit.of(request).admit()
        return PlainTextResponse(text(settings, datetime.now(UTC)))

    return [Endpoint(PATH, get_contact)]


def text(settings: Settings, now: datetime) -> str:
    """The file, as it is at a moment."""
    expires = (now + HOLDS).isoformat(timespec="seconds").replace("+00:00", "Z")
    return f"Contact: {settings.security_contact}\nExpires: {expires}\nPreferred-Languages: en\n"
