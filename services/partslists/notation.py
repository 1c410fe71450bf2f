"""Parts lists in JSON: a list of objects, or an object that has one; also as Rebrickable's API answers, with objects inside.

Source: https://rebrickable.com/api/v3/docs/
"""

from __future__ import annotations

from itertools import islice
from typing import Any

import orjson

from services.content import decoded
from services.partslists.parts import (
    COLOR,
    MOST_COLUMNS,
    NAME,
    PART,
    Fault,
    Gathering,
    ParsedList,
    PartsListError,
    columns,
    normal,
)

LISTS = ("parts", "items", "pieces", "elements", "inventory", "partslist", "results")


def read(content: bytes) -> ParsedList:
    """The parts that a document lists.

    Raises:
        PartsListError: items are wrong or too many, or there is no list of them.
    """
    try:
        value = orjson.loads(decoded(content) or "")
    except orjson.JSONDecodeError as error:
        raise PartsListError(Fault(f"the JSON does not parse at line {error.lineno}, column {error.colno}")) from None
    gathering = Gathering("json", noun="item")
    for number, item in enumerate(_list(value), 1):
        gathering.add(number, _row(number, item))
    return gathering.result()


def _list(value: Any) -> list[Any]:
    """The list of parts: the document itself, or what it keeps under a name for parts."""
    if isinstance(value, dict):
        named = {normal(name): inner for name, inner in value.items() if isinstance(inner, list)}
        value = next((named[name] for name in LISTS if name in named), None)
    if not isinstance(value, list):
        raise PartsListError(Fault(f"the JSON must be a list of parts, or an object with one under {', '.join(LISTS)}"))
    return value


def _row(number: int, item: Any) -> dict[str, str]:
    if not isinstance(item, dict):
        raise PartsListError(Fault(f"item {number}: must be an object with a part and a quantity", number))
    names = list(islice(item, MOST_COLUMNS))
    found = {column: item[names[at]] for column, at in columns(names).items()}
    for column, inside in ((PART, (PART, NAME)), (COLOR, (NAME,))):  # {"part": {"part_num": ..., "name": ...}}
        if isinstance(inner := found.get(column), dict):
            del found[column]
            keys = list(islice(inner, MOST_COLUMNS))
            places = columns(keys)
            told = {other: inner[keys[places[other]]] for other in inside if other in places}
            found = {(other if column == PART else column): value for other, value in told.items()} | found
    return {column: _text(value) for column, value in found.items()}


def _text(value: Any) -> str:
    """A value as a table would show it."""
    if value is None:
        return ""
    return value.strip() if isinstance(value, str) else orjson.dumps(value).decode()
