"""Text and tags as an input may have them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from resolvers.errors import FieldError

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


def last_of(path: str) -> str:
    """The name of a file without the folders that some clients tell with it; a path that has none, as it is."""
    names = [name for name in re.split(r"[/\\]", path) if name not in {"", ".", ".."}]
    return names[-1] if names else path


MAX_TAGS = 20
TAG = Text(50, shortest=1)


def tag_errors(tags: list[str]) -> Iterator[FieldError]:
    """What is wrong with the field `tags`."""
    if len(tags) > MAX_TAGS:
        yield FieldError(("tags",), f"must be at most {MAX_TAGS}, are {len(tags)}")
    for place, tag in enumerate(tags[:MAX_TAGS]):
        for complaint in TAG.complaints(tag):
            yield FieldError(("tags", place), complaint)


def text_errors(texts: dict[str, Text], given: dict[str, str]) -> Iterator[FieldError]:
    """What is wrong with the fields of `given` that are `texts`."""
    for name, text in texts.items():
        if name in given:
            for complaint in text.complaints(given[name]):
                yield FieldError((name,), complaint)
