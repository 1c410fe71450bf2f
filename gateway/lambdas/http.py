"""The HTTP function: API Gateway v2 events to the application, by Mangum (PRD 2.1.1, 2.1.7).

One event loop lives as long as the execution environment, and with it the connections of earlier invocations. `lifespan` stays off:
it would start and stop the application at every invocation.
"""

from __future__ import annotations

import asyncio

from mangum import Mangum
from mangum.adapter import DEFAULT_TEXT_MIME_TYPES

from gateway.app import create_app
from gateway.graphql import GRAPHQL_JSON
from gateway.lambdas import ready
from gateway.snapshot import prepare

asyncio.set_event_loop(asyncio.new_event_loop())

_application = create_app()
prepare(_application.state.gateway)
handler = Mangum(_application, lifespan="off", text_mime_types=[*DEFAULT_TEXT_MIME_TYPES, GRAPHQL_JSON])
ready()
