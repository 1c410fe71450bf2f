"""The worker function: on each event of its schedule or queue it empties the outbox (design.md, "Search").

Like the HTTP function it keeps one event loop, and with it the connections of earlier invocations.
"""

from __future__ import annotations

import asyncio
from typing import Any

from gateway import logs, worker
from gateway.gateway import Gateway
from settings import settings

_loop = asyncio.new_event_loop()
asyncio.set_event_loop(_loop)
logs.configure(settings())
_services = Gateway.of(settings()).services


def handler(_event: Any, _context: Any) -> dict[str, int]:
    """Do what is due; what the event says makes no difference, since the outbox says it all."""
    return {"done": _loop.run_until_complete(worker.drain(_services))}
