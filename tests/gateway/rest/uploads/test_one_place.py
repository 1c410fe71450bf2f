"""Pictures of a wish lie in one place, whoever sends them: what a row names is never deleted for another request's sake."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.gateway.rest.uploads.conftest import picture

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    import asyncpg

    from gateway.dev.aws import Aws

FORM = {"image": ("x.png", picture(), "image/png")}
BODY = {"kind": "wishlist-image", "filename": "x.png", "contentType": "image/png", "size": 100_000}


@pytest.fixture
async def item(alice: httpx.AsyncClient) -> str:
    """The id of one of alice's wishes."""
    identifier: str = (await alice.post("/api/wishlist", json={"title": "Titanic"})).json()["data"]["id"]
    return identifier


@pytest.fixture
def upload(alice: httpx.AsyncClient) -> Callable[[], Any]:
    """`await upload()`: the id of a picture in the bucket, which waits to be taken."""

    async def send() -> str:
        made = (await alice.post("/api/uploads", json=BODY)).json()["data"]
        async with httpx.AsyncClient(trust_env=False, timeout=60) as browser:
            await browser.post(made["url"], data=made["fields"], files={"file": ("f", picture(), "image/png")})
        identifier: str = made["uploadId"]
        return identifier

    return send


@pytest.fixture
def hour(database: asyncpg.Connection[asyncpg.Record], work: Callable[[], Any]) -> Callable[[], Any]:
    """`await hour()`: all that is to be done at some time is due, and done."""

    async def pass_() -> None:
        await database.execute("UPDATE outbox SET due_at = now() - interval '1 day'")
        await work()

    return pass_


@asynccontextmanager
async def refusing(database: asyncpg.Connection[asyncpg.Record], check: str) -> AsyncIterator[None]:
    """Wishes must meet this for as long as the block lasts."""
    await database.execute(f"ALTER TABLE wishlist_items ADD CONSTRAINT no CHECK ({check}) NOT VALID")
    try:
        yield
    finally:
        await database.execute("ALTER TABLE wishlist_items DROP CONSTRAINT no")


def shown(bucket: Callable[[], set[str]], item: str) -> bool:
    return any(key.endswith(f"/{item}.webp") for key in bucket())


async def test_a_request_that_is_sent_twice_leaves_the_picture(
    alice: httpx.AsyncClient,
    item: str,
    upload: Callable[[], Any],
    bucket: Callable[[], set[str]],
    hour: Callable[[], Any],
) -> None:
    for _ in range(3):
        sent = {"uploadId": await upload()}
        answers = await asyncio.gather(*(alice.post(f"/api/wishlist/{item}/image", json=sent) for _ in range(3)))
        assert sorted(answer.status_code for answer in answers) == [200, 409, 409]
        await hour()
        assert shown(bucket, item)


async def test_a_request_that_died_takes_nothing_from_the_next_one(
    alice: httpx.AsyncClient,
    aws: Aws,
    item: str,
    bucket: Callable[[], set[str]],
    database: asyncpg.Connection[asyncpg.Record],
    hour: Callable[[], Any],
) -> None:
    key = f"wishlist/{aws.users['alice'].sub}/{item}.webp"
    await database.execute(
        """INSERT INTO outbox (topic, payload, created_at, due_at)
        VALUES ('delete-objects', jsonb_build_object('keys', jsonb_build_array($1::text)), now(), now() + interval '1 hour')""",
        key,
    )
    answer = await alice.post(f"/api/wishlist/{item}/image", files=FORM)
    assert answer.status_code == 200
    await hour()
    assert bucket() == {key}


async def test_what_was_stored_for_nothing_goes_after_an_hour(
    alice: httpx.AsyncClient,
    item: str,
    bucket: Callable[[], set[str]],
    database: asyncpg.Connection[asyncpg.Record],
    work: Callable[[], Any],
    hour: Callable[[], Any],
) -> None:
    async with refusing(database, "image_url IS NULL"):
        assert (await alice.post(f"/api/wishlist/{item}/image", files=FORM)).status_code == 500
    await work()
    assert shown(bucket, item), "another request may have stored it there meanwhile"
    await hour()
    assert not shown(bucket, item)


async def test_a_later_picture_that_fails_leaves_one_there(
    alice: httpx.AsyncClient,
    item: str,
    bucket: Callable[[], set[str]],
    database: asyncpg.Connection[asyncpg.Record],
    hour: Callable[[], Any],
) -> None:
    assert (await alice.post(f"/api/wishlist/{item}/image", files=FORM)).status_code == 200
    async with refusing(database, "image_width = 0"):
        assert (await alice.post(f"/api/wishlist/{item}/image", files=FORM)).status_code == 500
    await hour()
    assert shown(bucket, item)


async def test_a_wish_that_goes_meanwhile_takes_its_picture_along(
    alice: httpx.AsyncClient,
    item: str,
    bucket: Callable[[], set[str]],
    database: asyncpg.Connection[asyncpg.Record],
    hour: Callable[[], Any],
) -> None:
    where = f"/api/wishlist/{item}"
    assert (await alice.post(f"{where}/image", files=FORM)).status_code == 200
    # The row goes between the two transactions of the next picture, as if by a request of the same moment.
    await database.execute(
        """CREATE FUNCTION gone() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN DELETE FROM wishlist_items; RETURN NULL; END $$;
        CREATE TRIGGER gone AFTER DELETE ON outbox FOR EACH STATEMENT EXECUTE FUNCTION gone()"""
    )
    try:
        answer = await alice.post(f"{where}/image", files=FORM)
    finally:
        await database.execute("DROP TRIGGER gone ON outbox; DROP FUNCTION gone")
    assert answer.status_code == 404
    await hour()
    assert not shown(bucket, item)


async def test_nobody_is_shown_what_nobody_has_looked_at(
    alice: httpx.AsyncClient,
    aws: Aws,
    item: str,
    upload: Callable[[], Any],
    database: asyncpg.Connection[asyncpg.Record],
) -> None:
    url = f"https://{aws.bucket}.s3.{aws.region}.amazonaws.com/uploads/{aws.users['alice'].sub}/{await upload()}"
    for answer in (
        await alice.post("/api/wishlist", json={"title": "x", "imageUrl": url}),
        await alice.patch(f"/api/wishlist/{item}", json={"imageUrl": url}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (400, "VALIDATION_ERROR")
        assert answer.json()["details"][0]["field"] == "imageUrl"
    await database.execute("UPDATE wishlist_items SET image_url = $1", url)
    assert (await alice.get(f"/api/wishlist/{item}")).json()["data"]["imageUrl"] == url, "it has no signature"
