"""What passed between a client and the legacy service: one request and its answer, as they were on the wire."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import Message
from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    from collections.abc import Iterable

# What can be undone without another library (RFC 9110, section 8.4.1).
_ENCODINGS = {"", "identity", "gzip", "deflate"}


@dataclass
class Body:
    """The first `most` bytes of a body, and whether there were more."""

    most: int
    content: bytearray = field(default_factory=bytearray)
    cut: bool = False

    def keep(self, piece: bytes) -> None:
        """Keep what follows, as far as there is room."""
        room = self.most - len(self.content)
        self.content += piece[:room]
        self.cut = self.cut or len(piece) > room


class Headers(dict[str, str]):
    """Headers by lower-case name; those that stand there twice are joined (RFC 9110, section 5.2)."""

    @classmethod
    def of(cls, pairs: Iterable[tuple[bytes, bytes]]) -> Headers:
        """Headers as ASGI and httpx have them."""
        found = cls()
        for name, value in pairs:
            key, text = name.decode("latin-1").lower(), value.decode("latin-1")
            joined = "; " if key == "cookie" else ", "
            found[key] = f"{found[key]}{joined}{text}" if key in found else text
        return found

    @property
    def cookies(self) -> dict[str, str]:
        """The cookies that were sent."""
        pairs = (part.strip().partition("=") for part in self.get("cookie", "").split(";"))
        return {name: value for name, _, value in pairs if name}

    @property
    def media_type(self) -> str:
        """The content type without its parameters, in lower case."""
        return self.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def boundary(self) -> bytes:
        """Of a form; empty without one."""
        parsed = Message()
        parsed["Content-Type"] = self.get("content-type", "")
        return str(parsed.get_param("boundary", "")).encode("latin-1")


@dataclass
class Observation:
    """A request, and what became of it.

    Args:
        method: of the request.
        target: path and query, as they were sent.
        headers: that were sent.
        request: the body that was sent.
        response: the body that was answered, perhaps compressed.
        at: when the request came.
        status: of the answer; 502 where there was none.
        response_headers: of the answer.
        failure: why there was no answer, or no whole one.
    """

    method: str
    target: str
    headers: Headers
    request: Body
    response: Body
    at: str = field(default_factory=lambda: f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "Z")
    status: int = 502
    response_headers: Headers = field(default_factory=Headers)
    failure: str | None = None

    @property
    def answered(self) -> bytes | None:
        """The answer's body, not compressed any more; None where it was cut or cannot be read."""
        encoding = self.response_headers.get("content-encoding", "").lower()
        if self.response.cut or encoding not in _ENCODINGS:
            return None
        try:
            return httpx.Response(
                200, headers={"Content-Encoding": encoding}, content=bytes(self.response.content)
            ).content
        except httpx.DecodingError:
            return None
