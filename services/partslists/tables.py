"""Parts lists as tables: CSV and plain text, as spreadsheets and the sites of builders write them.

Source: https://www.rfc-editor.org/rfc/rfc4180
"""

from __future__ import annotations

import codecs
import csv
import re
from io import BytesIO, TextIOWrapper

from services.partslists.parts import (
    COLOR,
    MOST_COLUMNS,
    MOST_LINES,
    PART,
    QUANTITY,
    Fault,
    Gathering,
    ParsedList,
    PartsListError,
    columns,
)

SEPARATORS = (",", ";", "\t")
_BEGINNING = 64 * 1024  # characters in which the separator is looked for
_UNNAMED = {PART: 0, QUANTITY: 1, COLOR: 2}  # as the legacy service read a table without a header
_NEEDED = {PART: "the part", QUANTITY: "the quantity"}


def read(content: bytes) -> ParsedList:
    """The parts that a table lists.

    It is read line by line, so that what is too long is refused without having been read.

    Raises:
        PartsListError: rows are wrong or too many, quotes are not closed, or the bytes are no text.
    """
    encoding = _encoding(content)
    try:
        with _lines(content, encoding) as lines:
            separator = _separator(lines.read(_BEGINNING))
        with _lines(content, encoding) as lines:
            return _gathered(lines, separator)
    except UnicodeError:
        raise PartsListError(Fault(f"the file is no text in {encoding.removesuffix('-sig').upper()}")) from None


def _gathered(lines: TextIOWrapper, separator: str) -> ParsedList:
    reader = csv.reader(lines, delimiter=separator, strict=True, skipinitialspace=separator == " ")
    places: dict[str, int] = {}
    gathering = Gathering("csv")
    row = 0
    try:
        for row, written in enumerate(reader, 1):
            if row > MOST_LINES:
                raise PartsListError(Fault(f"the file has more than {MOST_LINES:,} lines", row))
            cells = [cell.strip() for cell in written[:MOST_COLUMNS]]
            if not any(cells):
                continue
            if not places:
                places, names, named = _header(row, cells)
                gathering = Gathering("csv", names=names)
                if named:
                    continue
            gathering.add(row, {column: cells[at] for column, at in places.items() if at < len(cells)})
    except csv.Error as error:
        raise PartsListError(Fault(f"row {row + 1}: {_told(error)}", row + 1)) from None
    return gathering.result()


def _header(row: int, cells: list[str]) -> tuple[dict[str, int], dict[str, str], bool]:
    """Where the columns are, what they are called, and whether these cells are their names rather than a part.

    Raises:
        PartsListError: they are names, and a column that every list needs is not among them.
    """
    places = columns(cells)
    if not places.keys() & _NEEDED.keys():
        unnamed = {column: f"column {at + 1}" for column, at in _UNNAMED.items()}
        # A quantity has digits; the names of columns, in whatever language, have none.
        return _UNNAMED, unnamed, not any(character.isdigit() for character in "".join(cells[1:2]))
    for column, words in _NEEDED.items():
        if column not in places:
            found = ", ".join(cells)[:200]
            raise PartsListError(Fault(f"row {row}: {words} has no column; there are {found}", row, column))
    return places, {column: cells[at] for column, at in places.items()}, True


def _lines(content: bytes, encoding: str) -> TextIOWrapper:
    return TextIOWrapper(BytesIO(content), encoding, newline="")


def _encoding(content: bytes) -> str:
    """UTF-16 by its mark, UTF-8 if it can be, else what Windows writes in the west."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    try:
        content.decode()
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8-sig"


def _separator(beginning: str) -> str:
    """What separates the cells of the first line; spaces where nothing else does."""
    first = next((line for line in re.split("[\r\n]", beginning) if line.strip()), "")
    bare = re.sub('"[^"]*"', "", first)
    best = max(SEPARATORS, key=bare.count)
    return best if best in bare else " "


def _told(error: csv.Error) -> str:
    """What is wrong, in words for who wrote the file."""
    words = str(error)
    if "unexpected end" in words:
        return 'a quote (") is opened and never closed'
    if "expected after" in words:
        return 'after a closing quote (") must come the next cell; a quote inside of a cell is written twice'
    if "field larger" in words:
        return "a cell is too long; is a quote never closed?"
    return words
