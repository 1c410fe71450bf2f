"""The ranges of whole numbers, for those that no Int of GraphQL can hold: no resolver sees them, so that none can tell its range."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from gateway.execute import INT
from resolvers.mocs.rules import FIRST_RELEASE_YEAR, MAX_COUNT
from resolvers.pagination import MAX_LIMIT, MAX_OFFSET
from resolvers.uploads.rules import LARGEST

if TYPE_CHECKING:
    from collections.abc import Mapping

_LIMIT = 20  # items of a page where a request tells none
# Of parameters of a query; the last page is further ahead the larger pages are.
PARAMETERS = {"page": (1, MAX_OFFSET), "limit": (1, MAX_LIMIT), "from": (0, MAX_OFFSET), "size": (1, MAX_LIMIT)}
_FIELDS = {"partsCount": (1, MAX_COUNT), "size": (1, LARGEST)}


def of_parameter(name: object, given: Mapping[str, Any]) -> tuple[int, int] | None:
    """The range of a query's parameter, beside the others that are `given`; None where it is not known.

    Args:
        name: of the parameter.
        given: values by name; how many pages there may be depends on the limit.
    """
    if name == "page":
        limit = given.get("limit")
        return 1, MAX_OFFSET // (limit if isinstance(limit, int) and 1 <= limit <= MAX_LIMIT else _LIMIT)
    return PARAMETERS.get(str(name))


def of_field(name: object) -> tuple[int, int] | None:
    """The range of a body's field; None where it is not known."""
    if name == "releaseYear":
        return FIRST_RELEASE_YEAR, datetime.now(UTC).year + 1
    return _FIELDS.get(str(name))


def told(sentence: str, known: tuple[int, int] | None) -> str:
    """What is wrong with a value, with its own range in the place of Int's, where it is known."""
    return sentence.replace(INT, f"must be from {known[0]} to {known[1]}", 1) if known else sentence
