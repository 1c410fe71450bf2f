"""Where a request came from, told by the proxies in front and by nobody else (docs/decisions/0025)."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import Scope

    from settings import Settings

UNKNOWN = "unknown"
_SITE = 64  # bits of an IPv6 address that one customer of a provider has, who chooses the others (RFC 6177)
_WITH_PORT = re.compile(r"\[([^\]]+)\](?::\d+)?|([\d.]+):\d+", re.ASCII)


class Origin:
    """Finds the address that a request is counted under, where it has no user.

    Each proxy appends whom it was asked by, so what `settings.trusted_proxies` of ours have written stands at the end of the header; all
    before that is whatever a caller likes. Where the header is too short, or holds no address there, the request has not come the
    way that it should have, and whoever has connected is the caller.
    """

    def __init__(self, settings: Settings) -> None:
        self._place = settings.trusted_proxies
        self._header = settings.client_address_header.lower().encode()

    def of(self, scope: Scope) -> str:
        """An IPv4 address, or an IPv6 network of 64 bits."""
        peer = str((scope.get("client") or ("",))[0] or "")
        if self._place:
            told = b",".join(value for name, value in scope["headers"] if name == self._header).split(b",")
            if len(told) >= self._place and (address := _counted(told[-self._place].decode("latin-1"))):
                return address
        return _counted(peer) or peer or UNKNOWN


def _counted(text: str) -> str | None:
    """An address as it is counted, without a port that it may stand with; None for what is none."""
    text = text.strip()
    if match := _WITH_PORT.fullmatch(text):
        text = match[1] or match[2]
    try:
        address: IPv4Address | IPv6Address = ip_address(text)
    except ValueError:
        return None
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is None:
            return str(IPv6Network((address.packed, _SITE), strict=False))
        address = address.ipv4_mapped
    return str(address)
