"""SQS, by which a change wakes the worker (docs/decisions/0015). Only a hint: the worker sweeps every minute all the same."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from services.tracing import span

if TYPE_CHECKING:
    from services.aws import Aws

TIMEOUT = 0.5  # seconds; whoever waits has what they asked for already
MESSAGE = "{}"
_TOLD = {"rpc.method": "SendMessage"}

_log = logging.getLogger("brickgate.queue")


class Queue:
    """One queue.

    Args:
        aws: the clients of this process.
        url: the queue's.
    """

    def __init__(self, aws: Aws, url: str) -> None:
        self._aws, self._url = aws, url

    async def wake(self) -> None:
        """Send a message, whatever it says; a failure is logged and no more."""
        try:
            client = await self._aws.client("sqs")
            with span("queue", "SQS.SendMessage", _TOLD):
                async with asyncio.timeout(TIMEOUT):
                    await client.send_message(QueueUrl=self._url, MessageBody=MESSAGE)
        except Exception as error:  # noqa: BLE001 - the write has succeeded, and the worker comes by anyway
            _log.warning(
                "the worker was not woken", extra={"errorType": type(error).__name__, "errorMessage": str(error)}
            )
