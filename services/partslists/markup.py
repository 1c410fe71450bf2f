"""Parts lists in XML: elements part, item (BrickLink's inventory), piece or element, values as attributes or as children.

Source: https://www.bricklink.com/help.asp?helpID=207
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import XMLParser

from services.partslists.parts import (
    LONGEST,
    MOST_COLUMNS,
    Fault,
    Gathering,
    ParsedList,
    PartsListError,
    columns,
    normal,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

ROWS = frozenset({"part", "item", "piece", "element"})
_CHUNK = 64 * 1024


def read(content: bytes) -> ParsedList:
    """The parts that a document lists. No tree is built of it, and what is too long is refused without having been read.

    Raises:
        PartsListError: items are wrong or too many, or the document does not parse or declares entities.
    """
    rows = _Rows()
    parser = XMLParser(target=rows, forbid_dtd=True)
    try:
        for start in range(0, len(content), _CHUNK):
            parser.feed(content[start : start + _CHUNK])
        parser.close()
    except ParseError as error:
        line, column = error.position
        raise PartsListError(Fault(f"the XML does not parse at line {line}, column {column + 1}")) from None
    except DefusedXmlException:
        raise PartsListError(Fault("the XML has a document type declaration, which is refused")) from None
    except (LookupError, ValueError):  # an encoding that there is not, or that is not this one
        raise PartsListError(Fault("the XML is in an encoding that is not known")) from None
    return rows.gathering.result()


class _Rows:
    """Takes what the parser tells, and makes a row of each element that is one and is in no other."""

    def __init__(self) -> None:
        self.gathering = Gathering("xml", noun="item")
        self._number = 0
        self._inside = 0  # how deep: 0 outside of a row, 1 in it, 2 in a value
        self._values: dict[str, str] = {}
        self._name = ""

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """An element begins."""
        name = normal(tag.rpartition("}")[2])
        if self._inside:
            self._inside += 1
            if self._inside == 2:  # noqa: PLR2004 - see `_inside`
                self._name = name
        elif name in ROWS:
            self._inside = 1
            self._values = {key.rpartition("}")[2]: value for key, value in islice(attributes.items(), MOST_COLUMNS)}

    def data(self, text: str) -> None:
        """Text, of which there may be more to come."""
        kept = self._name in self._values or len(self._values) < MOST_COLUMNS
        if self._inside == 2 and kept:  # noqa: PLR2004 - see `_inside`
            value = self._values.get(self._name, "") + text
            self._values[self._name] = value[: LONGEST * 4]  # enough to see that it is too long

    def end(self, _tag: str) -> None:
        """An element ends."""
        if self._inside == 1:
            self._number += 1
            names = list(self._values)
            found = {column: self._values[names[at]].strip() for column, at in columns(names).items()}
            self.gathering.add(self._number, found)
        self._inside = max(0, self._inside - 1)

    def close(self) -> None:
        """The document ends."""
