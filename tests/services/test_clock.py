"""One timer for many who wait."""

from __future__ import annotations

import asyncio

import pytest

from services.clock import Clock


async def test_each_is_given_up_when_its_own_time_is_over() -> None:
    clock, loop = Clock(0.05, 0.05), asyncio.get_running_loop()
    began = loop.time()
    answers = []
    for _ in range(3):
        answer = loop.create_future()
        answer.add_done_callback(lambda done: answers.append((done.cancelled(), loop.time() - began)))
        clock.start(answer)
        await asyncio.sleep(0.03)
    await asyncio.sleep(0.1)
    assert [cancelled for cancelled, _ in answers] == [True] * 3
    assert [0.05 + 0.03 * number <= after < 1 for number, (_, after) in enumerate(answers)] == [True] * 3


async def test_what_has_ended_is_left_alone_also_at_the_last_moment() -> None:
    clock, loop = Clock(0.02, 0.02), asyncio.get_running_loop()
    task = asyncio.ensure_future(asyncio.sleep(0.2, "slept"))
    call = clock.start(task)

    def end() -> None:
        assert call.late  # it has rung, and what it is about to do comes next
        clock.end(call)

    loop.call_at(call.began + 0.02, lambda: loop.call_soon(end) if not call.late else end())
    assert await task == "slept"
    assert not call.given_up


async def test_it_rings_again_for_those_who_come_later_and_in_another_loop() -> None:
    clock = Clock(0.02, 0.02)

    async def limited() -> None:
        answer = asyncio.get_running_loop().create_future()
        call = clock.start(answer)
        with pytest.raises(asyncio.CancelledError):
            await answer
        assert call.given_up
        clock.end(call)

    await limited()
    await limited()
    await asyncio.to_thread(lambda: asyncio.run(limited()))
