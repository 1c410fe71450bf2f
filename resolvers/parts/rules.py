"""What a parts list may be (contract sections 2 and 3). Plain values in, plain values or an error out.

Counts, costs and the percentage are text, as the legacy tables keep them: counts and costs stay as they were sent, the percentage
always has two decimals, as the contract shows it.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from resolvers.errors import FieldError, ParsingFailed, null_errors, refuse
from resolvers.pagination import offset
from resolvers.permissions import id_errors
from resolvers.text import Text, text_errors
from services.partslists.parts import MOST_ROWS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from services.partslists.parts import ParsedList, PartsListError

TEXTS = {"title": Text(255, shortest=1), "description": Text(2000), "notes": Text(2000)}
COUNTS = ("total_parts_count", "acquired_parts_count")
COSTS = ("cost_estimate", "actual_cost")
PERCENTAGE = "inventory_percentage"
REQUIRED = ("title", "built", "purchased", PERCENTAGE, "acquired_parts_count")
MAX_PARTS = 1000  # of a page: about 100 kB, and a tenth of the longest list and of what a user may spend at once

_COUNT = re.compile(r"\d{1,20}", re.ASCII)
_COST = re.compile(r"\d{1,20}(\.\d{1,10})?", re.ASCII)
_PERCENTAGE = re.compile(r"\d{1,3}(\.\d{1,2})?", re.ASCII)
_SHOWN = 50  # characters of a wrong value


def columns(values: dict[str, Any]) -> dict[str, Any]:
    """The columns that `values`, new or changed ones, are stored as.

    Raises:
        ValidationFailed: naming every wrong field.
    """
    given = {name: value for name, value in values.items() if value is not None}
    refuse([*null_errors(values, *REQUIRED), *_errors(given)])
    if PERCENTAGE in values:
        return {**values, PERCENTAGE: f"{Decimal(values[PERCENTAGE]):.2f}"}
    return values


def out_of_file(parsed: ParsedList, filename: str) -> dict[str, Any]:
    """The columns of a list that was read out of a file, called as the legacy service called it."""
    return {
        "title": f"Parts List - {filename}"[: TEXTS["title"].longest],
        "description": f"Parsed {parsed.format.upper()} parts list with {parsed.total} total pieces",
        "total_parts_count": str(parsed.total),
        "cost_estimate": None,
        "notes": None,
    }


def refusal(error: PartsListError, filename: str) -> ParsingFailed:
    """The error of a file that is no parts list; clients show the sentence of its first detail (contract section 2)."""
    details = tuple(
        FieldError(
            tuple(step for step in ("rows" if fault.row else "file", fault.row, fault.column) if step), fault.message
        )
        for fault in error.faults
    )
    more = len(details) - 1 + error.others
    sentence = f"{filename}: {details[0].message}" + (f" (and {more} more)" if more else "")
    return ParsingFailed(sentence, details)


def missing(total: str | None, acquired: str) -> str | None:
    """How many pieces a builder still lacks; None where one of the texts, which legacy rows may hold, is no count."""
    if total is None or not (_COUNT.fullmatch(total) and _COUNT.fullmatch(acquired)):
        return None
    return str(max(0, int(total) - int(acquired)))


def page_of_parts(page: int, limit: int | None) -> tuple[int, int]:
    """How many parts come before a page, and how many it has at most; without `limit` as many as a list may have.

    Raises:
        ValidationFailed: `page` or `limit` is out of bounds.
    """
    if limit is None:
        return offset(page, MOST_ROWS, MOST_ROWS), MOST_ROWS
    return offset(page, limit, MAX_PARTS), limit


def _errors(given: dict[str, Any]) -> Iterator[FieldError]:
    yield from text_errors(TEXTS, given)
    if "file_id" in given:
        yield from id_errors(given["file_id"], "file_id")
    for name in COUNTS:
        if not _COUNT.fullmatch(given.get(name, "0")):
            yield FieldError((name,), f"must be a whole number of 0 or more, is {given[name][:_SHOWN]!r}")
    for name in COSTS:
        if not _COST.fullmatch(given.get(name, "0")):
            yield FieldError((name,), f"must be a number of 0 or more, such as 49.99, is {given[name][:_SHOWN]!r}")
    percentage = given.get(PERCENTAGE, "0")
    if not _PERCENTAGE.fullmatch(percentage) or Decimal(percentage) > 100:  # noqa: PLR2004 - per cent
        yield FieldError(
            (PERCENTAGE,), f"must be from 0.00 to 100.00, at most two decimals, is {percentage[:_SHOWN]!r}"
        )
