"""How values of settings are written: rates, lists, origins, the URL of a database. A ValueError says what would be right."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}

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
    def parse(cls, text: Any) -> Any:
        """Read `COUNT/LENGTH UNIT`; anything that is not text passes through."""
        if not isinstance(text, str):
            return text
        match = re.fullmatch(r"([1-9]\d{0,8})/([1-9]\d{0,5})([smhd])", text.strip())
        if match is None:
            raise ValueError("write it as COUNT/WINDOW, the window with a unit s, m, h or d")
        return cls(count=int(match[1]), seconds=int(match[2]) * _UNITS[match[3]])


def listed(text: Any) -> Any:
    """The parts of a text between commas; anything that is not text passes through."""
    return tuple(part.strip() for part in text.split(",") if part.strip()) if isinstance(text, str) else text


def origins(given: tuple[str, ...]) -> tuple[str, ...]:
    """The same, if each is an origin.

    Raises:
        ValueError: one is none.
    """
    for origin in given:
        if not re.fullmatch(r"https?://[^/\s*]+", origin):
            raise ValueError(f"{origin!r} is no origin: scheme and host, no path and no wildcard")
    return given


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
