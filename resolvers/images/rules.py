"""What an image may be (contract section 3; PRD 3.3.3). Plain values in, plain values or an error out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from resolvers.errors import null_errors, refuse
from resolvers.permissions import id_errors
from resolvers.text import Text, tag_errors, text_errors

if TYPE_CHECKING:
    from collections.abc import Iterator

    from resolvers.errors import FieldError

TEXTS = {"title": Text(200, shortest=1), "description": Text(2000)}


UNTITLED = "Untitled"


def new(values: dict[str, Any], filename: str) -> dict[str, Any]:
    """The columns of a new image; without a title it is called like its file.

    Raises:
        ValidationFailed: naming every wrong field.
    """
    return change({**values, "title": values["title"] or filename[: TEXTS["title"].longest].strip() or UNTITLED})


def change(values: dict[str, Any]) -> dict[str, Any]:
    """The columns of an update; only those that were given. Spaces around a title are dropped, as the legacy service did.

    Raises:
        ValidationFailed: naming every wrong field.
    """
    columns = values | ({"title": values["title"].strip()} if values.get("title") else {})
    given = {name: value for name, value in columns.items() if value is not None}
    refuse([*null_errors(columns, "title"), *_errors(given)])
    return columns


def _errors(given: dict[str, Any]) -> Iterator[FieldError]:
    yield from text_errors(TEXTS, given)
    yield from tag_errors(given.get("tags", []))
    if "album_id" in given:
        yield from id_errors(given["album_id"], "album_id")
