"""Inputs of mutations as plain values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from strawberry import UNSET

from resolvers.errors import ValidationFailed

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from asyncpg import Record

    Values = dict[str, Any]


def sent(input_: object) -> Values:
    """The fields of an input that the client sent, by their Python names; null is a value, what was left out is none."""
    return {name: value for name, value in vars(input_).items() if value is not UNSET}


async def changes(
    given: Values, rule: Callable[[Values], Values], before: Callable[[], Awaitable[Record | None]]
) -> Values:
    """The columns of an update.

    What is sent back as it was shown is no change and breaks no rule: rows of the legacy service do not all follow them.

    Args:
        given: what was sent.
        rule: the domain's.
        before: reads the row; called where the rule refuses something.

    Raises:
        ValidationFailed: naming every field whose new value is wrong.
    """
    try:
        return rule(given)
    except ValidationFailed:
        row = await before()
        return rule({name: value for name, value in given.items() if row is None or row.get(name, UNSET) != value})
