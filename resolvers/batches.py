"""The answer that a DataLoader's batch function owes: one list of rows for each key, in the order of the keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from asyncpg import Record


def by_key(rows: list[Record], column: str, keys: list[str]) -> list[list[Record]]:
    """Sort `rows` into one list for each of `keys` by the value of their `column`; their order is kept."""
    groups: dict[str, list[Record]] = {key: [] for key in keys}
    for row in rows:
        groups[row[column]].append(row)
    return [groups[key] for key in keys]
