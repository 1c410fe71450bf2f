"""Values that come as text, in a query or in a form, read as what their GraphQL type asks for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import orjson
from graphql import GraphQLEnumType, GraphQLInputType, GraphQLScalarType, get_named_type

from gateway.execute import INT

if TYPE_CHECKING:
    from collections.abc import Callable

_DIGITS = 18  # of a number that is read at all; an Int has ten


def _integer(text: str) -> int:
    number = re.fullmatch(r"([+-]?)0*(\d+)", text, re.ASCII)
    if number is None:
        raise ValueError(f"must be a whole number, is {text[:50]!r}")
    sign, digits = number.groups()
    if len(digits) > _DIGITS:
        raise ValueError(f"{INT}, is {text[:50]}")
    return int(sign + digits)


def _boolean(text: str) -> bool:
    if text.lower() not in ("true", "false", "1", "0"):
        raise ValueError(f"must be true or false, is {text[:50]!r}")
    return text.lower() in ("true", "1")


_READERS: dict[str, Callable[[str], Any]] = {"Int": _integer, "Boolean": _boolean}


def read(type_: GraphQLInputType, text: str) -> Any:
    """Text as a value of `type_`.

    Raises:
        ValueError: it cannot be one; the sentence says what is wrong.
    """
    named = get_named_type(type_)
    if isinstance(named, GraphQLEnumType) and text not in named.values:
        raise ValueError(f"must be one of {', '.join(named.values)}, is {text[:50]!r}")
    return _READERS[named.name](text) if isinstance(named, GraphQLScalarType) and named.name in _READERS else text


def listed(text: str) -> Any:
    """A list that came as text (contract section 2): a JSON array, words between commas, or one word."""
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        value = None
    return value if isinstance(value, list) else [word for part in text.split(",") if (word := part.strip())]
