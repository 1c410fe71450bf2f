"""What a wish may be, and where it stands on the wishlist (contract sections 3 and 7; PRD 3.6.1, 3.6.4, 3.6.6).

A position is text, as the legacy table keeps it. What reads as a number is one: `2` comes before `10`, `1` and `1.0` are the same
position. Everything else is text and comes after the numbers. `store` puts the same question to PostgreSQL; the two must agree.
"""

from __future__ import annotations

import math
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from resolvers.errors import FieldError, ValidationFailed, null_errors, refuse
from resolvers.permissions import id_errors
from resolvers.text import Text, text_errors

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

POSITION = Text(50, shortest=1)
TEXTS = {
    "title": Text(255, shortest=1),
    "description": Text(2000),
    "product_link": Text(2048),
    "image_url": Text(2048),
    "category": Text(100, shortest=1),
    "sort_order": POSITION,
}
LINKS = ("product_link", "image_url")
MOST_REORDERED = 1000  # items of one request

# The exponent is what JSON numbers such as 1e-7 come with. The bounds are those of a position; no text may grow into a number that
# PostgreSQL cannot hold.
_NUMBER = re.compile(r"-?[0-9]{1,50}(\.[0-9]{1,50})?(e[-+]?[0-9]{1,2})?", re.IGNORECASE | re.ASCII)
# The whole numbers that fit into a position.
_FIRST: int = 1 - 10 ** (POSITION.longest - 1)
_LAST: int = 10**POSITION.longest - 1
_SHOWN = 50  # characters of a wrong value

Place = Decimal | str
"""A position as it is compared: a number, or text."""


def new(values: dict[str, Any]) -> dict[str, Any]:
    """The columns of a new wish; without `sort_order` it has yet to get a position.

    Raises:
        ValidationFailed: naming every wrong field.
    """
    refuse(_errors(values))
    return values


def change(values: dict[str, Any]) -> dict[str, Any]:
    """The columns of an update; only those that were given.

    Raises:
        ValidationFailed: naming every wrong field.
    """
    refuse([*null_errors(values, "title", "sort_order"), *_errors(values)])
    return values


def with_size_unknown(values: dict[str, Any]) -> dict[str, Any]:
    """The columns of an update; nobody has measured a picture that is named by its URL."""
    return {**values, "image_width": None, "image_height": None} if "image_url" in values else values


def _errors(values: dict[str, Any]) -> Iterator[FieldError]:
    given = {name: value for name, value in values.items() if value is not None}
    yield from text_errors(TEXTS, given)
    for name in LINKS:
        if name in given and not _is_link(given[name]):
            yield FieldError(
                (name,), f"must be an http or https URL, such as https://example.com/, is {given[name][:_SHOWN]!r}"
            )


def _is_link(text: str) -> bool:
    """Whether `text` is a URL as it stands: browsers, and with them pydantic, would mend blanks and slashes that are wrong."""
    from pydantic import HttpUrl, ValidationError  # noqa: PLC0415 - a tenth of a cold start, and for links alone

    if text.split() != [text]:
        return False
    try:
        HttpUrl(text)
        return bool(urlsplit(text).hostname)
    except (ValidationError, ValueError):
        return False


# -- positions -----------------------------------------------------------------------------------------------------------------


def place(sort_order: str) -> Place:
    """Where `sort_order` is: a number if it reads as one."""
    return Decimal(sort_order) if _NUMBER.fullmatch(sort_order) else sort_order


def default(sort_orders: Iterable[str]) -> str:
    """The position of a new wish: the next whole number after the highest that is taken, 1 where there is none."""
    taken = _numbers(map(place, sort_orders))
    return str(_free(max(taken, default=Decimal(0)), taken, taken))


def _numbers(places: Iterable[Place]) -> set[Decimal]:
    return {where for where in places if isinstance(where, Decimal)}


def _free(after: Decimal, taken: set[Decimal], held: set[Decimal]) -> int:
    """The next whole number after `after` that is not `taken`.

    At the end of the scale, where no more fits into a position, the nearest before the end that nothing holds.
    """
    number = max(math.floor(after) + 1, _FIRST)
    while number in taken:
        number += 1
    if number > _LAST:
        number = _LAST
        while number in held:
            number -= 1
    return number


# -- reordering ----------------------------------------------------------------------------------------------------------------


