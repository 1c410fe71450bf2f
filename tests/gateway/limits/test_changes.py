"""Requests that are counted by the change that they make, with the round trip that tells Redis of it (docs/decisions/0025)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import asyncpg
import pytest
import redis

from gateway.dev.process import free_port
from tests.gateway.conftest import MOC

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx
    from fastapi import FastAPI

    Limited = Callable[..., FastAPI]
    Serve = Callable[..., httpx.AsyncClient]
    Token = Callable[[str], str]


def numbered(number: int) -> dict[str, object]:
    return {**MOC, "title": f"Windmill {number}"}


def left(answers: list[httpx.Response]) -> list[tuple[int, str]]:
    return [(answer.status_code, answer.headers["ratelimit-remaining"]) for answer in answers]


async def titles(database_url: str) -> list[str]:
    connection = await asyncpg.connect(database_url)
    found = await connection.fetch("SELECT title FROM moc_instructions ORDER BY title")
    await connection.close()
    return [row["title"] for row in found]


@pytest.mark.parametrize(
    "urls", [{}, {"redis_url": f"redis://127.0.0.1:{free_port()}"}, {"redis_url": ""}], ids=["Redis", "away", "none"]
)
async def test_one_too_many_changes_nothing(
    limited: Limited, serve: Serve, token: Token, database_url: str, urls: dict[str, str]
) -> None:
    client = serve(limited(**urls), token("alice"))
    answers = [await client.post("/api/mocs", json=numbered(number)) for number in range(7)]
    assert left(answers) == [(201, "4"), (201, "3"), (201, "2"), (201, "1"), (201, "0"), (429, "0"), (429, "0")]
    body = answers[-1].json()
    assert (body["success"], body["code"]) == (False, "TOO_MANY_REQUESTS")
    assert answers[5].headers["retry-after"] == answers[5].headers["ratelimit-reset"]
    assert await titles(database_url) == [f"Windmill {number}" for number in range(5)]


async def test_no_number_of_changes_at_a_time_is_more_than_may_be(
    limited: Limited, serve: Serve, token: Token, database_url: str
) -> None:
    clients = [serve(limited(), token("alice")) for _ in range(3)]
    posts = [client.post("/api/mocs", json=numbered(number)) for number, client in enumerate(clients * 6)]
    answers = await asyncio.gather(*posts)
    assert sorted(answer.status_code for answer in answers) == [201] * 5 + [429] * 13
    assert len(await titles(database_url)) == 5


async def test_a_transaction_that_is_one_too_many_is_rolled_back(
    limited: Limited, serve: Serve, token: Token, database_url: str
) -> None:
    patient, other = serve(limited(), token("alice")), serve(limited(), token("alice"))
    moc = (await patient.post("/api/mocs", json=MOC)).json()["data"]["id"]
    for _ in range(4):
        assert (await other.get(f"/api/mocs/{moc}")).status_code == 200
    for method, body in (("PATCH", {"title": "Changed"}), ("DELETE", None)):
        refused = await patient.request(method, f"/api/mocs/{moc}", json=body)
        assert left([refused]) == [(429, "0")]
    assert await titles(database_url) == ["Windmill"]


async def test_a_flag_that_is_one_too_many_is_not_raised(
    limited: Limited, serve: Serve, token: Token, database_url: str
) -> None:
    """It changes what the image's owner sees, and nothing of the caller's."""
    connection = await asyncpg.connect(database_url)
    inserted = await connection.fetch(
        "INSERT INTO gallery_images (user_id, title, image_url) VALUES ('somebody', 'Gate', '/1'), ('somebody', 'Tower', '/2')"
        " RETURNING id::text"
    )
    answers = []
    for row in inserted:
        client = serve(limited(), token("alice"))
        answers.append(await client.post("/api/flag", json={"imageId": row["id"], "reason": "not mine"}))
        for _ in range(4):
            await client.get("/health")
    assert left(answers) == [(201, "4"), (429, "0")]
    assert await connection.fetchval("SELECT count(*) FROM gallery_flags") == 1
    await connection.close()


async def test_what_is_refused_leaves_what_is_kept(
    limited: Limited, serve: Serve, token: Token, valkey_url: str
) -> None:
    reader, writer = serve(limited(), token("alice")), serve(limited(), token("alice"))
    assert [(await reader.get("/api/mocs")).headers["x-cache"] for _ in range(5)] == ["MISS", *["HIT"] * 4]
    assert (await writer.post("/api/mocs", json=MOC)).status_code == 429
    with redis.Redis.from_url(valkey_url) as server:
        [window] = server.keys("limit:*")
        server.delete(window)
    assert (await reader.get("/api/mocs")).headers["x-cache"] == "HIT"


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/api/mocs", b'{"type": "moc"}', 400),
        ("POST", "/api/mocs", b"{", 400),
        ("PATCH", "/api/mocs/3b0e5f0e-6d4b-4d0b-9c55-6f1b1d0a9b11", b'{"title": "Nobody\'s"}', 404),
        ("DELETE", "/api/wishlist/not-an-id", None, 404),
        ("GET", "/api/nothing", None, 404),
    ],
)
async def test_what_changes_nothing_is_counted_all_the_same(
    limited: Limited, serve: Serve, token: Token, method: str, path: str, body: bytes | None, status: int
) -> None:
    client = serve(limited(), token("alice"))
    json = {"content-type": "application/json"}
    answers = [await client.request(method, path, content=body, headers=json) for _ in range(7)]
    assert left(answers) == [*((status, str(room)) for room in (4, 3, 2, 1, 0)), (429, "0"), (429, "0")]


async def test_a_key_is_claimed_only_by_what_was_let_in(
    limited: Limited, serve: Serve, token: Token, database_url: str
) -> None:
    client = serve(limited(), token("alice"))
    for number in range(5):
        assert (await client.post("/api/mocs", json=numbered(number))).status_code == 201
    refused = await client.post("/api/mocs", json=numbered(5), headers={"Idempotency-Key": "once"})
    assert left([refused]) == [(429, "0")]
    connection = await asyncpg.connect(database_url)
    assert await connection.fetchval("SELECT count(*) FROM idempotency_keys") == 0
    await connection.close()


async def test_a_change_asks_redis_twice(limited: Limited, serve: Serve, token: Token, valkey_url: str) -> None:
    client = serve(limited(), token("alice"))
    await client.post("/api/mocs", json=numbered(0))
    with redis.Redis.from_url(valkey_url) as server:
        server.config_resetstat()
        await client.post("/api/mocs", json=numbered(1))
        await client.get("/health")  # comes after whatever nobody has waited for
        calls = server.info("commandstats")
    assert sum(calls[f"cmdstat_{name}"]["calls"] for name in ("eval", "evalsha") if f"cmdstat_{name}" in calls) == 3
