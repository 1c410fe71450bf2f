"""The one policy of trying again (PRD 4.8)."""

from __future__ import annotations

import asyncio
import logging

import pytest

from services.retry import ATTEMPTS, FIRST_WAIT, JITTER, LONGEST_WAIT, retried


class Fails:
    """A call that fails so many times, and remembers when it was made."""

    def __init__(self, times: int) -> None:
        self._left = times
        self.made: list[float] = []

    async def __call__(self) -> str:
        self.made.append(asyncio.get_running_loop().time())
        self._left -= 1
        if self._left >= 0:
            raise ConnectionError(f"{self._left} more")
        return "done"

    @property
    def waits(self) -> list[float]:
        return [later - earlier for earlier, later in zip(self.made, self.made[1:], strict=False)]


@pytest.mark.prd("4.8.2")
@pytest.mark.parametrize("faults", range(ATTEMPTS))
async def test_a_transient_fault_is_tried_again_after_waits_that_grow(faults: int) -> None:
    call = Fails(faults)
    assert await retried(call, lambda error: isinstance(error, ConnectionError)) == "done"
    assert len(call.made) == faults + 1
    for number, wait in enumerate(call.waits):
        shortest = FIRST_WAIT * 2**number
        assert shortest <= wait < min(shortest + JITTER, LONGEST_WAIT) + 0.5


@pytest.mark.prd("4.8.2")
async def test_after_three_attempts_the_last_fault_is_told() -> None:
    call = Fails(ATTEMPTS)
    with pytest.raises(ConnectionError, match="0 more"):
        await retried(call, lambda _: True)
    assert len(call.made) == ATTEMPTS == 3


@pytest.mark.prd("4.8.3")
async def test_what_is_not_transient_is_told_at_once() -> None:
    call = Fails(1)
    with pytest.raises(ConnectionError):
        await retried(call, lambda error: isinstance(error, KeyError))
    assert len(call.made) == 1


async def test_a_fault_that_turns_into_another_kind_ends_the_attempts() -> None:
    faults = iter((ConnectionError("first"), KeyError("second")))

    async def call() -> None:
        raise next(faults)

    with pytest.raises(KeyError, match="second"):
        await retried(call, lambda error: isinstance(error, ConnectionError))


@pytest.mark.prd("4.8.4")
async def test_waits_are_not_alike() -> None:
    """Jitter: clients that failed together do not come back together."""
    calls = [Fails(1) for _ in range(10)]
    await asyncio.gather(*(retried(call, lambda _: True) for call in calls))
    assert max(call.waits[0] for call in calls) - min(call.waits[0] for call in calls) > JITTER / 10


async def test_each_further_attempt_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "brickgate.retry"):
        await retried(Fails(2), lambda _: True)
    told = [(vars(record)["errorType"], vars(record)["attempt"]) for record in caplog.records]
    assert told == [("ConnectionError", 2), ("ConnectionError", 3)]
