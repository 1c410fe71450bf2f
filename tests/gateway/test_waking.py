"""A change wakes the worker: the task beside the API, or the function behind the queue (docs/decisions/0015)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from gateway import worker
from gateway.dev.process import free_port
from services import queue
from services.aws import Aws
from tests.gateway.conftest import MOC

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import asyncpg
    import httpx
    from fastapi import FastAPI

    from gateway.dev.aws import Aws as Server


@pytest.fixture
def queue_url(aws: Server) -> Iterator[str]:
    client = aws.client("sqs")
    url = client.create_queue(QueueName="outbox")["QueueUrl"]
    yield url
    client.delete_queue(QueueUrl=url)


def messages(aws: Server, url: str) -> int:
    """How many wait in the queue."""
    told = aws.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])
    return int(told["Attributes"]["ApproximateNumberOfMessages"])


async def test_a_change_wakes_the_task_beside_the_api(
    app: FastAPI, create: Callable[..., Any], database: asyncpg.Connection[asyncpg.Record]
) -> None:
    services = app.state.gateway.services
    working = asyncio.create_task(worker.keep_draining(services))
    try:
        while services.changed.is_set() or not services.changed._waiters:  # noqa: ASYNC110, SLF001 - until it waits
            await asyncio.sleep(0.01)
        async with asyncio.timeout(worker.PAUSE - 1):
            await create()
            while await database.fetchval("SELECT count(*) FROM outbox"):  # noqa: ASYNC110 - a table sets no event
                await asyncio.sleep(0.05)
    finally:
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)


async def test_a_change_sends_a_message_and_a_read_or_a_refusal_none(
    process: Callable[..., httpx.AsyncClient], aws: Server, queue_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "TIMEOUT", 20)  # the emulated queue may be slow
    alice = process(outbox_queue_url=queue_url)
    assert (await alice.get("/api/mocs")).status_code == 200
    assert (await alice.post("/api/mocs", json={"type": "moc"})).status_code == 400
    assert messages(aws, queue_url) == 0
    assert (await alice.post("/api/mocs", json=MOC)).status_code == 201
    assert messages(aws, queue_url) == 1


async def test_a_queue_that_is_away_takes_nothing_from_the_change(
    process: Callable[..., httpx.AsyncClient], capsys: pytest.CaptureFixture[str]
) -> None:
    alice = process(outbox_queue_url=f"http://127.0.0.1:{free_port()}/1/gone")
    assert (await alice.post("/api/mocs", json=MOC)).status_code == 201
    assert "the worker was not woken" in capsys.readouterr().out


async def test_a_queue_that_never_answers_is_not_waited_for(silent: str) -> None:
    clients = Aws("us-east-1", f"http://{silent}")
    await clients.client("sqs")
    loop = asyncio.get_running_loop()
    started = loop.time()
    await queue.Queue(clients, f"http://{silent}/1/outbox").wake()
    assert loop.time() - started < 3
    await clients.close()
