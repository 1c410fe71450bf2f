"""What a database can do to its caller, told without the driver's vocabulary."""

from __future__ import annotations


class DatabaseError(Exception):
    """Base of this module's errors. The texts are for the log, never for a client."""


class Unavailable(DatabaseError):
    """No answer could be had: unreachable, shutting down, out of connections or over the time limit. Nothing is known to be changed."""


class Duplicate(DatabaseError):
    """A unique constraint refused the write."""

    def __init__(self, constraint: str) -> None:
        super().__init__(f"duplicate key in {constraint}")
        self.constraint = constraint


class Dangling(DatabaseError):
    """A foreign key refused the write: the row that it names is gone."""

    def __init__(self, constraint: str) -> None:
        super().__init__(f"no such row for {constraint}")
        self.constraint = constraint


class Unstorable(DatabaseError):
    """A value that no column can hold or compare, such as text with a NUL character."""
