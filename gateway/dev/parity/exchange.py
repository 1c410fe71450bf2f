"""One recorded exchange: what was sent, what the legacy service answered, and what is asked of its replacement.

`tests/parity/recordings/README.md` has the format.
"""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from gateway.dev.process import StartError

if TYPE_CHECKING:
    from pathlib import Path

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
# Of a recording that does not say when it was made: tests/parity/recordings. Its seed counts some times from "now".
_BEGAN, _MADE_IN = "2025-10", "2026-11"
READS = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True)
class Exchange:
    """A line of a recording, by the names that the replay uses."""

    recorded: dict[str, Any]

    @property
    def title(self) -> str:
        """Its number and name."""
        return f"{self.recorded['n']} ({self.name})"

    @property
    def name(self) -> str:
        """What it is about."""
        name: str = self.recorded["name"]
        return name

    @property
    def part(self) -> str:
        """`main`, `divergent` or `limits`."""
        part: str = self.recorded["part"]
        return part

    @property
    def method(self) -> str:
        """The HTTP method."""
        method: str = self.recorded["method"]
        return method

    @property
    def path(self) -> str:
        """Without query and trailing slash."""
        path: str = self.recorded["path"]
        return path.partition("?")[0].rstrip("/")

    @property
    def user(self) -> str | None:
        """The name of the user who sent it; None for nobody."""
        user: str | None = self.recorded["user"]
        return user

    @property
    def headers(self) -> dict[str, str]:
        """Headers sent, by lower-case name."""
        return {name.lower(): value for name, value in self.recorded.get("headers", {}).items()}

    @property
    def status(self) -> int:
        """The legacy service's status."""
        status: int = self.recorded["status"]
        return status

    @property
    def statuses(self) -> tuple[int, ...]:
        """The statuses that are right."""
        asked = self.recorded.get("contract_status", self.status)
        return tuple(asked) if isinstance(asked, list) else (asked,)

    @property
    def response(self) -> Any:
        """The body, decoded; text where it was no JSON, bytes where it was no text."""
        if "response_base64" in self.recorded:
            return base64.b64decode(self.recorded["response_base64"])
        return self.recorded.get("response", self.recorded.get("response_text"))

    @property
    def response_headers(self) -> dict[str, str]:
        """The answer's headers, by lower-case name."""
        headers: dict[str, str] = self.recorded["response_headers"]
        return headers

    @property
    def quirky(self) -> bool:
        """Whether only the status can be compared: the answer showed a fault, or the write ended differently on purpose."""
        return "quirk" in self.recorded or self.part == "divergent"

    @property
    def cut(self) -> tuple[str, ...]:
        """What was too large to be recorded whole: `request`, `response`."""
        return tuple(self.recorded.get("cut", ()))

    @property
    def complete(self) -> bool:
        """Whether it can be replayed: its request is all there, and the legacy service answered."""
        return "request" not in self.cut and "failure" not in self.recorded

    @property
    def unordered(self) -> bool:
        """Whether arrays of the answer are sets: the legacy query had no ORDER BY."""
        return bool(self.recorded.get("unordered"))

    @property
    def searches(self) -> bool:
        """Whether it looks for text: the legacy service matched substrings, its replacement may find more."""
        query = parse_qs(urlsplit(self.recorded["path"]).query)
        return "q" in query or "search" in query

    @property
    def reads(self) -> bool:
        """Whether it can change nothing."""
        return self.method in READS

    @property
    def changed(self) -> bool:
        """Whether the legacy service changed something."""
        return not self.reads and self.status < HTTPStatus.MULTIPLE_CHOICES


@dataclass(frozen=True)
class Recording:
    """The exchanges of one file, in the order in which they were made, and what follows from all of them.

    Args:
        exchanges: the lines.
        known: ids that stand for themselves, because what they name was there before: any other may be new in each run.
        began: times from here on were "now" when they were recorded, or counted from it; a text to compare ISO 8601 with.
        month: in which it was made, `YYYY-MM`.
    """

    exchanges: tuple[Exchange, ...]
    known: frozenset[str]
    began: str
    month: str

    @classmethod
    def read(cls, path: Path, known: frozenset[str] = frozenset()) -> Recording:
        """Read a file of JSON lines; `known` are more ids of things that were there before.

        Raises:
            StartError: it cannot be read, or a line is no exchange.
        """
        try:
            text = path.read_text()
        except (OSError, UnicodeDecodeError) as error:
            raise StartError(f"{path} cannot be read: {error}") from None
        exchanges = tuple(_line(path, number, line) for number, line in enumerate(text.splitlines(), 1) if line)
        if not exchanges:
            raise StartError(f"{path} holds no exchange: one JSON object a line is what `parity record` writes.")
        at = str(exchanges[0].recorded.get("at", ""))
        return cls(exchanges, _before(exchanges) | known, at or _BEGAN, at[:7] or _MADE_IN)


_NEEDED = frozenset({"n", "name", "part", "user", "auth", "method", "path", "status", "response_headers"})


def _line(path: Path, number: int, line: str) -> Exchange:
    try:
        recorded = json.loads(line)
    except ValueError as error:
        raise StartError(f"{path}, line {number} is no JSON: {error}") from None
    missing = sorted(_NEEDED - recorded.keys()) if isinstance(recorded, dict) else ["object"]
    if missing:
        raise StartError(f"{path}, line {number} is no recorded exchange: it has no {', '.join(missing)}.")
    return Exchange(recorded)


def _before(exchanges: tuple[Exchange, ...]) -> frozenset[str]:
    """Ids of what was there before: a client sent them first, or an answer showed them before anything had changed."""
    known: set[str] = set()
    seen: set[str] = set()
    changed = False
    for exchange in exchanges:
        sent = _ids(exchange, "path", "headers", "json", "multipart")
        known |= sent - seen
        changed = changed or exchange.changed
        answered = _ids(exchange, "response", "response_text", "saved")
        if not changed:
            known |= answered - seen
        seen |= sent | answered
    return frozenset(known)


def _ids(exchange: Exchange, *keys: str) -> set[str]:
    return set(UUID.findall(json.dumps([exchange.recorded.get(key) for key in keys])))
