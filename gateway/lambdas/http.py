"""The HTTP function: API Gateway v2 events to the application, by Mangum (PRD 2.1.1, 2.1.7).

One event loop lives as long as the execution environment, and with it the connections of earlier invocations. `lifespan` stays off:
it would start and stop the application at every invocation.
"""

from __future__ import annotations

import asyncio
from typing import Any

from mangum import Mangum
from mangum.adapter import DEFAULT_TEXT_MIME_TYPES

from gateway import facade, telemetry
from gateway.gateway import Gateway
from gateway.graphql import GRAPHQL_JSON
from gateway.invocation import invocation
from gateway.lambdas import ready
from gateway.snapshot import prepare
from settings import settings

asyncio.set_event_loop(asyncio.new_event_loop())

telemetry.configure(settings())
_gateway = Gateway.of(settings())
prepare(_gateway)
_mangum = Mangum(facade.application(_gateway), lifespan="off", text_mime_types=[*DEFAULT_TEXT_MIME_TYPES, GRAPHQL_JSON])


def handler(event: Any, context: Any) -> dict[str, Any]:
    """Answer an event of API Gateway's."""
    with invocation(context):
        return _mangum(event, context)


ready()
