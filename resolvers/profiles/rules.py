"""What a profile may be (contract section 3; PRD 4.3.2). Plain values in, plain values or an error out."""

from __future__ import annotations

import unicodedata
from typing import Any

from resolvers.errors import FieldError, ValidationFailed
from resolvers.text import Text

NAME = Text(100, shortest=1)


def change(values: dict[str, Any]) -> dict[str, str]:
    """The attributes that an update sets; only those that were given.

    Raises:
        ValidationFailed: the name is not 1 to 100 letters, digits and spaces.
    """
    if "name" in values:
        complaint = "must not be null" if values["name"] is None else _complaint(values["name"])
        if complaint:
            raise ValidationFailed(FieldError(("name",), complaint))
    return values


def _complaint(name: str) -> str | None:
    for complaint in NAME.complaints(name):
        return complaint
    strange = sorted({character for character in name if not _allowed(character)})
    if strange:
        return f"must have letters, digits and spaces alone, has {', '.join(map(repr, strange[:5]))}"
    return None


def _allowed(character: str) -> bool:
    """A letter of any script, a mark on one (many scripts write vowels so), a decimal digit, or the space."""
    category = unicodedata.category(character)
    return character == " " or category[0] in "LM" or category == "Nd"
