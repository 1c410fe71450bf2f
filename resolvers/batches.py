"""The answer that a DataLoader's batch function owes: one list of rows for each key, in the order of the keys."""

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
