"""What an image may be (contract section 3; PRD 3.3.3). Plain values in, plain values or an error out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from resolvers.errors import FieldError, ValidationFailed
from resolvers.permissions import is_id
from resolvers.text import Text, tag_errors, text_errors

if TYPE_CHECKING:
    from collections.abc import Iterator

TEXTS = {"title": Text(200, shortest=1), "description": Text(2000)}
_SHOWN = 50  # characters of a wrong value


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
    _raise(
        [
            *([FieldError(("title",), "must not be null")] if columns.get("title", "") is None else []),
            *_errors({name: value for name, value in columns.items() if value is not None}),
        ]
    )
    return columns


def _errors(given: dict[str, Any]) -> Iterator[FieldError]:
    yield from text_errors(TEXTS, given)
    yield from tag_errors(given.get("tags", []))
    if "album_id" in given:
        yield from _id_errors("album_id", given["album_id"])


def _id_errors(name: str, identifier: str) -> Iterator[FieldError]:
    if not is_id(identifier):
        yield FieldError((name,), f"must be a UUID, is {identifier[:_SHOWN]!r}")


def _raise(errors: list[FieldError]) -> None:
    if errors:
        raise ValidationFailed(*errors)
