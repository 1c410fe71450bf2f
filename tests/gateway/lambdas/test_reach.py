"""What the functions reach: PostgreSQL, Redis, S3, Cognito and OpenSearch, where the environment says that they are."""

from __future__ import annotations

import base64
import json
import time
import uuid
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from services.mappings import INDICES
from tests.gateway.conftest import MOC
from tests.gateway.lambdas.runtime import Function
from tests.gateway.lambdas.test_http import event
from tests.gateway.lambdas.test_worker import SCHEDULED
from tests.gateway.rest.files.conftest import CSV, PDF
from tests.gateway.rest.uploads.conftest import bucket, picture
from tests.gateway.search.conftest import arrange

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import asyncpg

    from gateway.dev.aws import Aws

__all__ = ["bucket"]  # a fixture that tests of uploads share

PATIENCE = 20.0  # seconds until OpenSearch, which a function may miss once while it loads its client, answers


class Caller:
    """A user of a function: `call("GET", "/api/mocs")`, `send("/api/images", image=(name, content))`."""

    def __init__(self, function: Function, token: str) -> None:
        self._function, self._headers = function, {"authorization": f"Bearer {token}"}
        self.cache = ""

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """What is answered, which must be a success; `cache` is what was said of Redis."""
        place, _, query = path.partition("?")
        return self._asked(event(method, place, query=query, body=body and json.dumps(body), headers=self._headers))

    def send(self, path: str, field: str, content: bytes, **fields: str) -> Any:
        """The same, for a form with a file."""
        request = httpx.Request("POST", "http://test", data=fields, files={field: (field, content, "text/plain")})
        headers = self._headers | {"content-type": request.headers["content-type"]}
        body = base64.b64encode(request.read()).decode()
        return self._asked(event("POST", path, body=body, base64=True, headers=headers))

    def _asked(self, asked: dict[str, Any]) -> Any:
        _, answer = self._function.invoke(asked)
        assert answer["statusCode"] < 300, answer
        self.cache = answer["headers"].get("x-cache", "")
        return json.loads(answer["body"])


@pytest.fixture(scope="module")
def told(
    shared_database_url: str, through: Callable[[str], str], valkey_url: str, aws: Aws, patience: dict[str, str]
) -> dict[str, str]:
    stores = {"DATABASE_URL": through(shared_database_url), "REDIS_URL": valkey_url}
    return {**aws.environment, **patience, "ENVIRONMENT": "dev", **stores}


@pytest.fixture(scope="module")
def function(told: dict[str, str]) -> Iterator[Function]:
    with Function("gateway.lambdas.http.handler", told) as running:
        yield running


@pytest.fixture
def alice(function: Function, token: Callable[[str], str], forget: Callable[[], None]) -> Caller:
    forget()
    return Caller(function, token("alice"))


@pytest.fixture
def rows(database: asyncpg.Connection[asyncpg.Record]) -> Callable[[str], Any]:
    """`await rows("moc_files")`: the ids in a table."""

    async def read(table: str) -> list[str]:
        return [str(row["id"]) for row in await database.fetch(f"SELECT id FROM {table}")]

    return read


def documents(url: str, prefix: str) -> dict[str, str]:
    """The id of the one document of each index; the indices are gone afterwards."""
    with httpx.Client(base_url=url, timeout=30) as engine:
        engine.post(f"/{prefix}*/_refresh").raise_for_status()
        found = {
            index: [hit["_id"] for hit in engine.get(f"/{prefix}{index}/_search").json()["hits"]["hits"]]
            for index in INDICES
        }
        engine.delete(f"/{prefix}*").raise_for_status()
        engine.delete(f"/_index_template/{prefix}*").raise_for_status()
    return {index: identifier for index, (identifier,) in found.items()}


def kept(alice: Caller, path: str) -> Any:
    """What a path answers, which Redis has when it is asked the second time."""
    first = alice.call("GET", path)
    assert alice.cache == "MISS"
    second = alice.call("GET", path)
    assert (alice.cache, second["data"]) == ("HIT", first["data"])
    return second["data"]


@pytest.mark.prd("1.8.1")
def test_health_is_asked_of_every_store(alice: Caller) -> None:
    health = alice.call("GET", "/health")
    assert health["services"] == {"postgres": "healthy", "redis": "healthy", "opensearch": "disabled"}


@pytest.mark.prd("2.1.4")
@pytest.mark.prd("2.1.5")
@pytest.mark.prd("2.7.1")
@pytest.mark.prd("4.6.1")
async def test_mocs_with_files_and_parts_lists(
    alice: Caller, rows: Callable[[str], Any], bucket: Callable[[], set[str]]
) -> None:
    moc = alice.call("POST", "/api/mocs", MOC)["data"]["id"]
    file = alice.send(f"/api/mocs/{moc}/files", "file", PDF, fileType="instruction")["data"]["fileId"]
    parts = alice.send(f"/api/mocs/{moc}/upload-parts-list", "parts", CSV)["data"]
    assert {row["id"] for row in kept(alice, f"/api/mocs/{moc}")["files"]} == {file, parts["file"]["id"]}
    assert (await rows("moc_instructions"), await rows("moc_parts_lists")) == ([moc], [parts["partsListId"]])
    assert len(bucket()) == 2


