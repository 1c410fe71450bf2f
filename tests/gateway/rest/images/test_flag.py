"""POST /api/flag (contract sections 2 and 7)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    import asyncpg
    import httpx

    from gateway.dev.aws import Aws

UNKNOWN = "00000000-0000-4000-8000-000000000000"


async def test_anybody_complains_once_and_sees_nothing_of_the_image(
    alice: httpx.AsyncClient, bob: httpx.AsyncClient, add_image: Callable[..., Any], aws: Aws
) -> None:
    image = await add_image(title="Secret", flagged=None)
    before = (await alice.get(f"/api/images/{image}")).json()["data"]
    answer = await bob.post("/api/flag", json={"imageId": image, "reason": "Spam 🚫"})
    body = answer.json()
    assert (answer.status_code, body["statusCode"], body["message"]) == (201, 201, "Image flagged for moderation")
    assert body["flag"] == body["data"]
    assert body["data"] == {
        "id": body["data"]["id"],
        "imageId": image,
        "userId": aws.users["bob"].sub,
        "reason": "Spam 🚫",
        "createdAt": body["data"]["createdAt"],
        "lastUpdatedAt": body["data"]["createdAt"],
    }
    assert "Secret" not in answer.text
    assert (await alice.get(f"/api/images/{image}")).json()["data"] == before | {"flagged": True}
    again = await bob.post("/api/flag", json={"imageId": image})
    assert (again.status_code, again.json()["code"]) == (409, "CONFLICT")
    own = await alice.post("/api/flag", json={"imageId": image})
    assert (own.status_code, own.json()["data"]["reason"]) == (201, None)


async def test_concurrent_doubles_make_one_flag(
    alice: httpx.AsyncClient, add_image: Callable[..., Any], database: asyncpg.Connection[asyncpg.Record]
) -> None:
    image = await add_image("bob")
    answers = await asyncio.gather(*(alice.post("/api/flag", json={"imageId": image}) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
    assert await database.fetchval("SELECT count(*) FROM gallery_flags") == 1


async def test_users_flag_one_image_at_once(
    alice: httpx.AsyncClient,
    bob: httpx.AsyncClient,
    client_of: Callable[[str], httpx.AsyncClient],
    add_image: Callable[..., Any],
    database: asyncpg.Connection[asyncpg.Record],
) -> None:
    image = await add_image()
    async with client_of("carol") as carol:
        answers = await asyncio.gather(
            *(client.post("/api/flag", json={"imageId": image}) for client in (alice, bob, carol))
        )
    assert [answer.status_code for answer in answers] == [201, 201, 201]
    assert await database.fetchval("SELECT count(DISTINCT user_id) FROM gallery_flags") == 3


async def test_an_image_that_is_deleted_meanwhile_is_not_found(
    alice: httpx.AsyncClient, add_image: Callable[..., Any], database: asyncpg.Connection[asyncpg.Record]
) -> None:
    image = await add_image("bob")
    async with database.transaction():
        await database.execute("DELETE FROM gallery_images")
        waiting = asyncio.create_task(alice.post("/api/flag", json={"imageId": image}))
        await asyncio.wait({waiting}, timeout=0.5)
        assert not waiting.done()
    assert ((await waiting).status_code, (await waiting).json()["message"]) == (404, "Image not found")


@pytest.mark.parametrize(
    ("body", "field", "message"),
    [
        ({"imageId": "abc"}, "imageId", "must be a UUID, is 'abc'"),
        ({"imageId": ""}, "imageId", "must be a UUID, is ''"),
        ({"imageId": None}, "imageId", "must not be null"),
        ({"reason": "x"}, "imageId", "is required"),
        ({"imageId": UNKNOWN, "reason": "r" * 2001}, "reason", "must have at most 2000 characters, has 2001"),
        ({"imageId": UNKNOWN, "reason": "\0"}, "reason", "must not contain the NUL character"),
        ({"imageId": UNKNOWN, "reason": 5}, "reason", "must be a string, is 5"),
    ],
)
async def test_a_wrong_value_is_named_and_flags_nothing(
    alice: httpx.AsyncClient,
    add_image: Callable[..., Any],
    stored_gallery: Callable[[], Any],
    body: dict[str, Any],
    field: str,
    message: str,
) -> None:
    image = await add_image("bob")
    before = await stored_gallery()
    sent = {name: image if value == UNKNOWN else value for name, value in body.items()}
    answer = await alice.post("/api/flag", json=sent)
    assert (answer.status_code, answer.json()["code"]) == (400, "VALIDATION_ERROR")
    assert answer.json()["details"] == [{"field": field, "path": [field], "message": message}]
    assert await stored_gallery() == before


async def test_a_reason_may_be_long_and_an_image_must_exist(
    alice: httpx.AsyncClient,
    anonymous: httpx.AsyncClient,
    add_image: Callable[..., Any],
    stored_gallery: Callable[[], Any],
) -> None:
    image = await add_image("bob")
    before = await stored_gallery()
    unknown = await alice.post("/api/flag", json={"imageId": UNKNOWN})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "NOT_FOUND")
    nobody = await anonymous.post("/api/flag", json={"imageId": image})
    assert (nobody.status_code, nobody.json()["code"]) == (401, "UNAUTHORIZED")
    assert await stored_gallery() == before
    long = await alice.post("/api/flag", json={"imageId": image, "reason": "r" * 2000})
    assert (long.status_code, long.json()["data"]["reason"]) == (201, "r" * 2000)


async def test_graphql_flags_too(graphql: Callable[..., Any], add_image: Callable[..., Any]) -> None:
    document = 'mutation($id: ID!) { flagImage(imageId: $id, reason: "Blurry") { imageId reason } }'
    image = await add_image("bob")
    assert (await graphql(document, {"id": image}))["data"]["flagImage"] == {"imageId": image, "reason": "Blurry"}
    assert (await graphql(document, {"id": image}))["errors"][0]["extensions"]["code"] == "CONFLICT"
