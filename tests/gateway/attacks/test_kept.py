"""Requests made so that one might be answered with what was kept for another (CWE-524, CWE-349). More: tests/gateway/cache."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    import asyncpg
    import httpx

# Beside each other: texts that a careless key would take for one.
ALIKE = [
    "a:b",
    "a_b",
    "a b",
    "a%b",
    "a{b}",
    "a}:{b",
    "A:B",
    "caf\u00e9",
    "cafe\u0301",
    "\uff43afe",
    "caf\u00e9 ",
    "x" * 50,
    "x" * 64,
    "x" * 64 + "y",
    "null",
    "None",
    "",
    "0",
    "*",
    "tag",
]


async def test_texts_that_look_alike_are_kept_apart(alice: httpx.AsyncClient, create: Callable[..., Any]) -> None:
    for number, tag in enumerate(ALIKE):
        if tag.strip() and len(tag) <= 50:
            await create(title=f"{number}", tags=[tag])
    alone = {}
    for tag in ALIKE:
        answer = await alice.get("/api/mocs", params={"tag": tag, "limit": 50})
        assert answer.headers["x-cache"] == "MISS", tag
        alone[tag] = {moc["title"] for moc in answer.json()["data"]}
    for tag in reversed(ALIKE):
        answer = await alice.get("/api/mocs", params={"tag": tag, "limit": 50})
        assert (answer.headers["x-cache"], {moc["title"] for moc in answer.json()["data"]}) == ("HIT", alone[tag])
    assert all(alone[one] != alone[other] for one, other in pairwise(ALIKE[:6]))


async def test_values_do_not_wander_from_one_parameter_into_another(
    alice: httpx.AsyncClient, create: Callable[..., Any]
) -> None:
    await create(tags=["set"])
    for query in (
        "tag=set",
        "type=set",
        "search=set",
        "tag=set&type=moc",
        "tag=moc&type=set",
        "tag=set%26type%3Dmoc",
        "tag=set%00",
        "tag=set;type=moc",
        "search=set&tag=set",
    ):
        first = await alice.get(f"/api/mocs?{query}")
        assert first.headers.get("x-cache", "MISS") == "MISS", query
    assert (await alice.get("/api/mocs?type=moc&tag=set")).headers["x-cache"] == "HIT", "their order says nothing"
    assert (await alice.get("/api/mocs?tag=set&tag=moc")).json()["total"] == 1, "of two the first counts, here as there"


async def test_what_is_asked_in_headers_is_not_kept_for_those_who_did_not_ask(
    alice: httpx.AsyncClient, create: Callable[..., Any]
) -> None:
    await create()
    poison = {
        "x-forwarded-host": "evil.example.com",
        "x-forwarded-scheme": "http",
        "origin": "https://evil.example.com",
        "accept": "text/html",
        "x-request-id": "poisoned",
        "range": "bytes=0-1",
    }
    first = await alice.get("/api/mocs", headers=poison)
    second = await alice.get("/api/mocs")
    assert (first.headers["x-cache"], second.headers["x-cache"]) == ("MISS", "HIT")
    assert "evil" not in second.text + str(second.headers)
    assert "poisoned" not in second.text + str(second.headers)
    assert second.headers["cache-control"] == "private, no-cache"


async def test_a_stranger_is_never_answered_from_what_was_kept_for_an_owner(
    alice: httpx.AsyncClient,
    bob: httpx.AsyncClient,
    anonymous: httpx.AsyncClient,
    create: Callable[..., Any],
    database: asyncpg.Connection[asyncpg.Record],
) -> None:
    moc = await create()
    album = (await alice.post("/api/albums", json={"title": "Mine"})).json()["data"]
    wish = (await alice.post("/api/wishlist", json={"title": "Mine"})).json()["data"]
    image = await database.fetchval(
        "INSERT INTO gallery_images (user_id, title, image_url)"
        " SELECT user_id, 'Mine', 'https://x/y' FROM gallery_albums RETURNING id::text"
    )
    user = (await alice.get("/api/albums")).json()["data"][0]["userId"]
    for path in (
        f"/api/mocs/{moc['id']}",
        f"/api/albums/{album['id']}",
        f"/api/images/{image}",
        f"/api/wishlist/{wish['id']}",
        f"/api/users/{user}",
    ):
        for way in (
            path,
            path.upper().replace("/API/", "/api/").replace(path.split("/")[2].upper(), path.split("/")[2]),
            f"{path}/",
            f"{path}?x=1",
        ):
            await alice.get(way)
            assert (await alice.get(way)).status_code in (200, 403), way
            assert (await bob.get(way)).status_code == 403, way
            assert (await anonymous.get(way)).status_code == 401, way


@pytest.mark.parametrize("suffix", [".css", "/x.css", ";x.css", "%2ex.css", "/..%2fx.css", "?x.css"])
async def test_a_path_that_a_cache_in_between_would_take_for_a_file_says_that_it_is_private(
    alice: httpx.AsyncClient, create: Callable[..., Any], suffix: str
) -> None:
    moc = await create()
    answer = await alice.get(f"/api/mocs/{moc['id']}{suffix}")
    assert answer.status_code == 404 or answer.headers["cache-control"] == "private, no-cache"
    assert moc["title"] not in answer.text or answer.status_code == 200
