"""Parts lists out of files of any type that there is a reader for (contract section 4, PRD 4.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.content import CSV, JSON, TXT, XML
from services.partslists.parts import Fault, ParsedList, PartsListError

if TYPE_CHECKING:
    from services.content import Type


def parsed(content: bytes, type_: Type) -> ParsedList:
    """The parts that a file lists.

    Args:
        content: the file.
        type_: what `services.content` has found it to be.

    Raises:
        PartsListError: it is none, and every row that is wrong is told; or nothing can read such a type.
    """
    from services.partslists import markup, notation, tables  # noqa: PLC0415 - a start without uploads should not pay for them

    if type_ in {CSV, TXT}:
        return tables.read(content)
    if type_ == XML:
        return markup.read(content)
    if type_ == JSON:
        return notation.read(content)
    raise PartsListError(
        Fault(f"no parts can be read out of {type_.words}; send the list as CSV, XML, JSON or plain text")
    )
