"""Whatever the application raises becomes the contract's error body, logged once if it was not expected (PRD 4.8)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.errors import Problem, problem

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Refusals:
    """Wraps the application."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request, and answer for what it raises."""
        started = False

        async def sending(message: Message) -> None:
            nonlocal started
            await send(message)
            started = True

        try:
            await self._app(scope, receive, sending)
        except Exception as error:
            refusal = problem(error)
            if started:  # half an answer is out; only breaking off tells the client that it is not whole
                raise
            try:
                await refusal.response()(scope, receive, sending)
            except Problem as sooner:  # it is counted when its answer begins, and may be one too many
                if started:
                    raise
                await problem(sooner).response()(scope, receive, send)