def named(items: Sequence[str] | None, item_ids: Sequence[str] | None) -> list[str]:
    """The ids that a reorder names, as PostgreSQL writes them.

    Args:
        items: the ids of `items`, None where it was not given.
        item_ids: those of `itemIds`.

    Raises:
        ValidationFailed: not exactly one of the two was given, or none or too many or malformed ids are in it.
    """
    if (items is None) == (item_ids is None):
        raise ValidationFailed(FieldError(("items",), "must be given, or else itemIds, and not both"))
    given, field, rest = (items, "items", ("id",)) if items is not None else (item_ids or [], "item_ids", ())
    if not 1 <= len(given) <= MOST_REORDERED:
        raise ValidationFailed(FieldError((field,), f"must name 1 to {MOST_REORDERED} items, names {len(given)}"))
    refuse(error for place, one in enumerate(given) for error in id_errors(one, field, place, *rest))
    return [identifier.lower() for identifier in given]


def sequenced(held: dict[str, str], item_ids: list[str]) -> dict[str, str]:
    """The positions that change when the items of `item_ids` share out their places among themselves, in this order.

    The whole list is numbered from 1: so a page or a category is reordered without touching the order of the rest.

    Args:
        held: every position by id, in the order of the list.
        item_ids: some of its ids.

    Raises:
        ValidationFailed: an item is named twice.
    """
    refuse(_repeated(item_ids, "item_ids"))
    listed, following = set(item_ids), iter(item_ids)
    sequence = [next(following) if identifier in listed else identifier for identifier in held]
    numbered = {identifier: str(number) for number, identifier in enumerate(sequence, 1)}
    return {identifier: new for identifier, new in numbered.items() if held[identifier] != new}


def arranged(held: dict[str, str], items: list[tuple[str, str]]) -> dict[str, str]:
    """The positions that change when each of `items` gets the position given with it.

    No other item stays where one of these goes. A number that is taken moves to the next whole number after it that none of `items` has,
    and pushes on what is there; a text that is taken goes after the last number.

    Args:
        held: every position by id, in the order of the list.
        items: some of its ids, each with its new position.

    Raises:
        ValidationFailed: an item or a position is named twice, or a position is none.
    """
    refuse([*_repeated([identifier for identifier, _ in items], "items"), *_position_errors(items)])
    asked = dict(items)
    fixed = {place(sort_order) for sort_order in asked.values()}
    others = {identifier: place(held[identifier]) for identifier in held if identifier not in asked}
    numbers = {identifier: where for identifier, where in others.items() if isinstance(where, Decimal)}
    moved = _pushed(numbers, _numbers(fixed))
    taken = _numbers(fixed) | {moved.get(identifier, where) for identifier, where in numbers.items()}
    end = max(taken, default=Decimal(0))
    for identifier, where in others.items():
        if isinstance(where, str) and where in fixed:
            moved[identifier] = end = Decimal(_free(end, taken, taken))
            taken.add(end)
    final = asked | {identifier: str(where) for identifier, where in moved.items()}
    return {identifier: new for identifier, new in final.items() if held[identifier] != new}


def _pushed(numbers: dict[str, Decimal], fixed: set[Decimal]) -> dict[str, Decimal]:
    """Where those of `numbers`, which rise, move to because something of `fixed`, or one that moved before them, is there now."""
    moved: dict[str, Decimal] = {}
    taken, held = set(fixed), fixed | set(numbers.values())
    last = Decimal("-Infinity")  # between an item and where the last one went all is taken; it is not searched again
    for identifier, where in numbers.items():
        if where in taken:
            free = Decimal(_free(max(where, last), taken, held))
            moved[identifier] = free
            taken.add(free)
            held.add(free)
            last = max(last, free)
    return moved


def _repeated(item_ids: list[str], field: str) -> Iterator[FieldError]:
    rest = ("id",) if field == "items" else ()
    first: dict[str, int] = {}
    for number, identifier in enumerate(item_ids):
        if first.setdefault(identifier, number) != number:
            yield FieldError((field, number, *rest), f"names the same item as number {first[identifier]} of the list")


def _position_errors(items: list[tuple[str, str]]) -> Iterator[FieldError]:
    first: dict[Place, int] = {}
    for number, (_, sort_order) in enumerate(items):
        path = ("items", number, "sort_order")
        complaints = [*POSITION.complaints(sort_order)]
        yield from (FieldError(path, complaint) for complaint in complaints)
        if not complaints and first.setdefault(place(sort_order), number) != number:
            yield FieldError(
                path, f"is the position of number {first[place(sort_order)]} of the list, too: {sort_order!r}"
            )