@pytest.mark.prd("3.1.1")
@pytest.mark.prd("3.1.4")
@pytest.mark.prd("3.1.5")
@pytest.mark.prd("3.1.6")
async def test_images_albums_and_flags(
    alice: Caller, aws: Aws, rows: Callable[[str], Any], bucket: Callable[[], set[str]]
) -> None:
    image = alice.send("/api/images", "image", picture(), title="Dawn")["data"]["id"]
    album = alice.call("POST", "/api/albums", {"title": "Castles"})["data"]["id"]
    flag = alice.call("POST", "/api/flag", {"imageId": image, "reason": "Blurred"})["data"]["id"]
    assert [row["id"] for row in kept(alice, "/api/images")] == [image]
    assert [row["id"] for row in kept(alice, "/api/albums")] == [album]
    found = [await rows(table) for table in ("gallery_images", "gallery_albums", "gallery_flags")]
    assert found == [[image], [album], [flag]]
    user = aws.users["alice"].sub
    assert bucket() == {f"images/{user}/{image}.webp", f"images/{user}/thumbnails/{image}.webp"}


@pytest.mark.prd("3.5.1")
@pytest.mark.prd("3.5.3")
@pytest.mark.prd("3.5.4")
@pytest.mark.prd("3.5.5")
async def test_wishes_with_pictures(
    alice: Caller, aws: Aws, rows: Callable[[str], Any], bucket: Callable[[], set[str]]
) -> None:
    wish = alice.call("POST", "/api/wishlist", {"title": "Titanic"})["data"]["id"]
    alice.send(f"/api/wishlist/{wish}/image", "image", picture())
    assert [row["id"] for row in kept(alice, "/api/wishlist")] == [wish]
    assert await rows("wishlist_items") == [wish]
    assert bucket() == {f"wishlist/{aws.users['alice'].sub}/{wish}.webp"}


@pytest.mark.prd("4.1.1")
@pytest.mark.prd("4.1.5")
@pytest.mark.prd("4.1.6")
async def test_profiles_with_avatars(alice: Caller, aws: Aws, bucket: Callable[[], set[str]]) -> None:
    user = aws.users["alice"].sub
    assert kept(alice, f"/api/users/{user}")["email"] == "alice@example.com"
    alice.send(f"/api/users/{user}/avatar", "avatar", picture())
    assert bucket() == {f"avatars/{user}/avatar.webp"}
    assert kept(alice, f"/api/users/{user}")["avatarUrl"]
    alice.call("DELETE", f"/api/users/{user}/avatar")
    assert kept(alice, f"/api/users/{user}")["avatarUrl"] is None


@pytest.mark.prd("2.1.6")
@pytest.mark.prd("3.1.7")
@pytest.mark.prd("3.5.5")
async def test_what_changes_is_indexed_by_the_worker_and_found(
    told: dict[str, str],
    token: Callable[[str], str],
    forget: Callable[[], None],
    opensearch_url: str,
    database: asyncpg.Connection[asyncpg.Record],
) -> None:
    forget()
    prefix = f"test-{uuid.uuid4().hex[:12]}-"
    arrange(opensearch_url, prefix)
    environment = told | {"OPENSEARCH_URL": opensearch_url, "OPENSEARCH_INDEX_PREFIX": prefix}
    with (
        Function("gateway.lambdas.http.handler", environment) as function,
        Function("gateway.lambdas.worker.handler", environment) as worker,
    ):
        alice = Caller(function, token("alice"))
        ids = {
            "moc_instructions": alice.call("POST", "/api/mocs", MOC)["data"]["id"],
            "gallery_images": alice.send("/api/images", "image", picture(), title="Dawn")["data"]["id"],
            "wishlist_items": alice.call("POST", "/api/wishlist", {"title": "Titanic"})["data"]["id"],
        }
        deadline = time.monotonic() + PATIENCE
        while await database.fetchval("SELECT count(*) FROM outbox WHERE topic = 'changed'"):
            assert time.monotonic() < deadline
            assert worker.invoke(SCHEDULED)[0] == "response"
        while (found := alice.call("GET", "/api/mocs/search?q=windmil"))["source"] != "opensearch":
            assert time.monotonic() < deadline
        assert [moc["id"] for moc in found["data"]] == [ids["moc_instructions"]]
    assert documents(opensearch_url, prefix) == ids
