"""What an album may be (contract section 3; PRD 3.4.2, 3.4.5). Plain values in, plain values or an error out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from resolvers.errors import FieldError, ValidationFailed
from resolvers.permissions import is_id
from resolvers.text import Text, text_errors

if TYPE_CHECKING:
    from collections.abc import Iterator

TEXTS = {"title": Text(200, shortest=1), "description": Text(2000)}
COVER = "cover_image_id"
_SHOWN = 50  # characters of a wrong value


def columns(values: dict[str, Any]) -> dict[str, Any]:
    """The columns that `values`, new or changed ones, are stored as.

    Raises:
        ValidationFailed: naming every wrong field.
    """
    errors = [FieldError(("title",), "must not be null")] if values.get("title", "") is None else []
    errors += _errors({name: value for name, value in values.items() if value is not None})
    if errors:
        raise ValidationFailed(*errors)
    return values


def _errors(given: dict[str, Any]) -> Iterator[FieldError]:
    yield from text_errors(TEXTS, given)
    if COVER in given and not is_id(given[COVER]):
        yield FieldError((COVER,), f"must be a UUID, is {given[COVER][:_SHOWN]!r}")
