"""Scalars of the schema, under standard names where there are any; rows bring their values as text, so that serialising is an identity."""

from __future__ import annotations

import math
import re
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, NewType

import strawberry
from graphql import GraphQLError

# RFC 3339, and what clients have always sent besides: a day alone, a time without a zone or without seconds.
_WRITTEN = re.compile(r"\d{4}-\d\d-\d\d([Tt ]\d\d:\d\d(:\d\d(\.\d+)?)?([Zz]|[+-]\d\d:?\d\d)?)?", re.ASCII)
# The first and the last moment of Python's calendar mean no moment at all to the driver.
_FIRST, _LAST = datetime(1, 1, 2), datetime(9999, 12, 31)  # noqa: DTZ001 - tables keep UTC without a zone


def _parse(value: Any) -> datetime:
    """Read ISO-8601; a time without a zone is UTC. Tables keep UTC without a zone (contract section 6)."""
    if not isinstance(value, str):
        raise GraphQLError(f"DateTime must be ISO-8601 text, is {value!r}")
    if not _WRITTEN.fullmatch(value):
        raise GraphQLError(f"DateTime must be ISO-8601 such as 2024-01-31T12:00:00.000Z, is {value[:50]!r}")
    try:
        moment = datetime.fromisoformat(value.upper())
    except ValueError as error:
        raise GraphQLError(f"DateTime must be a moment of the calendar, is {value[:50]!r}: {error}") from None
    with suppress(OverflowError):  # before the first moment in UTC, or after the last
        utc = (moment.astimezone(UTC) if moment.tzinfo else moment).replace(tzinfo=None)
        if _FIRST <= utc < _LAST:
            return utc
    raise GraphQLError(f"DateTime must be from 0001-01-02 to 9999-12-30, is {value[:50]!r}")


DATE_TIME = strawberry.scalar(
    name="DateTime",
    description="A moment, told in UTC with milliseconds and Z, such as 2024-01-31T12:00:00.000Z. In an input the time may be "
    "missing, or its zone, which is UTC then.",
    specified_by_url="https://datatracker.ietf.org/doc/html/rfc3339",
    serialize=str,
    parse_value=_parse,
)

TextOrNumber = NewType("TextOrNumber", str)
"""Text of an input that clients may also send as a number, since columns of the legacy tables keep numbers as text."""


_EXACT = 10**15  # of a number that is no integer to the parser, 15 digits are certain


def _text(value: Any) -> TextOrNumber:
    """`value` as text: 812 is "812", 49.9 is "49.9", text is itself."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise GraphQLError(f"must be a string or a number, is {str(value)[:50]}")
    if isinstance(value, float) and (not math.isfinite(value) or abs(value) >= _EXACT):
        raise GraphQLError("must be text where a number has more than 15 digits, which JSON does not carry exactly")
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return TextOrNumber(str(value))


TEXT_OR_NUMBER = strawberry.scalar(
    name="TextOrNumber",
    description="Text; a number is taken as its digits.",
    serialize=str,
    parse_value=_text,
)
