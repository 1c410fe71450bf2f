"""URLs that clients write into rows, and places that answers lead to (OWASP API7:2023; CWE-601). More: tests/gateway/rest/uploads."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from tests.gateway.rest.uploads.conftest import picture

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    import asyncpg
    import httpx

    from gateway.dev.aws import Aws


@pytest.fixture
async def trap() -> AsyncIterator[tuple[str, list[bytes]]]:
    """The URL of a server inside of the network, and what it was asked."""
    asked: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readline())
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", asked
    server.close()


async def test_no_url_of_a_client_is_ever_fetched(
    alice: httpx.AsyncClient,
    trap: tuple[str, list[bytes]],
    work: Callable[[], Any],
    database: asyncpg.Connection[asyncpg.Record],
    create: Callable[..., Any],
) -> None:
    url, asked = trap
    wish = (
        await alice.post("/api/wishlist", json={"title": "x", "imageUrl": f"{url}/a.png", "productLink": f"{url}/b"})
    ).json()["data"]
    moc = await create(thumbnailUrl=f"{url}/c", description=f"![x]({url}/d)")
    await database.execute("UPDATE moc_instructions SET thumbnail_url = $1", f"{url}/e")
    for path in (f"/api/wishlist/{wish['id']}", "/api/wishlist", f"/api/mocs/{moc['id']}", "/api/mocs?search=x"):
        assert (await alice.get(path)).status_code == 200
    await alice.post(f"/api/wishlist/{wish['id']}/image", files={"image": ("a.png", picture(), "image/png")})
    for kind, path in (("wishlist", wish), ("mocs", moc)):
        assert (await alice.delete(f"/api/{kind}/{path['id']}")).status_code == 200
    await work()
    assert asked == []


@pytest.mark.parametrize(
    "scheme",
    [
        "javascript:alert(1)",
        "data:text/html,<script>",
        "file:///etc/passwd",
        "gopher://127.0.0.1/",
        "//evil.example.com/x",
        "/etc/passwd",
        "http://",
        "https:///x",
        "http://[::1",
        "JaVaScRiPt:alert(1)",
        " javascript:alert(1)",
        "http://a b/",
    ],
)
async def test_what_is_no_link_of_the_web_is_not_stored(alice: httpx.AsyncClient, scheme: str) -> None:
    for name in ("productLink", "imageUrl"):
        answer = await alice.post("/api/wishlist", json={"title": "x", name: scheme})
        assert (answer.status_code, answer.json()["details"][0]["field"]) == (400, name)
    assert (await alice.get("/api/wishlist")).json()["data"] == []


@pytest.mark.parametrize(
    "way",
    [
        "images/{me}/../{them}/x.webp",
        "images/{me}/%2e%2e/{them}/x.webp",
        "images/{me}/..%2f{them}/x.webp",
        "images//{me}/x",
        "images/{me}//../../x",
        "../{me}/x",
        "./{me}/x",
        "images/{me}/.",
        "%00/{me}/x",
    ],
)
async def test_a_path_with_steps_in_it_names_no_object(
    alice: httpx.AsyncClient,
    bucket: Callable[[], set[str]],
    work: Callable[[], Any],
    database: asyncpg.Connection[asyncpg.Record],
    aws: Aws,
    way: str,
) -> None:
    """Servers, proxies and clients resolve `..` at different moments; a key with steps is signed for nobody, and deleted by nobody."""
    me, them = aws.users["alice"].sub, aws.users["bob"].sub
    aws.client("s3").put_object(Bucket=aws.bucket, Key=f"images/{them}/x.webp", Body=b"bob's")
    wish = (await alice.post("/api/wishlist", json={"title": "x"})).json()["data"]
    url = f"https://{aws.bucket}.s3.us-east-1.amazonaws.com/{way.format(me=me, them=them)}"
    sent = await alice.patch(f"/api/wishlist/{wish['id']}", json={"imageUrl": url})
    assert sent.status_code in (200, 400, 403)
    await database.execute("UPDATE wishlist_items SET image_url = $1", url)
    shown = (await alice.get("/api/wishlist?page=1")).json()["data"][0]["imageUrl"]
    assert "Signature" not in shown
    await alice.delete(f"/api/wishlist/{wish['id']}")
    await work()
    assert bucket() == {f"images/{them}/x.webp"}


@pytest.mark.parametrize(
    "more",
    [
        "next=https://evil.example.com",
        "url=//evil.example.com",
        "redirect=https://evil.example.com",
        "format=//evil.example.com",
    ],
)
async def test_answers_lead_to_the_bucket_alone(
    alice: httpx.AsyncClient,
    create: Callable[..., Any],
    database: asyncpg.Connection[asyncpg.Record],
    aws: Aws,
    more: str,
) -> None:
    moc = await create()
    sent = {"files": ("a.pdf", b"%PDF-1.4\n%%EOF", "application/pdf")}
    answer = await alice.post(f"/api/mocs/{moc['id']}/files", data={"fileType": "instruction"}, files=sent)
    assert answer.status_code in (200, 201), answer.text
    identifier = str(await database.fetchval("SELECT id FROM moc_files"))
    led = await alice.get(f"/api/mocs/{moc['id']}/files/{identifier}/download?{more}")
    assert (led.status_code, urlsplit(led.headers["location"]).netloc) == (302, urlsplit(aws.endpoint_url).netloc)
    for path in (
        f"/docs?{more}",
        f"/graphql?{more}",
        f"/health/?{more}",
        f"//evil.example.com/?{more}",
        "/\\evil.example.com/",
    ):
        assert "location" not in (await alice.get(path)).headers
