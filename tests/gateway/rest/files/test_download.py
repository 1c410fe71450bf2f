"""GET /api/mocs/{id}/files/{fileId}/download and /download-info (contract section 2)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from tests.gateway.rest.files.conftest import PDF, fetched
from tests.gateway.rest.uploads.conftest import picture

if TYPE_CHECKING:
    from collections.abc import Callable

    import asyncpg
    import httpx

UNKNOWN = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def path(create: Callable[..., Any], add: Callable[..., Any]) -> Callable[..., Any]:
    """`await path("a.pdf")`: the path of a new file of a new MOC."""

    async def make(name: str = "castle.pdf", content: bytes = PDF, file_type: str = "instruction") -> str:
        moc = await create()
        answer = await add(moc, (name, content), file_type=file_type)
        assert answer.status_code == 201, answer.text
        return f"/api/mocs/{moc['id']}/files/{answer.json()['data']['fileId']}"

    return make


async def test_a_download_leads_to_the_file(alice: httpx.AsyncClient, path: Callable[..., Any]) -> None:
    answer = await alice.get(f"{await path()}/download")
    assert (answer.status_code, answer.content, answer.headers["cache-control"]) == (302, b"", "no-store")
    file = await fetched(answer.headers["location"])
    assert (file.content, file.headers["content-type"]) == (PDF, "application/pdf")
    assert file.headers["content-disposition"] == "attachment; filename=\"castle.pdf\"; filename*=UTF-8''castle.pdf"


@pytest.mark.parametrize("form", ["download?format=json", "download-info"])
async def test_where_it_is_can_be_learnt(alice: httpx.AsyncClient, path: Callable[..., Any], form: str) -> None:
    answer = await alice.get(f"{await path()}/{form}")
    assert answer.status_code == 200, answer.text
    data = answer.json()["data"]
    assert (await fetched(data.pop("downloadUrl"))).content == PDF
    ends = datetime.fromisoformat(data.pop("expiresAt"))
    assert data == {"filename": "castle.pdf", "mimeType": "application/pdf", "expiresIn": data["expiresIn"]}
    assert abs(ends - datetime.now(UTC) - timedelta(seconds=data["expiresIn"])) < timedelta(seconds=10)


async def test_only_what_is_learnt_has_a_tag(alice: httpx.AsyncClient, path: Callable[..., Any]) -> None:
    where = f"{await path()}/download"
    learnt = await alice.get(f"{where}?format=json")
    held = {"if-none-match": learnt.headers["etag"]}
    assert (await alice.get(f"{where}?format=json", headers=held)).status_code == 304
    answer = await alice.get(where, headers=held)
    assert (answer.status_code, "etag" in answer.headers) == (302, False)


@pytest.mark.parametrize("name", ["Größe ☕.pdf", 'quo"te.pdf', "a;b,c.pdf", "line\r\nbreak: x.pdf"])
async def test_odd_names_are_told_safely(alice: httpx.AsyncClient, path: Callable[..., Any], name: str) -> None:
    where = await path(name)
    assert (await alice.get(f"{where}/download-info")).json()["data"]["filename"] == name
    file = await fetched((await alice.get(f"{where}/download")).headers["location"])
    assert file.headers["content-disposition"].endswith(f"; filename*=UTF-8''{quote(name, safe='')}")


async def test_a_picture_is_saved_as_what_it_became(alice: httpx.AsyncClient, path: Callable[..., Any]) -> None:
    where = await path("front.view.PNG", picture(), "thumbnail")
    data = (await alice.get(f"{where}/download-info")).json()["data"]
    assert (data["filename"], data["mimeType"]) == ("front.view.webp", "image/webp")


@pytest.mark.parametrize(
    ("url", "location", "filename"),
    [
        ("/uploads/mocs/a/b/castle.pdf", "/uploads/mocs/a/b/castle.pdf", "castle.pdf"),
        ("/uploads/größe.pdf", "/uploads/gr%C3%B6%C3%9Fe.pdf", "größe.pdf"),
        ("https://example.com/x?y=1", "https://example.com/x?y=1", "x"),
    ],
)
async def test_a_file_of_the_legacy_service_is_where_its_url_says(
    alice: httpx.AsyncClient,
    create: Callable[..., Any],
    database: asyncpg.Connection[asyncpg.Record],
    url: str,
    location: str,
    filename: str,
) -> None:
    moc = await create()
    statement = "INSERT INTO moc_files (moc_id, file_type, file_url) VALUES ($1, 'instruction', $2) RETURNING id"
    where = f"/api/mocs/{moc['id']}/files/{await database.fetchval(statement, moc['id'], url)}"
    answer = await alice.get(f"{where}/download")
    assert (answer.status_code, answer.headers["location"]) == (302, location)
    assert (await alice.get(f"{where}/download-info")).json()["data"] == {
        "downloadUrl": url,
        "filename": filename,
        "mimeType": None,
        "expiresIn": None,
        "expiresAt": None,
    }


async def test_nobody_elses_file_is_shown(
    alice: httpx.AsyncClient,
    bob: httpx.AsyncClient,
    anonymous: httpx.AsyncClient,
    create: Callable[..., Any],
    path: Callable[..., Any],
) -> None:
    where = await path()
    moc, _, file = where.removeprefix("/api/mocs/").split("/")
    other = await create(title="Other")
    for client, moc_id, file_id, status in (
        (anonymous, moc, file, 401),
        (bob, moc, file, 403),
        (bob, moc, "xyz", 403),
        (alice, other["id"], file, 404),
        (alice, moc, UNKNOWN, 404),
        (alice, moc, "xyz", 404),
        (alice, UNKNOWN, file, 404),
        (alice, "xyz", file, 404),
    ):
        for form in ("download", "download?format=json", "download-info"):
            answer = await client.get(f"/api/mocs/{moc_id}/files/{file_id}/{form}")
            assert answer.status_code == status, answer.text
            assert "location" not in answer.headers


async def test_the_graph_tells_the_same(
    graphql: Callable[..., Any], bob: httpx.AsyncClient, path: Callable[..., Any]
) -> None:
    moc, _, file = (await path()).removeprefix("/api/mocs/").split("/")
    document = "query($moc: ID!, $id: ID!) { mocFileDownload(mocId: $moc, id: $id) { downloadUrl filename } }"
    data = (await graphql(document, {"moc": moc, "id": file}))["data"]["mocFileDownload"]
    assert data["filename"] == "castle.pdf"
    assert "castle.pdf" in (await fetched(data["downloadUrl"])).headers["content-disposition"]
    foreign = await graphql(document, {"moc": moc, "id": file}, client=bob)
    assert (foreign["data"]["mocFileDownload"], foreign["errors"][0]["extensions"]["code"]) == (None, "FORBIDDEN")
