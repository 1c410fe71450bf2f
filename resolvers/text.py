"""Text as an input may have it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True)
class Text:
    """Text of a bounded length that PostgreSQL can hold."""

    longest: int
    shortest: int = 0

    def complaints(self, value: str) -> Iterator[str]:
        """What is wrong with `value`."""
        if not self.shortest <= len(value) <= self.longest:
            span = f"{self.shortest} to {self.longest}" if self.shortest else f"at most {self.longest}"
            yield f"must have {span} characters, has {len(value)}"
        elif self.shortest and not value.strip():
            yield "must not be blank"
        if "\0" in value:
            yield "must not contain the NUL character"
