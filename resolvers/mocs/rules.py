"""What a MOC may be (contract section 3; PRD 2.4.2, 2.4.3, 2.5.5). Plain values in, plain values or an error out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from resolvers.errors import FieldError, refuse
from resolvers.text import Text, tag_errors, text_errors
from services import keys

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

FIRST_RELEASE_YEAR = 1950
MAX_COUNT = 2**31 - 1


TEXTS = {
    "title": Text(255, shortest=1),
    "description": Text(2000),
    "author": Text(255),
    "theme": Text(255),
    "subtheme": Text(255),
    "brand": Text(255),
    "set_number": Text(255),
}
# By type: what it must have, and what belongs to the other type alone.
REQUIRED = {"moc": ("author", "parts_count"), "set": ("brand", "set_number")}
# The form that brings files along asks for no more than this.
REQUIRED_WITH_FILES = {"moc": ("author",), "set": ("brand",)}
FOREIGN = {"moc": ("brand", "release_year", "retired"), "set": ("author", "parts_count")}


def new(
    kind: str, values: dict[str, Any], year: int, required: Mapping[str, tuple[str, ...]] = REQUIRED
) -> dict[str, Any]:
    """The columns of a new MOC or set.

    Args:
        kind: `moc` or `set`.
        values: the input, None where nothing was given.
        year: the current UTC year.
        required: by type, what it must have.

    Raises:
        ValidationFailed: naming every wrong field.
    """
    missing = [
        FieldError((name,), f"is required for a {kind}") for name in required[kind] if values[name] in (None, "")
    ]
    refuse([*missing, *_errors(kind, values, year)])
    return values


def new_with_files(kind: str, values: dict[str, Any], now: datetime) -> dict[str, Any]:
    """As `new`, for the form that brings files along: it asks for less, and fills in what the legacy service did.

    Args:
        kind: `moc` or `set`.
        values: the input, None where nothing was given.
        now: in UTC, without a zone.

    Raises:
        ValidationFailed: naming every wrong field.
    """
    columns = new(kind, values, now.year, REQUIRED_WITH_FILES)
    name, usual = ("uploaded_date", now) if kind == "moc" else ("retired", False)
    return {**columns, name: usual if columns[name] is None else columns[name]}


def change(kind: str, year: int, values: dict[str, Any]) -> dict[str, Any]:
    """The columns of an update; only those that were given.

    Raises:
        ValidationFailed: naming every wrong field; the type itself cannot change.
    """
    changed = {name: value for name, value in values.items() if name != "type"}
    errors = [
        FieldError((name,), f"is required for a {kind}")
        for name in ("title", *REQUIRED[kind])
        if name in changed and (changed[name] is None or (name != "title" and changed[name] == ""))
    ]
    if values.get("type", kind) != kind:
        errors.append(FieldError(("type",), f"cannot change; this is a {kind}"))
    refuse([*errors, *_errors(kind, changed, year)])
    return changed


def is_own(key: str | None, user_id: str, moc_id: str) -> bool:
    """Whether an object belongs to a MOC alone, by its key."""
    return key is not None and key.startswith(keys.of_moc(user_id, moc_id))


def _errors(kind: str, values: dict[str, Any], year: int) -> Iterator[FieldError]:
    given = {name: value for name, value in values.items() if value is not None}
    for name in FOREIGN[kind]:
        if name in given:
            yield FieldError((name,), f"does not apply to a {kind}")
    yield from text_errors(TEXTS, given)
    if not 1 <= given.get("parts_count", 1) <= MAX_COUNT:
        yield FieldError(("parts_count",), f"must be from 1 to {MAX_COUNT}, is {given['parts_count']}")
    if not FIRST_RELEASE_YEAR <= given.get("release_year", year) <= year + 1:
        yield FieldError(
            ("release_year",), f"must be from {FIRST_RELEASE_YEAR} to {year + 1}, is {given['release_year']}"
        )
    yield from tag_errors(given.get("tags", []))
