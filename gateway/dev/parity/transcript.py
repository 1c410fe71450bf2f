"""Writes observations down as exchanges: the lines of `tests/parity/recordings/README.md`, without anybody's credentials."""

from __future__ import annotations

import json
import re
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

import httpx
import jwt

from gateway.dev.parity import forms, headers
from gateway.dev.parity.comparison import HEX, SECRET
from gateway.dev.parity.exchange import READS, UUID
from gateway.dev.parity.routes import template

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gateway.dev.parity.observation import Headers, Observation

REMEMBERED = 100_000  # ids and tags that a later request may name
# The request headers that an answer can depend on. No other is kept: what is not here cannot leak.
_SENT = (
    "accept",
    "access-control-request-headers",
    "access-control-request-method",
    "content-encoding",
    "idempotency-key",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "origin",
    "range",
    "referer",
    "x-requested-with",
)
# Of the connection, of proxies on the way, or of the moment.
_UNTOLD = re.compile(
    "date|connection|keep-alive|content-length|transfer-encoding|content-encoding|server|via|age|alt-svc|etag-.*"
    "|x-powered-by|x-cache|server-timing|x-amzn?-.*|x-response-time"
)
_VARYING = frozenset({"x-request-id", "ratelimit-remaining", "location"})
_HEX_TEXT = re.compile('"[0-9a-f]{64}"')
_CREDENTIALS = (
    (re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]*"), SECRET),
    (re.compile(r"(X-Amz-(?:Signature|Credential|Security-Token)=)[^&\"\\\s]+", re.IGNORECASE), rf"\1{SECRET}"),
    (
        re.compile(
            r'("(?:x-amz-signature|x-amz-credential|x-amz-security-token|policy|password)": )"[^"]*"', re.IGNORECASE
        ),
        rf'\1"{SECRET}"',
    ),
)


