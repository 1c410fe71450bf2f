"""After any change nobody is shown what was true before: not this process, not another (PRD 2.2.9, 2.4.8, 2.5.8, ...)."""

from __future__ import annotations

import asyncio
import re
import secrets
from typing import TYPE_CHECKING, Any

import pytest

from gateway.worker import drain
from resolvers.caching import POLICIES
from tests.gateway.tenants import schema
from tests.gateway.tenants.cases import CASES, filled, ids
from tests.gateway.tenants.test_tenants import UPLOADED, made

if TYPE_CHECKING:
    from collections.abc import Callable

    import asyncpg
    import httpx
    from fastapi import FastAPI

    from gateway.dev.aws import Aws

MUTATIONS = [(name, case) for name, cases in CASES.items() if schema.roots()[name][0] == "mutation" for case in cases]
PROVED = {
    "createMoc": [pytest.mark.prd("2.2.9"), pytest.mark.prd("2.4.8")],
    "updateMoc": [pytest.mark.prd("2.5.8")],
    "deleteMoc": [pytest.mark.prd("2.6.6")],
    "createImage": [pytest.mark.prd("3.2.8")],
    "updateImage": [pytest.mark.prd("3.3.7")],
    "setWishlistItemImage": [pytest.mark.prd("3.7.8")],
    "updateUser": [pytest.mark.prd("4.3.5")],
    "setAvatar": [pytest.mark.prd("4.4.8")],
    "removeAvatar": [pytest.mark.prd("4.5.4")],
}


def cases() -> list[Any]:
    # Those that the PRD names always; all others, which take a minute, with the slow ones.
    return [pytest.param(name, case, id=name, marks=PROVED.get(name, [pytest.mark.slow])) for name, case in MUTATIONS]


async def shown(client: httpx.AsyncClient, own: dict[str, str]) -> dict[str, Any]:
    """All kinds of answers that are kept, signatures of URLs aside."""
    told = {}
    for name in POLICIES:
        sent = {"query": schema.document(name), "variables": filled(CASES[name][0], None, own, own)}
        answer = await client.post("/graphql", json=sent)
        told[name] = re.sub(r"[?&]X-Amz-[^\"]*", "", answer.text)
    for path in ("/api/mocs", "/api/mocs/{moc}", "/api/images/{image}", "/api/albums/{album}", "/api/wishlist"):
        answer = await client.get(path.format(**own))
        told[path] = re.sub(r"[?&]X-Amz-[^\"]*|\"timestamp\":[^}]*|\"requestId\":\"[^\"]*\"", "", answer.text)
    return {key: re.sub(r"\"requestId\":\"[^\"]*\"", "", text) for key, text in told.items()}


@pytest.mark.parametrize(("name", "case"), cases())
async def test_what_is_shown_after_a_change_is_what_is_true(
    process: Callable[..., httpx.AsyncClient],
    uncached: httpx.AsyncClient,
    database: asyncpg.Connection[asyncpg.Record],
    aws: Aws,
    name: str,
    case: dict[str, Any],
) -> None:
    own = await made(database, aws, "alice", "mine")
    await database.execute("UPDATE uploads SET filename = 'new ' || kind")
    for _, place in ids(case):
        if content := UPLOADED.get(place.kind.removeprefix("upload ")):
            key = f"uploads/{own['user']}/{own[place.kind]}"
            aws.client("s3").put_object(Bucket=aws.bucket, Key=key, Body=content)
    writer, reader = process(), process()
    before = await shown(reader, own)
    variables = filled(case, None, own, own)
    if name == "updateUser":
        variables["input"]["name"] = secrets.token_hex(8)  # the user pool remembers what other tests have called her
    answer = await writer.post("/graphql", json={"query": schema.document(name), "variables": variables})
    assert name in {"linkMocImage", "linkMocAlbum"} or "errors" not in answer.json(), answer.text
    truth = await shown(uncached, own)
    assert await shown(reader, own) == truth
    assert truth != before or name not in PROVED.keys() - {"removeAvatar"}


async def test_a_flag_by_somebody_else_is_shown_to_the_owner(
    alice: httpx.AsyncClient, bob: httpx.AsyncClient, database: asyncpg.Connection[asyncpg.Record], aws: Aws
) -> None:
    own = await made(database, aws, "alice", "mine")
    path = f"/api/images/{own['image']}"
    assert [(await alice.get(path)).headers["x-cache"] for _ in range(2)] == ["MISS", "HIT"]
    assert (await bob.post("/api/flag", json={"imageId": own["image"]})).status_code == 201
    assert (await alice.get(path)).json()["data"]["flagged"] is True


async def test_an_image_that_loses_its_album_with_a_stranger_is_shown_so_to_its_owner(
    alice: httpx.AsyncClient, bob: httpx.AsyncClient, database: asyncpg.Connection[asyncpg.Record], aws: Aws
) -> None:
    own = await made(database, aws, "alice", "mine")
    path = f"/api/images/{own['image']}"
    await database.execute(
        "UPDATE gallery_albums SET user_id = $1", aws.users["bob"].sub
    )  # as the legacy service allowed
    assert [(await alice.get(path)).json()["data"]["albumId"] for _ in range(2)] == [own["album"]] * 2
    assert (await bob.delete(f"/api/albums/{own['album']}")).status_code == 200
    assert (await alice.get(path)).json()["data"]["albumId"] is None


async def test_what_others_write_past_the_api_is_shown_once_the_worker_has_seen_it(
    app: FastAPI, alice: httpx.AsyncClient, create: Callable[..., Any], database: asyncpg.Connection[asyncpg.Record]
) -> None:
    moc = await create()
    path = f"/api/mocs/{moc['id']}"
    await drain(app.state.gateway.services)
    assert (await alice.get(path)).headers["x-cache"] == "MISS"
    await database.execute("UPDATE moc_instructions SET title = 'By the legacy service'")
    await database.execute(
        "INSERT INTO moc_files (moc_id, file_type, file_url) SELECT id, 'image', '/x' FROM moc_instructions"
    )
    assert (await alice.get(path)).headers["x-cache"] == "HIT"
    await drain(app.state.gateway.services)
    answer = await alice.get(path)
    assert (answer.headers["x-cache"], answer.json()["data"]["title"]) == ("MISS", "By the legacy service")
    assert len(answer.json()["data"]["files"]) == 1


async def test_a_hundred_readers_of_a_moment_are_one_statement(
    alice: httpx.AsyncClient, create: Callable[..., Any], statements: Callable[[], Any]
) -> None:

    moc = await create()
    path = f"/api/mocs/{moc['id']}"
    await statements()
    answers = await asyncio.gather(*(alice.get(path) for _ in range(100)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.headers["etag"] for answer in answers}) == 1
    assert len([sql for sql in await statements() if "moc_instructions" in sql]) == 1
