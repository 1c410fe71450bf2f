"""One recorded exchange: what was sent, what the legacy service answered, and what is asked of its replacement.

`recordings/README.md` has the format.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

RECORDINGS = Path(__file__).with_name("recordings")
USERS = {
    "alice": "a1111111-1111-4111-8111-111111111111",
    "bob": "b2222222-2222-4222-8222-222222222222",
    "carol": "68c6461c0000000000000c01",
}


@dataclass(frozen=True)
class Exchange:
    """A line of a recording, by the names that the replay uses."""

    recorded: dict[str, Any]

    @classmethod
    def read(cls, file: str) -> list[Exchange]:
        """The exchanges of a recording, in the order in which they were made."""
        return [cls(json.loads(line)) for line in (RECORDINGS / file).read_text().splitlines()]

    @property
    def title(self) -> str:
        return f"{self.recorded['n']} ({self.name})"

    @property
    def name(self) -> str:
        name: str = self.recorded["name"]
        return name

    @property
    def part(self) -> str:
        part: str = self.recorded["part"]
        return part

    @property
    def method(self) -> str:
        method: str = self.recorded["method"]
        return method

    @property
    def path(self) -> str:
        """Without query and trailing slash."""
        path: str = self.recorded["path"]
        return path.partition("?")[0].rstrip("/")

    @property
    def user(self) -> str | None:
        user: str | None = self.recorded["user"]
        return user

    @property
    def headers(self) -> dict[str, str]:
        """Headers sent, by lower-case name."""
        return {name.lower(): value for name, value in self.recorded.get("headers", {}).items()}

    @property
    def status(self) -> int:
        status: int = self.recorded["status"]
        return status

    @property
    def statuses(self) -> tuple[int, ...]:
        """The statuses that are right."""
        asked = self.recorded.get("contract_status", self.status)
        return tuple(asked) if isinstance(asked, list) else (asked,)

    @property
    def response(self) -> Any:
        """The body, decoded; text where it was no JSON."""
        return self.recorded.get("response", self.recorded.get("response_text"))

    @property
    def response_headers(self) -> dict[str, str]:
        headers: dict[str, str] = self.recorded["response_headers"]
        return headers

    @property
    def quirky(self) -> bool:
        """Whether only the status can be compared: the answer showed a fault, or the write ended differently on purpose."""
        return "quirk" in self.recorded or self.part == "divergent"

    @property
    def unordered(self) -> bool:
        return bool(self.recorded.get("unordered"))

    @property
    def searches(self) -> bool:
        """Whether it looks for text: the legacy service matched substrings, its replacement may find more."""
        query = parse_qs(urlsplit(self.recorded["path"]).query)
        return "q" in query or "search" in query

    @property
    def changed(self) -> bool:
        """Whether the legacy service changed something."""
        return self.method not in {"GET", "OPTIONS"} and self.status < 300
