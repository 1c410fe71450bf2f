"""Pages by number, and by a cursor that neither repeats nor skips while rows are inserted (contract section 2).

Where the column of the order is changed meanwhile, a row moves within the list: behind the cursor it is repeated, before it skipped.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from resolvers.errors import FieldError, ValidationFailed

if TYPE_CHECKING:
    from asyncpg import Record

MAX_LIMIT = 100
MAX_OFFSET = 1_000_000  # further pages are read by cursor
_CURSOR_PARTS = 3


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in an ordered list: the order's name, and the last row's sort key and id."""

    order: str
    key: str
    id: str

    def __str__(self) -> str:
        return base64.urlsafe_b64encode(orjson.dumps([self.order, self.key, self.id])).decode().rstrip("=")

    @classmethod
    def parse(cls, text: str, order: str, field: str = "after") -> Cursor:
        """Read a cursor that a page of this `order` handed out, and that came as the argument `field`.

        Raises:
            ValidationFailed: it is none, or one of another order.
        """
        try:
            parts = orjson.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        except ValueError:
            parts = None
        if (
            not isinstance(parts, list)
            or len(parts) != _CURSOR_PARTS
            or not all(isinstance(part, str) for part in parts)
        ):
            raise ValidationFailed(FieldError((field,), "is no cursor; send the nextCursor of an earlier page"))
        cursor = cls(*parts)
        if cursor.order != order:
            raise ValidationFailed(
                FieldError((field,), f"belongs to the order {cursor.order}, this page is in {order}")
            )
        return cursor


def bounded(value: int, name: str, low: int, high: int) -> int:
    """`value`, if it lies in `low`..`high`.

    Raises:
        ValidationFailed: it does not.
    """
    if not low <= value <= high:
        raise ValidationFailed(FieldError((name,), f"must be from {low} to {high}, is {value}"))
    return value


def offset(page: int, limit: int, most: int = MAX_LIMIT) -> int:
    """How many rows come before page number `page`, counted from 1.

    Raises:
        ValidationFailed: `page` or `limit`, which may be `most`, is out of bounds.
    """
    bounded(limit, "limit", 1, most)
    return (bounded(page, "page", 1, MAX_OFFSET // limit) - 1) * limit


def whole(total: int) -> int:
    """The limit of a list that is all on one page. It is 1 where the list is empty: clients divide by it to count the pages."""
    return max(total, 1)


def page_of(rows: list[Record], *, page: int, limit: int, order: str) -> dict[str, Any]:
    """A page out of the rows of a paged statement.

    Such a statement yields one row more than the page holds, where there is one, and in each row `total`, the length of the whole
    list; where the page is empty, a single row with `total` and no id.
    """
    found = [row for row in rows if row["id"] is not None]
    items = found[:limit]
    more = len(found) > limit
    cursor = str(Cursor(order, items[-1]["sort_key"], items[-1]["id"])) if more else None
    return {
        "items": items,
        "total": rows[0]["total"],
        "page": page,
        "limit": limit,
        "has_more": more,
        "next_cursor": cursor,
    }
