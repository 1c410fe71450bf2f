"""The AppSync function: events of direct Lambda resolvers to the schema.

Like the HTTP function it keeps one event loop, and with it the connections of earlier invocations.
"""

from __future__ import annotations

import asyncio
from typing import Any

from gateway import telemetry
from gateway.appsync import AppSync
from gateway.gateway import Gateway
from gateway.invocation import invocation
from gateway.lambdas import ready
from gateway.snapshot import prepare
from settings import settings

_loop = asyncio.new_event_loop()
asyncio.set_event_loop(_loop)
telemetry.configure(settings())
_gateway = Gateway.of(settings())
_door = AppSync(_gateway)
prepare(_gateway)


def handler(event: Any, context: Any) -> Any:
    """Answer an event of AppSync's, or a batch of them."""
    with invocation(context):
        return _loop.run_until_complete(_door.serve(event))


ready()
