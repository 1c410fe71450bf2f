"""A client of a deployed API for the commands that look at one: its address, and a token of whoever it visits as."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from gateway.dev.process import LOOPBACK, StartError

if TYPE_CHECKING:
    import httpx

_SECONDS = 30  # API Gateway waits no longer


def visitor(against: str, token: str = "") -> httpx.Client:
    """A client of the API at `against`, signed in where there is a token.

    Raises:
        StartError: that is no URL.
    """
    import httpx  # noqa: PLC0415 - a tenth of a second, which the other commands need not take

    parts = urlsplit(against)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise StartError(f"{against!r} is no address of an API, such as https://api.example.com.")
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    # A proxy of the operator's does not lead to this machine.
    local = parts.hostname in {LOOPBACK, "localhost"}
    return httpx.Client(base_url=against.rstrip("/"), headers=headers, timeout=_SECONDS, trust_env=not local)
