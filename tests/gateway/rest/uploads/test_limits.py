"""Uploads are counted apart, every one of them (FR8; contract section 5)."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import redis

from gateway.app import create_app
from gateway.appsync import AppSync
from gateway.rest import ROUTES
from tests.gateway.appsync.service import Service, identity_of
from tests.gateway.conftest import MOC
from tests.gateway.rest.files.conftest import PDF
from tests.gateway.rest.uploads.conftest import picture

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    import asyncpg
    from fastapi import FastAPI

    from gateway.dev.aws import Aws
    from gateway.rest.route import Route


UPLOAD = {"kind": "image", "filename": "a.png", "contentType": "image/png", "size": 9000}


@pytest.fixture
async def quick(settings_for: Callable[..., Any], valkey_url: str) -> AsyncIterator[FastAPI]:
    """An application that lets three uploads an hour in."""
    with redis.Redis.from_url(valkey_url) as server:
        server.flushall()
    application = create_app(settings_for(rate_limit_upload="3/1h"))
    yield application
    await application.state.gateway.services.close()


@pytest.fixture
async def hasty(quick: FastAPI, token: Callable[[str], str]) -> AsyncIterator[Callable[[str], httpx.AsyncClient]]:
    """`hasty("alice")`: her client."""
    clients = {
        user: httpx.AsyncClient(
            transport=httpx.ASGITransport(quick),
            base_url="http://test",
            headers={"Authorization": f"Bearer {token(user)}"},
        )
        for user in ("alice", "bob")
    }
    yield clients.__getitem__
    for client in clients.values():
        await client.aclose()


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
    assert told(await alice.post("/api/mocs/with-files", files={"a": ("a.pdf", PDF)})) == (400, "3;w=3600", "0")
    refused = await alice.post(path, files={"a": ("b.pdf", PDF)})
    assert told(refused) == (429, "3;w=3600", "0")
    assert refused.json()["code"] == "TOO_MANY_REQUESTS"
    assert int(refused.headers["retry-after"]) == refused.json()["retryAfter"] > 3000
    read = await alice.get(f"/api/mocs/{moc['id']}")
    assert read.status_code == 200
    assert read.headers["ratelimit-policy"] != "3;w=3600"
    assert [file["originalFilename"] for file in read.json()["data"]["files"]] == ["a.pdf"]
    assert told(await hasty("bob").post("/api/images", files={"a": ("a.txt", b"x")})) == (400, "3;w=3600", "2")


@pytest.mark.parametrize("route", [route for route in ROUTES if route.files and not route.failures], ids=str)
async def test_every_route_that_takes_files_counts_its_forms(
    hasty: Callable[[str], httpx.AsyncClient], route: Route
) -> None:
    path = route.path.replace("{id}", str(uuid.uuid4()))
    assert (await hasty("alice").post(path, files={"a": ("a", b"")})).headers["ratelimit-policy"] == "3;w=3600"
    assert (await hasty("alice").post(path, json={})).headers["ratelimit-policy"] != "3;w=3600"


class TestPlacesForFiles:
    """What goes straight to the bucket is counted where its place is made, by whichever door, and not where it is taken."""

    async def test_by_rest(self, hasty: Callable[[str], httpx.AsyncClient]) -> None:
        answers = [await hasty("alice").post("/api/uploads", json=UPLOAD) for _ in range(4)]
        assert [told(answer) for answer in answers] == [
            (status, "3;w=3600", left) for status, left in ((201, "2"), (201, "1"), (201, "0"), (429, "0"))
        ]
        refused = answers[-1]
        assert refused.json()["code"] == "TOO_MANY_REQUESTS"
        assert int(refused.headers["retry-after"]) == refused.json()["retryAfter"] > 3000
        assert (await hasty("alice").post("/api/images", files={"a": ("a.png", picture())})).status_code == 429

    async def test_each_of_several_in_a_document(
        self, hasty: Callable[[str], httpx.AsyncClient], database: asyncpg.Connection[asyncpg.Record]
    ) -> None:
        fields = " ".join(f"a{number}: createUpload(input: $input) {{ uploadId }}" for number in range(5))
        document = {"query": f"mutation($input: CreateUploadInput!) {{ {fields} }}", "variables": {"input": UPLOAD}}
        answer = await hasty("alice").post("/graphql", json=document)
        assert told(answer) == (200, "3;w=3600", "0")
        assert [(error["path"], error["extensions"]["code"]) for error in answer.json()["errors"]] == [
            (["a3"], "TOO_MANY_REQUESTS"),
            (["a4"], "TOO_MANY_REQUESTS"),
        ]
        made = [name for name, upload in answer.json()["data"].items() if upload]
        assert made == ["a0", "a1", "a2"]
        assert await database.fetchval("SELECT count(*) FROM uploads") == 3

    async def test_by_appsync(self, hasty: Callable[[str], httpx.AsyncClient], quick: FastAPI, aws: Aws) -> None:
        for _ in range(2):
            await hasty("alice").post("/api/uploads", json=UPLOAD)
        gateway = quick.state.gateway
        service = Service(AppSync(gateway).serve, identity_of(aws.users["alice"].sub, gateway.settings.issuer))
        document = "mutation($input: CreateUploadInput!) { createUpload(input: $input) { uploadId } }"
        results = [await service.execute(document, {"input": UPLOAD}) for _ in range(2)]
        assert [result.errors is None for result in results] == [True, False]
        assert "Too many requests: at most 3 in 3600 seconds" in str(results[1].errors)

    async def test_what_they_hold_is_taken_for_nothing(
        self, hasty: Callable[[str], httpx.AsyncClient], aws: Aws
    ) -> None:
        made = (await hasty("alice").post("/api/uploads", json=UPLOAD)).json()["data"]
        key = f"uploads/{aws.users['alice'].sub}/{made['uploadId']}"
        aws.client("s3").put_object(Bucket=aws.bucket, Key=key, Body=picture())
        taken = await hasty("alice").post("/api/images", json={"uploadId": made["uploadId"]})
        assert taken.status_code == 201
        assert taken.headers["ratelimit-policy"] != "3;w=3600"
