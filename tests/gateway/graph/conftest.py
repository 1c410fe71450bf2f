"""Applications with other settings than the environment's, and counting what is called."""

from __future__ import annotations

import sys
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from gateway.app import create_app

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from types import FrameType


@pytest.fixture
async def client_with(
    settings_for: Callable[..., Any], token: Callable[[str], str]
) -> AsyncIterator[Callable[..., httpx.AsyncClient]]:
    """`client_with(graphql_trusted_only=True)`: a client of alice's to an application with these settings; of nobody's, `user=None`."""
    applications = []

    def make(*, user: str | None = "alice", **changes: Any) -> httpx.AsyncClient:
        application = create_app(settings_for(**changes))
        applications.append(application)
        headers = {"Authorization": f"Bearer {token(user)}"} if user else {}
        return httpx.AsyncClient(transport=httpx.ASGITransport(application), base_url="http://test", headers=headers)

    yield make
    for application in applications:
        await application.state.gateway.services.close()


@pytest.fixture
def calls() -> Callable[[], Any]:
    """`with calls() as counted`: how often each function was called, as module.function."""

    @contextmanager
    def counting() -> Iterator[Counter[str]]:
        counted: Counter[str] = Counter()

        def watch(frame: FrameType, happened: str, _argument: object) -> None:
            if happened == "call":
                counted[f"{frame.f_globals.get('__name__')}.{frame.f_code.co_name}"] += 1

        sys.setprofile(watch)
        try:
            yield counted
        finally:
            sys.setprofile(None)

    return counting
