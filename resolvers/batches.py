"""The answers that a DataLoader's batch function owes: for each key a list of rows or one row, in the order of the keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asyncpg import Record

_Key = TypeVar("_Key", str, int)


def by_key(rows: list[Record], column: str, keys: Sequence[_Key]) -> list[list[Record]]:
    """Sort `rows` into one list for each of `keys` by the value of their `column`; their order is kept."""
    groups: dict[_Key, list[Record]] = {key: [] for key in keys}
    for row in rows:
        groups[row[column]].append(row)
    return [groups[key] for key in keys]


def by_owner(rows: list[Record], keys: Sequence[tuple[str, str]]) -> list[Record | None]:
    """The one of `rows` for each of `keys`, an id and the user whose it must be; None where there is none."""
    found = {(row["id"], row["user_id"]): row for row in rows}
    return [found.get(key) for key in keys]
