"""Builds the application: the REST table, GraphQL, health, CSRF and the documents that describe them, behind one edge."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI

from gateway import facade, telemetry, traces, worker
from gateway.gateway import Gateway
from gateway.rest import words
from settings import settings as process_settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from settings import Settings


def create_app(settings: Settings | None = None) -> FastAPI:
    """The application; `uvicorn --factory gateway.app:create_app` serves it with the settings of the environment."""
    settings = settings or process_settings()
    telemetry.configure(settings)
    gateway = Gateway.of(settings)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        working = asyncio.create_task(worker.keep_draining(gateway.services))
        yield
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
        await gateway.services.close()
        await asyncio.to_thread(traces.close)

    # What FastAPI would add for routes of its own is turned off: the facade describes its own, and `services.tracing` tells of requests.
    off: dict[str, Any] = {"docs_url": None, "redoc_url": None, "openapi_url": None, "redirect_slashes": False}
    off["telemetry"] = dict.fromkeys(("tracing", "metrics", "logs", "auto_configure"), False)
    app = FastAPI(title=words.TITLE, version=words.VERSION_NUMBER, lifespan=lifespan, **off, **facade.parts(gateway))
    app.state.gateway = gateway
    return app
