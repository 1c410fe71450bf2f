"""The application in this process, with real services behind it, and clients for its users."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

from gateway.app import create_app

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from fastapi import FastAPI

    from settings import Settings

MOC = {"type": "moc", "title": "Windmill", "author": "Alice Brick", "partsCount": 812}
SET = {"type": "set", "title": "Titanic", "brand": "LEGO", "setNumber": "10294"}


@pytest.fixture
async def app(settings: Settings) -> AsyncIterator[FastAPI]:
    application = create_app(settings)
    yield application
    await application.state.gateway.services.close()


@pytest.fixture
async def anonymous(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A client that has not signed in."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        yield client


@pytest.fixture
def client_of(app: FastAPI, token: Callable[[str], str]) -> Callable[[str], httpx.AsyncClient]:
    """`client_of("alice")`: a client that sends her access token as Bearer."""

    def make(user: str) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(app),
            base_url="http://test",
            headers={"Authorization": f"Bearer {token(user)}"},
        )

    return make


@pytest.fixture
async def alice(client_of: Callable[[str], httpx.AsyncClient]) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of("alice") as client:
        yield client


@pytest.fixture
async def bob(client_of: Callable[[str], httpx.AsyncClient]) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of("bob") as client:
        yield client


@pytest.fixture
def create(alice: httpx.AsyncClient) -> Callable[..., Any]:
    """`await create(title="...")`: a MOC of alice's, made over REST; its data."""

    async def make(client: httpx.AsyncClient = alice, **changes: Any) -> dict[str, Any]:
        answer = await client.post("/api/mocs", json={**(SET if changes.get("type") == "set" else MOC), **changes})
        assert answer.status_code == 201, answer.text
        data: dict[str, Any] = answer.json()["data"]
        return data

    return make
