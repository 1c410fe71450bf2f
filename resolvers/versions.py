"""Optimistic locking: a change is made only of the version that its author saw (PRD 2.5.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from resolvers.errors import PreconditionFailed

if TYPE_CHECKING:
    from datetime import datetime


def current(version: str, expected: datetime | None, noun: str) -> None:
    """Accept a change of a `noun` whose `updatedAt` is `version`, if that is what was expected, or if nothing was.

    Raises:
        PreconditionFailed: another change came first.
    """
    if expected is not None and f"{expected.isoformat(timespec='milliseconds')}Z" != version:
        raise PreconditionFailed(f"This {noun} was changed at {version}, after the version that you saw; read it again")
