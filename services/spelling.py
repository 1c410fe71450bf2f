"""How values of settings are written. Each reader makes a value of a text; a ValueError says what would be right."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import quote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable

    Reader: TypeAlias = Callable[[str], Any]

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_TRUTHS = {**dict.fromkeys(("true", "1", "yes", "on"), True), **dict.fromkeys(("false", "0", "no", "off"), False)}

LOCAL_ORIGINS = tuple(
    f"http://{host}:{port}" for host in ("localhost", "127.0.0.1") for port in (5173, 3000, 3001, 3002, 3003)
)
"""Where frontends are served while they are developed."""


@dataclass(frozen=True)
class Rate:
    """A number of requests per window of time, written `100/15m` (units s, m, h, d)."""

    count: int
    seconds: int

    @classmethod
    def parse(cls, text: str) -> Rate:
        """Read `COUNT/LENGTH UNIT`.

        Raises:
            ValueError: it is none.
        """
        match = re.fullmatch(r"([1-9]\d{0,8})/([1-9]\d{0,5})([smhd])", text.strip())
        if match is None:
            raise ValueError("write it as COUNT/WINDOW, the window with a unit s, m, h or d")
        return cls(count=int(match[1]), seconds=int(match[2]) * _UNITS[match[3]])


def one_of(*words: str) -> Reader:
    """What reads one of these words."""

    def read(text: str) -> str:
        if text not in words:
            raise ValueError(f"should be {', '.join(map(repr, words[:-1]))} or {words[-1]!r}")
        return text

    return read


def whole(low: int, high: int | None = None) -> Reader:
    """What reads a whole number within bounds."""
    bounds = f"of {low} or more" if high is None else f"from {low} to {high}"

    def read(text: str) -> int:
        if not re.fullmatch(r"-?[0-9]{1,18}", text) or int(text) < low or (high is not None and int(text) > high):
            raise ValueError(f"should be a whole number {bounds}")
        return int(text)

    return read


def length(text: str) -> float:
    """A length of time, in seconds.

    Raises:
        ValueError: it is no number above 0.
    """
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0
    if not 0 < seconds < math.inf:
        raise ValueError("should be a number above 0")
    return seconds


def truth(text: str) -> bool:
    """Whether something is so.

    Raises:
        ValueError: it is none of the words for that.
    """
    if text.lower() not in _TRUTHS:
        raise ValueError("should be true or false")
    return _TRUTHS[text.lower()]


def like(pattern: str) -> Reader:
    """What reads a text that has, as a whole, the form of a regular expression."""

    def read(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError(f"should match {pattern}")
        return text

    return read


def url(*schemes: str) -> Reader:
    """What reads a URL of one of these schemes, which names a host."""

    def read(text: str) -> str:
        try:
            parts = urlsplit(text)
            host = parts.hostname and (parts.port or True)  # a port that is none raises
        except ValueError:
            host = None
        if not host or parts.scheme not in schemes or re.search(r"[\s\x00-\x1f]", text):
            raise ValueError(f"should be a URL such as {schemes[0]}://HOST:PORT, its scheme {' or '.join(schemes)}")
        return text

    return read


HTTP = url("http", "https")


def contact(text: str) -> str:
    """Where somebody can be reached (RFC 9116, 2.5.3).

    Raises:
        ValueError: that is none.
    """
    if not re.fullmatch(r"(mailto:|tel:|https://)\S+", text):
        raise ValueError("should begin with mailto:, https:// or tel:")
    return text


def listed(text: str) -> tuple[str, ...]:
    """The parts of a text between commas."""
    return tuple(part.strip() for part in text.split(",") if part.strip())


def names(text: str) -> tuple[str, ...]:
    """The same, one at least.

    Raises:
        ValueError: there is none.
    """
    if not listed(text):
        raise ValueError("should name one at least")
    return listed(text)


def origins(text: str) -> tuple[str, ...]:
    """The same, if each is an origin.

    Raises:
        ValueError: one is none.
    """
    for origin in listed(text):
        if not re.fullmatch(r"https?://[^/\s*]+", origin):
            raise ValueError(f"{origin!r} is no origin: scheme and host, no path and no wildcard")
    return listed(text)


def postgres(url: str) -> str:
    """The URL of a database, under the scheme that clients agree on.

    Raises:
        ValueError: it is none.
    """
    if not re.match(r"postgres(ql)?://[^/]*/[^/?]+", url):
        raise ValueError("write it as postgresql://USER:PASSWORD@HOST:PORT/DATABASE")
    return re.sub(r"^postgres(ql)?://", "postgresql://", url)


def with_password(url: str, password: str) -> str:
    """`url` with a password, unless it has one."""
    return re.sub(r"^(\w+://[^:@/]+)@", lambda match: f"{match[1]}:{quote(password, safe='')}@", url)
