"""What is counted in Redis: requests, in windows that the first of them opens (contract section 5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from services.spelling import Rate


class Window(NamedTuple):
    """How often something was counted, the seconds that the count still lasts, and when it ends, by the clock of whoever counts."""

    used: int
    left: float
    ends: float = 0

    @classmethod
    def told(cls, used: int, milliseconds: int, ends: int) -> Window:
        """What a script returns of one (`services.scripts`)."""
        return cls(used, milliseconds / 1000, ends)


class Count(NamedTuple):
    """What is counted with a look: under which key, and how many a window of it may hold."""

    key: str
    rate: Rate


class Admission(Protocol):
    """A request that is counted in the moment in which the change that it makes takes effect.

    Attributes:
        caller: whose request it is.
    """

    @property
    def caller(self) -> str:
        """The user's id."""

    async def admit(self) -> None:
        """Count it by itself, unless it is counted; raises as `settle`."""

    def due(self) -> Count | None:
        """How it is to be counted; None once it is."""

    def settle(self, window: Window | None) -> None:
        """Hear what was counted, None where Redis gave no answer.

        Raises:
            Exception: the request is one too many, and is not to change anything.
        """