class Transcript:
    """One recording while it is made: it numbers exchanges, and knows which ids and tags earlier answers gave.

    Args:
        names: what to call users, by the `sub` of their tokens; others are called by it.
    """

    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = names
        self._number = 0
        # What was seen; with the name under which a replay saves it, where a write's answer showed it first.
        self._seen: OrderedDict[str, str | None] = OrderedDict()

    def line(self, observed: Observation) -> str:
        """The exchange as a line of JSON."""
        self._number += 1
        sent = self._sent(observed)
        told = {
            "n": self._number,
            "part": "main",
            "name": f"{observed.method} {template(observed.target.partition('?')[0])}",
            "at": observed.at,
            **self._caller(observed.headers),
            **_csrf(observed),
            "method": observed.method,
            **sent,
            "status": observed.status,
            "response_headers": _told(observed),
            **_answered(observed),
        }
        if observed.failure:
            told["failure"] = observed.failure
        cut = [
            name for name, body in (("request", observed.request.cut), ("response", observed.answered is None)) if body
        ]
        if cut:
            told["cut"] = cut
        told |= self._saved(observed, told.get("response"))
        text = json.dumps(told, ensure_ascii=False)
        for pattern, instead in _CREDENTIALS:
            text = pattern.sub(instead, text)
        return text

    def _sent(self, observed: Observation) -> dict[str, Any]:
        """Path, headers and body, with names for what earlier answers gave."""
        kept = {name.title(): observed.headers[name] for name in _SENT if name in observed.headers}
        sent: dict[str, Any] = {"path": observed.target}
        if kept:
            sent["headers"] = kept
        if not observed.request.cut:
            sent |= forms.body(observed.headers, bytes(observed.request.content))
        for found in UUID.findall(json.dumps(sent)):
            self._see(found, None)
        named: dict[str, Any] = self._named(sent)
        return named

    def _named(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {key: inner if key == "base64" else self._named(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [self._named(inner) for inner in value]
        if not isinstance(value, str):
            return value
        if name := self._seen.get(value):
            return f"{{{{{name}}}}}"
        return UUID.sub(lambda found: f"{{{{{name}}}}}" if (name := self._seen.get(found[0])) else found[0], value)

    def _see(self, text: str, name: str | None) -> None:
        self._seen.setdefault(text, name)
        if len(self._seen) > REMEMBERED:
            self._seen.popitem(last=False)

    def _caller(self, sent: Headers) -> dict[str, Any]:
        scheme, _, bearer = sent.get("authorization", "").partition(" ")
        cookie, bearer = sent.cookies.get("token", ""), bearer if scheme.lower() == "bearer" else ""
        if cookie and bearer:
            return {"user": self._user(cookie), "auth": "both", "bearer_user": self._user(bearer)}
        if cookie or bearer:
            return {"user": self._user(cookie or bearer), "auth": "cookie" if cookie else "bearer"}
        return {"user": None, "auth": None}

    def _user(self, token: str) -> str:
        """Whose the token says it is; that is for whoever verifies it to believe."""
        try:
            claims = jwt.decode(token, options={"verify_signature": False})
        except jwt.InvalidTokenError:
            return SECRET
        sub = str(claims.get("sub", SECRET))
        return self._names.get(sub, sub)

    def _saved(self, observed: Observation, response: Any) -> dict[str, Any]:
        """What later requests may name: the ids that a write's answer shows first, and the tag of a read."""
        paths: dict[str, str] = {}
        saved: dict[str, str] = {}
        success, write = httpx.codes.is_success(observed.status), observed.method not in READS
        for path, value in _leaves(response) if success else ():
            if write and UUID.fullmatch(value) and value not in self._seen:
                name = f"id{self._number}_{len(paths) + 1}"
                paths[name], saved[name] = path, value
                self._see(value, name)
            for found in UUID.findall(value):
                self._see(found, None)
        tag = observed.response_headers.get("etag")
        if success and not write and tag and tag not in self._seen:
            name = f"tag{self._number}"
            paths[name], saved[name] = "header:etag", tag
            self._see(tag, name)
        return {"save": paths, "saved": saved} if paths else {}


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """The texts inside, with the way to each."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict | list):
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        for key, inner in pairs:
            yield from _leaves(inner, f"{path}.{key}" if path else str(key))


def _csrf(observed: Observation) -> dict[str, str]:
    if observed.method in READS:
        return {}
    cookie, header = observed.headers.cookies.get("XSRF-TOKEN"), observed.headers.get("x-csrf-token")
    if cookie and header:
        return {"csrf": "valid" if cookie == header else "mismatch"}
    return {"csrf": "cookie-only" if cookie else "header-only" if header else "missing"}


def _told(observed: Observation) -> dict[str, str]:
    """The answer's headers that are compared, by `gateway.dev.parity.headers`."""
    told = {name: value for name, value in observed.response_headers.items() if not _UNTOLD.fullmatch(name)}
    if "vary" in told:  # whether bodies are compressed is a matter of what stands before the service
        items = [item for item in told["vary"].split(",") if item.strip().lower() != "accept-encoding"]
        told["vary"] = ",".join(items).strip()
        if not items:
            del told["vary"]
    for name in _VARYING & told.keys():
        told[name] = headers.ANY
    if "set-cookie" in told:
        told["set-cookie"] = re.sub("=[0-9a-f]{64};", f"={HEX};", told["set-cookie"])
        told["set-cookie"] = re.sub(r"((?:^|, )(?!XSRF-TOKEN)[\w-]+=)[^;]+", rf"\1{SECRET}", told["set-cookie"])
    if "origin" not in observed.headers:
        if headers.WITHOUT_ORIGIN.items() <= told.items():
            told = {name: value for name, value in told.items() if name not in headers.WITHOUT_ORIGIN}
        else:
            told["cors"] = "none"
    return {name: value for name, value in told.items() if headers.SECURITY.get(name) != value}


def _answered(observed: Observation) -> dict[str, Any]:
    """The answer's body: decoded JSON, text, or base64."""
    content = observed.answered
    if content is None:
        return {}
    found = forms.decoded(observed.response_headers.media_type, content)
    if "json" in found:
        return {"response": json.loads(_HEX_TEXT.sub(f'"{HEX}"', json.dumps(found["json"])))}
    return {f"response_{kind}": text for kind, text in found.items()}
