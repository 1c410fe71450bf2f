"""Which answers are kept, under which keys and for how long (PRD 2.2, 2.3, 3.3, 3.4, 3.6, 3.8, 4.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from gateway.execute import named
from gateway.rest import ROUTES
from resolvers.caching import NEVER, POLICIES
from tests.gateway.tenants import schema
from tests.gateway.tenants.test_tenants import made

if TYPE_CHECKING:
    from collections.abc import Callable

    import asyncpg
    import httpx

    from gateway.dev.aws import Aws


LIST, DETAIL, SEARCH, PROFILE = 300, 600, 120, 600
# A path with ids in braces, what the key begins with, and the seconds for which it is kept.
KEPT = [
    pytest.param("/api/mocs", "moc:user:{user}:list:1:20", LIST, marks=pytest.mark.prd("2.2.8")),
    pytest.param("/api/mocs?page=2&limit=5", "moc:user:{user}:list:2:5", LIST, marks=pytest.mark.prd("2.2.8")),
    pytest.param("/api/mocs/<moc>", "moc:detail:<moc>", DETAIL, marks=pytest.mark.prd("2.3.5")),
    pytest.param(
        "/api/images", "gallery:images:user:{user}", LIST, marks=[pytest.mark.prd("3.3.1"), pytest.mark.prd("3.3.6")]
    ),
    pytest.param("/api/images/<image>", "gallery:image:detail:<image>", DETAIL, marks=pytest.mark.prd("3.3.6")),
    pytest.param("/api/albums", "gallery:albums:user:{user}", LIST, marks=pytest.mark.prd("3.4.8")),
    pytest.param("/api/albums/<album>", "gallery:album:detail:<album>", DETAIL, marks=pytest.mark.prd("3.4.8")),
    pytest.param("/api/gallery", "gallery:feed:user:{user}", LIST),
    pytest.param("/api/wishlist", "wishlist:user:{user}:all", LIST, marks=pytest.mark.prd("3.6.8")),
    pytest.param("/api/wishlist/<wish>", "wishlist:item:detail:<wish>", DETAIL),
    pytest.param(
        "/api/users/<user>", "profile:user:{user}", PROFILE, marks=[pytest.mark.prd("4.1.6"), pytest.mark.prd("4.2.5")]
    ),
    pytest.param("/api/mocs/search?q=mine", "moc:user:{user}:search:0:20", SEARCH),
    pytest.param("/api/mocs?search=mine", "moc:user:{user}:list:1:20", SEARCH),
    pytest.param("/api/images?search=mine", "gallery:images:user:{user}", SEARCH, marks=pytest.mark.prd("3.8.10")),
    pytest.param("/api/wishlist?search=mine", "wishlist:user:{user}:all", SEARCH, marks=pytest.mark.prd("3.8.10")),
    pytest.param("/api/wishlist/search?q=mine", "wishlist:user:{user}:search", SEARCH, marks=pytest.mark.prd("3.8.10")),
]


def test_every_root_field_is_kept_or_said_not_to_be() -> None:
    queries = {name for name, (kind, _) in schema.roots().items() if kind == "query"}
    assert queries == POLICIES.keys() | NEVER
    assert not POLICIES.keys() & NEVER


@pytest.mark.parametrize(("path", "key", "seconds"), KEPT)
async def test_the_second_time_it_comes_from_redis_and_asks_nobody(
    alice: httpx.AsyncClient,
    database: asyncpg.Connection[asyncpg.Record],
    aws: Aws,
    server: Any,
    statements: Callable[[], Any],
    path: str,
    key: str,
    seconds: int,
) -> None:
    for kind, identifier in (await made(database, aws, "alice", "mine")).items():
        path = path.replace(f"<{kind}>", identifier)
        key = key.replace(f"<{kind}>", identifier).replace(f"{{{kind}}}", f"{{{identifier}}}")
    first = await alice.get(path)
    assert (first.status_code, first.headers["x-cache"]) == (200, "MISS"), first.text
    await statements()
    second = await alice.get(path)
    assert (second.status_code, second.headers["x-cache"]) == (200, "HIT")
    assert await statements() == []
    assert {**second.json(), "timestamp": ""} == {**first.json(), "timestamp": ""}
    assert list(second.json()) == list(first.json())
    assert second.headers["etag"] == first.headers["etag"]
    again = await alice.get(path, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.headers["x-cache"], again.content) == (304, "HIT", b"")
    (found,) = [name for name in server.scan_iter() if name.startswith(f"{key}:")]
    assert f"{{{aws.users['alice'].sub}}}" in found, "in one slot with all that is the user's"
    assert seconds - 10 < server.ttl(found) <= seconds


async def test_what_is_never_kept_says_nothing_of_a_cache(alice: httpx.AsyncClient, create: Callable[..., Any]) -> None:
    moc = await create()
    for path in (f"/api/mocs/{moc['id']}/parts-lists", "/api/mocs/stats/by-category", "/health", "/api/csrf"):
        assert "x-cache" not in (await alice.get(path)).headers, path


async def test_answers_differ_by_user_route_and_variables(
    alice: httpx.AsyncClient, bob: httpx.AsyncClient, create: Callable[..., Any]
) -> None:
    moc = await create()
    for path in ("/api/mocs", "/api/mocs?limit=20", "/api/mocs?tag=x", "/api/mocs?type=set", "/api/mocs?search=wind"):
        assert (await alice.get(path)).headers["x-cache"] == "MISS", path
    assert (await alice.get("/api/mocs")).json()["total"] == 1
    assert (await bob.get("/api/mocs")).json()["total"] == 0
    path = f"/api/mocs/{moc['id']}"
    assert [(await alice.get(path)).status_code, (await bob.get(path)).status_code] == [200, 403]
    images = await alice.get(f"{path}/gallery-images")
    assert (images.json()["data"], images.headers["x-cache"]) == ([], "MISS")


async def test_refusals_are_not_kept(alice: httpx.AsyncClient, server: Any) -> None:
    for path in (
        "/api/mocs/11111111-1111-4111-8111-111111111111",
        "/api/mocs/}{%7f%0a",
        "/api/mocs/" + "{x}" * 200,
        "/api/mocs?limit=0",
    ):
        for _ in range(2):
            answer = await alice.get(path)
            assert (answer.status_code >= 400, answer.headers.get("x-cache")) == (True, None), path
    assert [key for key in server.scan_iter() if not key.startswith(("limit:", "generation:"))] == []
    assert (await alice.get("/api/mocs")).headers["x-cache"] == "MISS", "no path leaves Redis alone for a while"
    assert (await alice.get("/api/mocs")).headers["x-cache"] == "HIT"


async def test_times_are_settings_and_no_longer_than_signed_urls(
    process: Callable[..., httpx.AsyncClient], server: Any
) -> None:
    brief = process(cache_list_seconds=7)
    await brief.get("/api/mocs")
    assert [0 < server.ttl(key) <= 7 for key in server.scan_iter("moc:*")] == [True]
    server.flushall()
    never = process(cache_list_seconds=0)
    assert "x-cache" not in (await never.get("/api/mocs")).headers
    assert [*server.scan_iter("moc:*")] == []
    signed = process(s3_url_seconds=60)
    await signed.get("/api/mocs")
    assert [0 < server.ttl(key) <= 15 for key in server.scan_iter("moc:*")] == [True]


async def test_another_release_or_setting_finds_nothing(process: Callable[..., httpx.AsyncClient]) -> None:
    assert (await process().get("/api/mocs")).headers["x-cache"] == "MISS"
    assert (await process().get("/api/mocs")).headers["x-cache"] == "HIT"
    other = process(legacy_aliases=False)
    answer = await other.get("/api/mocs")
    assert (answer.headers["x-cache"], "mocs" in answer.json()) == ("MISS", False)


def test_every_read_route_whose_fields_are_kept_is_kept() -> None:
    kept = {route.path for route in ROUTES if not route.writes and _root(route.operation) in POLICIES}
    assert kept >= {"/api/mocs", "/api/mocs/{id}", "/api/images", "/api/albums", "/api/wishlist", "/api/users/{id}"}


def _root(name: str) -> str:
    (node,) = named(name).definition.selection_set.selections
    return str(node.to_dict()["name"]["value"])
