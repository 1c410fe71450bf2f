"""Uploads are counted apart, every one of them (FR8; contract section 5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest
import redis

from gateway.app import create_app
from gateway.rest import ROUTES
from tests.gateway.conftest import MOC
from tests.gateway.rest.files.conftest import PDF
from tests.gateway.rest.uploads.conftest import picture

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable


@pytest.fixture
async def hasty(
    settings_for: Callable[..., Any], valkey_url: str, token: Callable[[str], str]
) -> AsyncIterator[Callable[[str], httpx.AsyncClient]]:
    """`hasty("alice")`: a client of an application that lets three uploads an hour in."""
    with redis.Redis.from_url(valkey_url) as server:
        server.flushall()
    application = create_app(settings_for(rate_limit_upload="3/1h"))
    clients = {
        user: httpx.AsyncClient(
            transport=httpx.ASGITransport(application),
            base_url="http://test",
            headers={"Authorization": f"Bearer {token(user)}"},
        )
        for user in ("alice", "bob")
    }
    yield clients.__getitem__
    for client in clients.values():
        await client.aclose()
    await application.state.gateway.services.close()


def told(answer: httpx.Response) -> tuple[int, str, str]:
    return answer.status_code, answer.headers["ratelimit-policy"], answer.headers["ratelimit-remaining"]


async def test_uploads_of_every_kind_are_counted_together(hasty: Callable[[str], httpx.AsyncClient]) -> None:
    alice = hasty("alice")
    moc = (await alice.post("/api/mocs", json=MOC)).json()["data"]
    path = f"/api/mocs/{moc['id']}/files"
    answer = await alice.post(path, data={"fileType": "instruction"}, files={"a": ("a.pdf", PDF)})
    assert told(answer) == (201, "3;w=3600", "2")
    answer = await alice.post("/api/images", files={"a": ("a.png", picture())})
    assert told(answer) == (201, "3;w=3600", "1")
    assert told(await alice.post("/api/mocs/with-files", json={})) == (400, "3;w=3600", "0")
    refused = await alice.post(path, files={"a": ("b.pdf", PDF)})
    assert told(refused) == (429, "3;w=3600", "0")
    assert refused.json()["code"] == "TOO_MANY_REQUESTS"
    assert int(refused.headers["retry-after"]) == refused.json()["retryAfter"] > 3000
    read = await alice.get(f"/api/mocs/{moc['id']}")
    assert read.status_code == 200
    assert read.headers["ratelimit-policy"] != "3;w=3600"
    assert [file["originalFilename"] for file in read.json()["data"]["files"]] == ["a.pdf"]
    assert told(await hasty("bob").post("/api/images", json={})) == (400, "3;w=3600", "2")


def test_every_route_that_takes_files_is_counted() -> None:
    paths = {route.path for route in ROUTES if route.counted == "upload"}
    assert {"/api/mocs/{id}/files", "/api/mocs/with-files", "/api/images"} <= paths
    assert {route.path for route in ROUTES if route.files} == paths
