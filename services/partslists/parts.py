"""The parts that a file lists, gathered row by row: what a row must say, and what is wrong with those that do not (PRD 4.6)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MOST_ROWS = 10_000  # PRD 4.6.5
MOST_TOLD = 20  # wrong rows; of the others, how many there are
LONGEST = 255  # characters of a part, its name and its color
MOST_COLUMNS = 100  # that a row is searched for; nobody's list has more
MOST_LINES = 100_000  # of a table, blank ones included
MOST_PIECES = 2**31 - 1  # what the legacy table's integers hold, one by one and summed
PART, NAME, QUANTITY, COLOR = "part_id", "part_name", "quantity", "color"
# What files call a column, likeliest first, in the form that `normal` gives to a name (contract section 4).
NAMES: Mapping[str, tuple[str, ...]] = {
    PART: ("partid", "partnumber", "partno", "partnum", "part", "elementid", "itemid", "id"),
    NAME: ("partname", "name", "partdescription", "description", "desc"),
    QUANTITY: ("quantity", "qty", "minqty", "count", "amount"),
    COLOR: ("color", "colour", "partcolor"),
}

_SHOWN = 50  # characters of a wrong value
_WHOLE = re.compile(r"(\d{1,10})(\.0{1,10})?", re.ASCII)  # spreadsheets write 4 as 4.0, too


@dataclass(frozen=True, slots=True)
class Part:
    """One row: a part, its color, and how many pieces of it."""

    part_id: str
    part_name: str | None
    quantity: int
    color: str | None


@dataclass(frozen=True, slots=True)
class ParsedList:
    """What a file lists.

    Args:
        parts: in the order of the file; a part that it names twice is here twice.
        total: pieces, all quantities summed.
        unique: different parts, where another color is another part.
        format: what the file is written in: csv (plain text, too), json or xml.
    """

    parts: tuple[Part, ...]
    total: int
    unique: int
    format: str


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a file, and where.

    Args:
        message: a sentence with the place in it.
        row: as a spreadsheet counts them, or the place of the item; None where it is the whole file.
        column: one of `NAMES`; None where it is the whole row.
    """

    message: str
    row: int | None = None
    column: str | None = None


class PartsListError(Exception):
    """The file is no list of parts, or some rows of it are wrong.

    Args:
        faults: the first ones.
        others: how many more there are.
    """

    def __init__(self, *faults: Fault, others: int = 0) -> None:
        super().__init__(faults[0].message)
        self.faults = faults
        self.others = others


class Gathering:
    """The parts found so far, and the faults.

    Args:
        format: as of `ParsedList`.
        noun: what a row is called in a sentence.
        names: what the file calls its columns; those that are not named are called by their usual name.
    """

    def __init__(self, format: str, noun: str = "row", names: Mapping[str, str] | None = None) -> None:  # noqa: A002 - as of the list
        self._format, self._noun, self._names = format, noun, names or {}
        self._parts: list[Part] = []
        self._faults: list[Fault] = []
        self._others = self._rows = self._total = 0

    def add(self, row: int, values: Mapping[str, str]) -> None:
        """Take a row; `values` by `NAMES`.

        Raises:
            PartsListError: it is one too many.
        """
        self._rows += 1
        if self._rows > MOST_ROWS:
            sentence = (
                f"the file lists more than {MOST_ROWS:,} parts; split it, at most {MOST_ROWS:,} rows are accepted"
            )
            raise PartsListError(Fault(sentence, row))
        wrong = {column: words for column in NAMES if (words := _complaint(column, values.get(column, "")))}
        for column, words in wrong.items():
            self._fault(row, column, words)
        if not wrong:
            quantity = int(values[QUANTITY].partition(".")[0])
            self._total += quantity
            self._parts.append(Part(values[PART], values.get(NAME) or None, quantity, values.get(COLOR) or None))

    def _fault(self, row: int, column: str, words: str) -> None:
        if len(self._faults) < MOST_TOLD:
            called = self._names.get(column) or column.replace("_", " ")
            self._faults.append(Fault(f"{self._noun} {row}, {called}: {words}", row, column))
        else:
            self._others += 1

    def result(self) -> ParsedList:
        """What the file lists.

        Raises:
            PartsListError: some rows are wrong, or there are none.
        """
        if self._faults:
            raise PartsListError(*self._faults, others=self._others)
        if not self._parts:
            raise PartsListError(Fault("the file lists no parts"))
        if self._total > MOST_PIECES:
            raise PartsListError(Fault(f"all quantities together must be at most {MOST_PIECES}, are {self._total}"))
        unique = len({(part.part_id, part.color) for part in self._parts})
        return ParsedList(tuple(self._parts), self._total, unique, self._format)


def normal(name: str) -> str:
    """A column's name without what files write differently: letter case, spaces and underscores."""
    return re.sub(r"[\s_]+", "", name).lower()


def columns(names: Sequence[str]) -> dict[str, int]:
    """Where the columns are among the names that a file gives them, by `NAMES`; those that are not there are left out."""
    found = [normal(name) for name in names]
    chosen = {column: next((name for name in known if name in found), None) for column, known in NAMES.items()}
    return {column: found.index(name) for column, name in chosen.items() if name is not None}


def _complaint(column: str, value: str) -> str | None:
    """What is wrong with a value."""
    if column == QUANTITY:
        whole = _WHOLE.fullmatch(value)
        if whole and 1 <= int(whole[1]) <= MOST_PIECES:
            return None
        return f"must be a whole number from 1 to {MOST_PIECES}, is {value[:_SHOWN]!r}"
    if column == PART and not value:
        return "is missing; every row needs the number of a part"
    if len(value) > LONGEST:
        return f"must have at most {LONGEST} characters, has {len(value)}"
    return "must not contain the NUL character" if "\0" in value else None
