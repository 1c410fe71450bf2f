"""The worker function: acts on verdicts of malware scans, and at each event of its schedule or queue empties the outbox.

Like the HTTP function it keeps one event loop, and with it the connections of earlier invocations.
"""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from gateway import logs, worker
from gateway.gateway import Gateway
from settings import settings

if TYPE_CHECKING:
    from collections.abc import Iterator

_loop = asyncio.new_event_loop()
asyncio.set_event_loop(_loop)
logs.configure(settings())
_services = Gateway.of(settings()).services


def handler(event: Any, _context: Any) -> dict[str, int]:
    """Do what the event says, and all that is due."""
    return _loop.run_until_complete(_work(event))


async def _work(event: Any) -> dict[str, int]:
    threats = [await worker.judge(_services, one) for one in _events(event) if one.get("detail-type") == worker.VERDICT]
    return {"threats": sum(threats), "done": await worker.drain(_services)}


def _events(event: Any) -> Iterator[dict[str, Any]]:
    """The event itself, or those that a queue has kept for it."""
    records = event.get("Records") if isinstance(event, dict) else None
    if records is None:
        yield event if isinstance(event, dict) else {}
    else:
        for record in records:
            body = json.loads(record["body"])
            if isinstance(body, dict):
                yield body
