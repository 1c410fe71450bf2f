"""What an album may be (contract section 3; PRD 3.4.2, 3.4.5). Plain values in, plain values or an error out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from resolvers.errors import null_errors, refuse
from resolvers.permissions import id_errors
from resolvers.text import Text, text_errors

if TYPE_CHECKING:
    from collections.abc import Iterator

    from resolvers.errors import FieldError

TEXTS = {"title": Text(200, shortest=1), "description": Text(2000)}


def columns(values: dict[str, Any]) -> dict[str, Any]:
    """The columns that `values`, new or changed ones, are stored as.

    Raises:
        ValidationFailed: naming every wrong field.
    """
    given = {name: value for name, value in values.items() if value is not None}
    refuse([*null_errors(values, "title"), *_errors(given)])
    return values


def _errors(given: dict[str, Any]) -> Iterator[FieldError]:
    yield from text_errors(TEXTS, given)
    if "cover_image_id" in given:
        yield from id_errors(given["cover_image_id"], "cover_image_id")
