"""The envelope of success, written as bytes, and the entity tag of what it carries (contract sections 1 and 3)."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from gateway.errors import now
from resolvers.pagination import whole

if TYPE_CHECKING:
    from gateway.rest.route import Route

CREATED = 201
_DIGITS = 24  # of a hash: 96 bits


class Envelope(NamedTuple):
    """The body of an answer, its entity tag, and whether the tag tells the version of one thing."""

    body: dict[str, Any]
    tag: str
    versioned: bool

    def frame(self) -> bytes:
        """The body as JSON, which `timed` ends."""
        return orjson.dumps(self.body)[:-1]


def timed(frame: bytes) -> bytes:
    """The body of a frame, with the time of this answer."""
    return b'%b,"timestamp":"%b"}' % (frame, now().encode())


def envelope(route: Route, data: dict[str, Any], *, aliases: bool) -> Envelope:
    """Frame the result of the route's operation.

    The document has named the keys: each root field is one, and the fields of a root field called `envelope` are spread. The payload
    is encoded once, and the same bytes serve the aliases.
    """
    fields = {**{key: value for key, value in data.items() if key != "envelope"}, **(data.get("envelope") or {})}
    body: dict[str, Any] = {"success": True}
    payload, version = fields.pop("data", None), ""
    if route.spread and isinstance(payload, dict) and payload[route.spread] is not None:
        payload = {**payload[route.spread], **payload}
    if route.status == CREATED:
        body["statusCode"] = CREATED
    if payload is None:
        encoded = b""
    else:
        own = {key: payload[key] for key in route.aliases if isinstance(payload, dict) and key in payload}
        pieces = {key: orjson.Fragment(orjson.dumps(value)) for key, value in own.items()}
        encoded = orjson.dumps({**payload, **pieces} if pieces else payload)
        body["data"] = orjson.Fragment(encoded)
        if aliases:
            body |= {key: pieces.get(key, body["data"]) for key in route.aliases}
        if isinstance(payload, dict):
            version = payload.get("updatedAt") or payload.get("lastUpdatedAt") or ""
        elif "total" not in fields:  # a list that is not paged is one page
            fields = {"total": len(payload), "page": 1, "limit": whole(len(payload))} | fields
    if route.message:
        body["message"] = _message(route, payload)
    body |= fields
    return Envelope(body, _tag(version, encoded, orjson.dumps(fields)), bool(version))


def _message(route: Route, payload: Any) -> str | None:
    if route.partly and payload["failed"]:
        uploaded, failed = len(payload["uploaded"]), len(payload["failed"])
        return route.partly.format(uploaded=uploaded, sent=uploaded + failed)
    return route.message


def _tag(version: str, *content: bytes) -> str:
    """A weak tag, since the time in the envelope changes with each answer: the version's digits, then a hash of what is carried.

    `If-Match` compares the version alone, `If-None-Match` the whole tag.
    """
    digits = "".join(filter(str.isdigit, version))
    digest = hashlib.sha256()  # processors have instructions for it, which makes it the quickest
    for piece in content:
        digest.update(piece)
    return f'W/"{digits}{"-" if digits else ""}{digest.hexdigest()[:_DIGITS]}"'
