"""Sends an exchange's request again, as its user of the tests' own pool."""

from __future__ import annotations

import base64
import json
import re
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    import httpx

    from gateway.dev.parity.exchange import Exchange

BOUNDARY = "----parity"
_VARIABLE = re.compile(r"{{(\w+)}}")
# Cookie and header of each way to send, or not to send, the CSRF token.
_CSRF: dict[str, Callable[[str], tuple[str, str]]] = {
    "valid": lambda token: (token, token),
    "missing": lambda _: ("", ""),
    "mismatch": lambda token: (token, "0" * len(token)),
    "header-only": lambda token: ("", token),
    "cookie-only": lambda token: (token, ""),
}


class UnboundError(Exception):
    """The request names what an earlier answer should have given."""


class NoTokenError(Exception):
    """Nobody has said how to sign in as the request's user."""


class Tokens(Protocol):
    """Who knows how to sign in."""

    def __call__(self, user: str, exchange: Exchange | None = None) -> str:
        """An access token of a user, by the recorded name; of the claims that the exchange was sent with, if it has some of its own.

        Raises:
            NoTokenError: there is none.
        """


class Sender:
    """A client that signs in by itself and keeps no cookies between requests.

    Args:
        client: of the service.
        tokens: of the recorded users.
        forget: has the service forget what it has counted towards its rate limits.
    """

    def __init__(self, client: httpx.AsyncClient, tokens: Tokens, forget: Callable[[], Awaitable[object]]) -> None:
        self._client = client
        self._tokens = tokens
        self._forget = forget
        self._csrf = ""

    async def send(self, exchange: Exchange, saved: dict[str, str]) -> httpx.Response:
        """The answer to the exchange's request.

        Raises:
            UnboundError: it names a value that nobody has saved.
            NoTokenError: there is no token of its user.
        """
        request = bound(exchange.recorded, saved)
        if "csrf" in request and not self._csrf:
            self._csrf = (await self._client.get("/api/csrf")).json()["token"]
        content, content_type = body(request)
        headers = {**request.get("headers", {}), **self._credentials(request, exchange)}
        if content_type:
            headers["Content-Type"] = content_type
        if not request.get("counted"):  # the counters were reset before every other exchange
            await self._forget()
        for _ in range(request.get("repeat", 1)):
            self._client.cookies.clear()
            answer = await self._client.request(request["method"], request["path"], headers=headers, content=content)
        return answer

    def _credentials(self, request: dict[str, Any], exchange: Exchange) -> dict[str, str]:
        auth, user = request["auth"], request["user"]
        cookie, header = _CSRF[request["csrf"]](self._csrf) if "csrf" in request else ("", "")
        cookies = {"XSRF-TOKEN": cookie}
        headers = {"X-CSRF-Token": header}
        if auth:
            token = request.get("token") or self._tokens(user, exchange)
            if auth in {"cookie", "both"}:
                cookies["token"] = token
            if auth == "bearer":
                headers["Authorization"] = f"Bearer {token}"
            if auth == "both":
                headers["Authorization"] = f"Bearer {self._tokens(request['bearer_user'])}"
        headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in cookies.items() if value)
        return {name: value for name, value in headers.items() if value}


def bound(recorded: dict[str, Any], saved: dict[str, str]) -> dict[str, Any]:
    """The request of a recorded line, saved values in place of their names."""

    def value(match: re.Match[str]) -> str:
        if match[1] not in saved:
            raise UnboundError(match[1])
        return json.dumps(saved[match[1]])[1:-1]

    bound: dict[str, Any] = json.loads(_VARIABLE.sub(value, json.dumps(recorded)))
    return bound


def body(request: dict[str, Any]) -> tuple[bytes | None, str | None]:
    """The body's bytes and type, None where nothing was sent."""
    if "json" in request:
        return json.dumps(request["json"], ensure_ascii=False).encode(), "application/json"
    if "raw" in request:
        return _bytes(request["raw"]), request["raw"]["content_type"]
    if "multipart" in request:
        parts = [_part(part) for part in request["multipart"]]
        return b"".join([*parts, f"--{BOUNDARY}--\r\n".encode()]), f"multipart/form-data; boundary={BOUNDARY}"
    return None, None


def _part(part: dict[str, Any]) -> bytes:
    """One part, as browsers write it: the file's name in raw UTF-8."""
    disposition = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{part["field"]}"'
    if "value" in part:
        return f"{disposition}\r\n\r\n{part['value']}\r\n".encode()
    name = part["filename"].replace('"', "%22")
    head = f'{disposition}; filename="{name}"\r\nContent-Type: {part["content_type"]}\r\n\r\n'
    return head.encode() + _bytes(part.get("fill", part)) + b"\r\n"


def _bytes(source: dict[str, Any]) -> bytes:
    """What a part or a raw body holds: base64, text, or a byte so many times between a prefix and a suffix."""
    if "base64" in source:
        return base64.b64decode(source["base64"])
    if "text" in source:
        return str(source["text"]).encode()
    prefix = base64.b64decode(source.get("prefix_base64", "")) or str(source.get("prefix", "")).encode()
    return prefix + bytes([source["byte"]]) * int(source["size"]) + str(source.get("suffix", "")).encode()
