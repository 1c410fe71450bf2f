"""Compares the headers that browsers act upon, by the rules of `tests/parity/recordings/README.md`, "Headers"."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gateway.dev.parity.comparison import HEX, MISSING, Difference

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gateway.dev.parity.exchange import Exchange

# Every legacy answer had these, so that the recordings leave them out.
SECURITY = {
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "cross-origin",
    "origin-agent-cluster": "?1",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-dns-prefetch-control": "off",
    "x-download-options": "noopen",
    "x-frame-options": "SAMEORIGIN",
    "x-permitted-cross-domain-policies": "none",
    "x-xss-protection": "0",
}
# So are these, where no Origin was sent.
WITHOUT_ORIGIN = {
    "vary": "Origin",
    "access-control-allow-credentials": "true",
    "access-control-expose-headers": "Content-Range,X-Content-Range",
}
HSTS = "strict-transport-security"
# A tag is a hash of the bytes, and windows end with the clock: their values say nothing.
_PRESENT = frozenset({"etag", "ratelimit-reset", "retry-after"})
ANY = "*"
"""What a recording says of a header whose value is another one in each answer: it is there."""
# Lists to which the contract adds.
_LISTS = frozenset(
    {"access-control-allow-headers", "access-control-allow-methods", "access-control-expose-headers", "vary"}
)


def differences(exchange: Exchange, answered: Mapping[str, str]) -> Iterator[Difference]:
    """What of the recorded headers is not among those of the answer."""
    for name, value in _expected(exchange).items():
        new = answered.get(name, MISSING)
        if not _same(name, value, new):
            alone = name in WITHOUT_ORIGIN and "origin" not in exchange.headers
            yield Difference(f"header {name}{' without Origin' if alone else ''}", value, new)


def _expected(exchange: Exchange) -> dict[str, str]:
    recorded = dict(exchange.response_headers)
    if exchange.quirky:  # of the rest, as of the body, the quirk may be about anything
        return SECURITY | ({HSTS: recorded[HSTS]} if HSTS in recorded else {})
    always = {} if recorded.pop("cors", None) or "origin" in exchange.headers else WITHOUT_ORIGIN
    return SECURITY | always | recorded


def _same(name: str, recorded: str, answered: str) -> bool:
    if name in _PRESENT or recorded == ANY:
        return answered != MISSING
    if name in _LISTS:
        return _items(recorded, ",") <= _items(answered, ",")
    if name == "content-type":  # JSON has no charset parameter (RFC 8259, section 11); it is UTF-8 either way
        return recorded.partition(";")[0] == answered.partition(";")[0]
    if name == "set-cookie":
        return _cookie(recorded) == _cookie(answered)
    return recorded == answered


def _items(text: str, separator: str) -> set[str]:
    return {item.strip().lower() for item in text.split(separator)}


def _cookie(text: str) -> set[str]:
    """Name and attributes; the value is random, and Expires repeats Max-Age as a date."""
    masked = re.sub(f"=([0-9a-f]{{64}}|{HEX});", "=*;", text)
    return {item for item in _items(masked, ";") if not item.startswith("expires=")}
