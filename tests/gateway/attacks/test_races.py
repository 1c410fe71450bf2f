"""The same thing done many times at once (OWASP API6:2023; CWE-367). More: whatever is named `race` in tests/gateway/rest."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from tests.gateway.rest.uploads.conftest import picture

if TYPE_CHECKING:
    from collections.abc import Callable

    import asyncpg
    import httpx

    from gateway.dev.aws import Aws
    from settings import Settings


@pytest.fixture
def settings(settings_for: Callable[..., Settings]) -> Settings:
    """With a connection for each of many requests, so that they meet in PostgreSQL and do not queue for the pool."""
    return settings_for(database_pool_size=12)


async def upload(client: httpx.AsyncClient, aws: Aws, kind: str) -> str:
    """The id of an upload whose file is in the bucket."""
    body = {"kind": kind, "filename": "a.png", "contentType": "image/png", "size": 1000}
    made = (await client.post("/api/uploads", json=body)).json()["data"]
    aws.client("s3").put_object(Bucket=aws.bucket, Key=made["fields"]["key"], Body=picture())
    return str(made["uploadId"])


async def test_one_upload_makes_one_thing_however_many_ask_by_whatever_door(
    alice: httpx.AsyncClient, aws: Aws, bucket: Callable[[], set[str]], database: asyncpg.Connection[asyncpg.Record]
) -> None:
    bucket()
    one = await upload(alice, aws, "image")
    document = "mutation($id: ID!) { one: createImage(input: {uploadId: $id}) { id } two: createImage(input: {uploadId: $id}) { id } }"
    answers = await asyncio.gather(
        *(alice.post("/api/images", json={"uploadId": one}) for _ in range(5)),
        *(alice.post("/graphql", json={"query": document, "variables": {"id": one}}) for _ in range(5)),
    )
    assert await database.fetchval("SELECT count(*) FROM gallery_images") == 1
    made = [answer for answer in answers[:5] if answer.status_code == 201]
    made_by_graph = [answer for answer in answers[5:] if (answer.json().get("data") or {}).get("one")]
    assert len(made) + len(made_by_graph) <= 1, (
        "two aliases are one document: the second fails, and with it the answer's data"
    )
    assert all(answer.status_code < 500 for answer in answers)
    codes = Counter(error["extensions"]["code"] for answer in answers[5:] for error in answer.json().get("errors", ()))
    assert set(codes) <= {"CONFLICT", "NOT_FOUND"}


async def test_of_equal_complaints_at_once_one_counts(
    bob: httpx.AsyncClient, database: asyncpg.Connection[asyncpg.Record], aws: Aws
) -> None:
    image = await database.fetchval(
        "INSERT INTO gallery_images (user_id, title, image_url) VALUES ($1, 'x', 'https://x/y') RETURNING id::text",
        aws.users["alice"].sub,
    )
    answers = await asyncio.gather(*(bob.post("/api/flag", json={"imageId": image}) for _ in range(10)))
    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: 9}
    assert await database.fetchval("SELECT count(*) FROM gallery_flags") == 1


async def test_what_is_given_away_meanwhile_is_not_changed_any_more(
    alice: httpx.AsyncClient, create: Callable[..., Any], database: asyncpg.Connection[asyncpg.Record], aws: Aws
) -> None:
    """Whose a row is, counts when it is changed: nobody can give it to another between the check and the change."""
    moc = await create()
    giving = database.transaction()
    await giving.start()
    await database.execute("UPDATE moc_instructions SET user_id = $1", aws.users["bob"].sub)
    change = asyncio.create_task(alice.patch(f"/api/mocs/{moc['id']}", json={"title": "Taken"}))
    removal = asyncio.create_task(alice.delete(f"/api/mocs/{moc['id']}"))
    await asyncio.sleep(0.3)
    await giving.commit()
    assert [(await change).status_code, (await removal).status_code] == [403, 403]
    assert await database.fetchval("SELECT title FROM moc_instructions") == "Windmill"


async def test_things_of_ones_own_and_of_another_in_one_document_are_judged_one_by_one(
    alice: httpx.AsyncClient, bob: httpx.AsyncClient, create: Callable[..., Any]
) -> None:
    """Aliases are a way to ask for many ids at once: each is checked, and none brings what another may not."""
    mine, theirs = await create(), await create(bob)
    ids = [
        mine["id"],
        theirs["id"],
        "00000000-0000-4000-8000-000000000000",
        "x",
        f"{theirs['id']}\0",
        theirs["id"].upper(),
    ]
    fields = " ".join(
        f"a{place}: moc(id: $i{place}) {{ title files {{ fileUrl }} partsLists {{ title }} }}"
        for place in range(len(ids))
    )
    variables = {f"i{place}": identifier for place, identifier in enumerate(ids)}
    document = f"query({' '.join(f'${name}: ID!' for name in variables)}) {{ {fields} }}"
    answer = (await alice.post("/graphql", json={"query": document, "variables": variables})).json()
    assert [place for place, moc in enumerate(answer["data"].values()) if moc] == [0]
    codes = {error["path"][0]: error["extensions"]["code"] for error in answer["errors"]}
    assert codes == {"a1": "FORBIDDEN", "a2": "NOT_FOUND", "a3": "NOT_FOUND", "a4": "NOT_FOUND", "a5": "FORBIDDEN"}
