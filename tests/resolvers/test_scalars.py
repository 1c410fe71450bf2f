"""What scalars take (RFC 3339 for moments)."""

from __future__ import annotations

from datetime import datetime

import pytest
from graphql import GraphQLError, GraphQLScalarType

from resolvers.schema import GRAPHQL


def scalar(name: str) -> GraphQLScalarType:
    type_ = GRAPHQL.type_map[name]
    assert isinstance(type_, GraphQLScalarType)
    return type_


DATE_TIME, TEXT_OR_NUMBER = scalar("DateTime"), scalar("TextOrNumber")


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2024-01-31T12:00:00.000Z", datetime(2024, 1, 31, 12)),  # noqa: DTZ001 - tables keep UTC without a zone
        ("2024-06-30t10:00:00z", datetime(2024, 6, 30, 10)),  # noqa: DTZ001 - as above
        ("2024-06-30 10:00:00.5+05:30", datetime(2024, 6, 30, 4, 30, 0, 500_000)),  # noqa: DTZ001 - as above
        ("2024-06-30T10:00", datetime(2024, 6, 30, 10)),  # noqa: DTZ001 - as above
        ("2024-06-30", datetime(2024, 6, 30)),  # noqa: DTZ001 - as above
        ("0001-01-02", datetime(1, 1, 2)),  # noqa: DTZ001 - as above
    ],
)
def test_a_moment_is_kept_in_utc(text: str, moment: datetime) -> None:
    assert DATE_TIME.parse_value(text) == moment


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("2024-W26-7", "DateTime must be ISO-8601 such as 2024-01-31T12:00:00.000Z, is '2024-W26-7'"),
        ("20240630", "DateTime must be ISO-8601 such as 2024-01-31T12:00:00.000Z, is '20240630'"),
        (
            "2020-02-30T00:00:00Z",
            "DateTime must be a moment of the calendar, is '2020-02-30T00:00:00Z': day is out of range for month",
        ),
        # What Go and .NET call no moment at all, and the driver infinity.
        *(
            (text, f"DateTime must be from 0001-01-02 to 9999-12-30, is {text!r}")
            for text in (
                "0001-01-01T00:00:00Z",
                "0001-01-01T00:00:00+05:00",
                "9999-12-31T23:59:59.9999999Z",
                "9999-12-31T23:59:59-01:00",
            )
        ),
    ],
)
def test_what_is_no_moment_is_refused(text: str, message: str) -> None:
    with pytest.raises(GraphQLError) as refused:
        DATE_TIME.parse_value(text)
    assert refused.value.message == message


@pytest.mark.parametrize(
    ("value", "text"),
    [(812, "812"), (49.9, "49.9"), (5.0, "5"), ("x", "x"), (10**30, "1" + "0" * 30), (-1e14, "-1" + "0" * 14)],
)
def test_a_number_is_taken_as_its_digits(value: object, text: str) -> None:
    assert TEXT_OR_NUMBER.parse_value(value) == text


@pytest.mark.parametrize("value", [1e400, 12345678901234567741440.0, -1e15, True, None, [1]])
def test_a_number_whose_digits_are_lost_is_refused(value: object) -> None:
    with pytest.raises(GraphQLError):
        TEXT_OR_NUMBER.parse_value(value)
