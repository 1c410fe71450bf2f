"""Parts that fail, hang and dawdle, over real sockets where it matters (PRD 4.8.3)."""

from __future__ import annotations

import asyncio
import logging
import time

import pytest

from services.breaker import Breaker, Refused, Unreachable


async def never() -> None:
    await asyncio.Event().wait()


async def works() -> str:
    return "answer"


async def fails() -> None:
    raise OSError("connection refused")


async def refuses() -> None:
    raise Refused("no such index")


async def test_a_failure_saves_the_next_callers_the_wait() -> None:
    breaker = Breaker("part", 0.05, rest=0.2)
    asked = 0

    async def hangs() -> None:
        nonlocal asked
        asked += 1
        await never()

    with pytest.raises(Unreachable, match="does not answer"):
        await breaker.call(hangs)
    for _ in range(100):
        with pytest.raises(Unreachable, match="left alone"):
            await breaker.call(hangs)
    assert (asked, breaker.closed) == (1, False)
    await asyncio.sleep(0.2)
    outcomes = await asyncio.gather(*(breaker.call(hangs) for _ in range(20)), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [Unreachable] * 20
    assert asked == 2, "one caller tries for all"


async def test_a_part_that_answers_again_is_asked_as_before() -> None:
    breaker = Breaker("part", 1, rest=0.05)
    with pytest.raises(Unreachable, match="connection refused"):
        await breaker.call(fails)
    await asyncio.sleep(0.06)
    assert await breaker.call(works) == "answer"
    assert breaker.closed
    assert await asyncio.gather(*(breaker.call(works) for _ in range(5))) == ["answer"] * 5


async def test_the_log_says_once_that_a_part_is_left_alone_and_once_for_how_long(
    caplog: pytest.LogCaptureFixture,
) -> None:
    breaker = Breaker("part", 1, rest=0.1)
    with caplog.at_level(logging.INFO, "brickgate.breaker"):
        for _ in range(3):
            for _ in range(5):
                with pytest.raises(Unreachable):
                    await breaker.call(fails)
            await asyncio.sleep(0.11)
        for _ in range(2):
            await breaker.call(works)
    said = [(record.getMessage(), vars(record)["seconds"]) for record in caplog.records]
    assert [message for message, _ in said] == ["left alone", "answers again"]
    assert said[0][1] == 0.1
    assert 0.3 <= said[1][1] < 3


async def test_a_refusal_is_an_answer() -> None:
    breaker = Breaker("part", 1)
    for _ in range(2):
        with pytest.raises(Refused, match="no such index"):
            await breaker.call(refuses)
    assert breaker.closed


async def test_an_answer_that_says_nothing_of_the_part_is_not_held_against_it() -> None:
    async def gone() -> None:
        raise Unreachable("somebody else has closed the connection")

    breaker = Breaker("part", 1)
    with pytest.raises(Unreachable, match="somebody else"):
        await breaker.call(gone)
    assert breaker.closed


async def test_an_answer_is_cancelled_with_whoever_waits_for_it_and_when_its_time_is_up() -> None:
    breaker = Breaker("part", 0.05)
    answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    waiting = asyncio.create_task(breaker.answer(answer))
    await asyncio.sleep(0)
    waiting.cancel()
    assert isinstance((await asyncio.gather(waiting, return_exceptions=True))[0], asyncio.CancelledError)
    assert (answer.cancelled(), breaker.closed) == (True, True)
    answer = asyncio.get_running_loop().create_future()
    with pytest.raises(Unreachable):
        await breaker.answer(answer)
    assert (answer.cancelled(), breaker.closed) == (True, False)


async def test_one_who_is_cancelled_just_when_the_time_is_up_is_cancelled() -> None:
    breaker = Breaker("part", 0.05)
    answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    waiting = asyncio.create_task(breaker.answer(answer))
    answer.add_done_callback(lambda _: waiting.cancel())  # before the task has heard of it
    assert isinstance((await asyncio.gather(waiting, return_exceptions=True))[0], asyncio.CancelledError)


async def test_a_slow_answer_is_taken_and_the_next_one_not_waited_for() -> None:
    breaker = Breaker("part", 1, slow=0.03)

    async def dawdles() -> str:
        await asyncio.sleep(0.08)
        return "late"

    assert await breaker.call(dawdles) == "late"
    with pytest.raises(Unreachable):
        await breaker.call(works)


async def test_a_process_that_is_busy_blames_itself_twice_and_then_the_part() -> None:
    breaker = Breaker("part", 0.02)
    done = False

    async def busy() -> None:
        while not done:
            time.sleep(0.01)  # noqa: ASYNC251 - what the event loop is kept from is the point
            await asyncio.sleep(0)

    working = asyncio.create_task(busy())
    for closed in (True, True, False):
        with pytest.raises(Unreachable, match="does not answer"):
            await breaker.call(never)
        assert breaker.closed is closed
    done = True
    await working


async def test_an_answer_that_a_busy_process_heard_late_is_no_slow_one() -> None:
    breaker = Breaker("part", 5, slow=0.01)

    async def prompt() -> str:
        for _ in range(5):
            await asyncio.sleep(0)
        return "answer"

    async def busy() -> None:
        for _ in range(10):
            time.sleep(0.01)  # noqa: ASYNC251 - as above
            await asyncio.sleep(0)

    working = asyncio.create_task(busy())
    assert await breaker.call(prompt) == "answer"
    assert breaker.closed
    await working
