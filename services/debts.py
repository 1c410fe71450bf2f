"""Changes of which Redis was not told when they were made: whose they are, and what has to be told of them yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

OWED = 10_000  # users; of more than this, the outbox tells
# Marks of one user that may have come all the same: one for each try of the breaker, in the half minute that they last.
MARKS = 8
_NOBODY = "-"  # in place of a writer whose mark cannot have come


class Debts:
    """What one process owes Redis. For each user the names of writers whose mark may be there, between spaces (`services.scripts`)."""

    def __init__(self) -> None:
        self._writers: dict[str, str] = {}

    def add(self, user_id: str, writer: str | None) -> None:
        """Owe it a change of what this user sees; `writer` where Redis was asked and did not answer."""
        writers = dict.fromkeys([*self._writers.get(user_id, "").split(), writer or _NOBODY])
        self._writers[user_id] = " ".join([*writers][-MARKS:])
        if len(self._writers) > OWED:
            del self._writers[next(iter(self._writers))]

    def of(self, user_id: str) -> str:
        """What is to be told for this user; nothing where nothing is owed."""
        return self._writers.get(user_id, "")

    def paid(self, user_id: str, writers: str) -> None:
        """That this was told; what came meanwhile is still owed."""
        if writers and self._writers.get(user_id) == writers:
            del self._writers[user_id]

    def __iter__(self) -> Iterator[str]:
        """The users."""
        return iter(self._writers)

    def __len__(self) -> int:
        """How many they are."""
        return len(self._writers)
