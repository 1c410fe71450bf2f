"""Scalars of the schema, under standard names where there are any; rows bring their values as text, so that serialising is an identity."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any, NewType

import strawberry
from graphql import GraphQLError


def _parse(value: Any) -> datetime:
    """Read ISO-8601; a time without a zone is UTC. Tables keep UTC without a zone (contract section 6)."""
    if not isinstance(value, str):
        raise GraphQLError(f"DateTime must be ISO-8601 text, is {value!r}")
    try:
        moment = datetime.fromisoformat(value)
        utc = moment.astimezone(UTC) if moment.tzinfo else moment
    except (ValueError, OverflowError):
        raise GraphQLError(f"DateTime must be ISO-8601 such as 2024-01-31T12:00:00.000Z, is {value[:50]!r}") from None
    return utc.replace(tzinfo=None)


DATE_TIME = strawberry.scalar(
    name="DateTime",
    description="A moment in UTC: ISO-8601 with milliseconds and Z, such as 2024-01-31T12:00:00.000Z.",
    specified_by_url="https://datatracker.ietf.org/doc/html/rfc3339",
    serialize=str,
    parse_value=_parse,
)

TextOrNumber = NewType("TextOrNumber", str)
"""Text of an input that clients may also send as a number, since columns of the legacy tables keep numbers as text."""


def _text(value: Any) -> TextOrNumber:
    """`value` as text: 812 is "812", 49.9 is "49.9", text is itself."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise GraphQLError(f"must be a string or a number, is {str(value)[:50]}")
    if isinstance(value, float) and not math.isfinite(value):  # a literal too large for any number
        raise GraphQLError("must be a number that there is, is too large")
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return TextOrNumber(str(value))


TEXT_OR_NUMBER = strawberry.scalar(
    name="TextOrNumber",
    description="Text; a number is taken as its digits.",
    serialize=str,
    parse_value=_text,
)
