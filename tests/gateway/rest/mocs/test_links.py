"""Gallery images and albums of a MOC (contract section 2)."""

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
KINDS = pytest.mark.parametrize("kind", ["gallery-images", "albums"])
_FIELDS = {"gallery-images": "galleryImageId", "albums": "albumId"}
_LINKS = {"gallery-images": "moc_gallery_images", "albums": "moc_gallery_albums"}


@pytest.fixture
def target(database: asyncpg.Connection[asyncpg.Record], aws: Aws) -> Callable[..., Any]:
    """`await target("albums", user="alice")`: the id of a new image or album."""

    async def make(kind: str, user: str = "alice", title: str = "Dawn") -> str:
        if kind == "albums":
            statement = "INSERT INTO gallery_albums (user_id, title) VALUES ($1, $2) RETURNING id"
        else:
            statement = "INSERT INTO gallery_images (user_id, title, image_url) VALUES ($1, $2, '/i.webp') RETURNING id"
        return str(await database.fetchval(statement, aws.users[user].sub, title))

    return make


async def links(database: asyncpg.Connection[asyncpg.Record], kind: str) -> int:
    number: int = await database.fetchval(f"SELECT count(*) FROM {_LINKS[kind]}")
    return number


@KINDS
async def test_a_link_is_made_once_listed_and_removed(
    alice: httpx.AsyncClient,
    create: Callable[..., Any],
    target: Callable[..., Any],
    database: asyncpg.Connection[asyncpg.Record],
    kind: str,
) -> None:
    moc, wanted = await create(), await target(kind)
    path = f"/api/mocs/{moc['id']}/{kind}"
    made = await alice.post(path, json={_FIELDS[kind]: wanted})
    link = made.json()["data"]
    assert (made.status_code, made.json()["statusCode"], link["mocId"]) == (201, 201, moc["id"])
    assert wanted in link.values()
    again = await alice.post(path, json={_FIELDS[kind]: wanted})
    assert (again.status_code, again.json()["code"]) == (409, "CONFLICT")
    listed = (await alice.get(path)).json()
    assert [(item["id"], item["title"], item["linkedAt"]) for item in listed["data"]] == [(wanted, "Dawn", link["id"])]
    assert (listed["total"], listed["page"], listed["limit"]) == (1, 1, 1)
    removed = await alice.delete(f"{path}/{wanted}")
    assert (removed.status_code, set(removed.json())) == (200, {"success", "message", "timestamp"})
    assert (await alice.delete(f"{path}/{wanted}")).status_code == 404
    assert await links(database, kind) == 0


async def test_old_clients_read_images_and_link(
    alice: httpx.AsyncClient, create: Callable[..., Any], target: Callable[..., Any]
) -> None:
    moc, image = await create(), await target("gallery-images")
    path = f"/api/mocs/{moc['id']}/gallery-images"
    made = (await alice.post(path, json={"galleryImageId": image})).json()
    assert made["link"] == made["data"]
    listed = (await alice.get(path)).json()
    assert listed["images"] == listed["data"]
    assert (listed["data"][0]["url"], listed["data"][0]["flagged"]) == ("/i.webp", False)


@KINDS
async def test_concurrent_doubles_make_one_link(
    alice: httpx.AsyncClient,
    create: Callable[..., Any],
    target: Callable[..., Any],
    database: asyncpg.Connection[asyncpg.Record],
    kind: str,
) -> None:
    moc, wanted = await create(), await target(kind)
    path = f"/api/mocs/{moc['id']}/{kind}"
    answers = await asyncio.gather(*(alice.post(path, json={_FIELDS[kind]: wanted}) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
    assert await links(database, kind) == 1


@KINDS
@pytest.mark.parametrize(("value", "status"), [(UNKNOWN, 404), ("x", 400), ("", 400), (None, 400), (5, 404), ([], 400)])
async def test_an_id_that_names_nothing_links_nothing(
    alice: httpx.AsyncClient,
    create: Callable[..., Any],
    database: asyncpg.Connection[asyncpg.Record],
    kind: str,
    value: Any,
    status: int,
) -> None:
    moc = await create()
    answer = await alice.post(f"/api/mocs/{moc['id']}/{kind}", json={_FIELDS[kind]: value})
    if value == 5:  # GraphQL takes a number for an id; as text it is no UUID
        status = 400
    assert answer.status_code == status, answer.text
    assert await links(database, kind) == 0
    empty = await alice.post(f"/api/mocs/{moc['id']}/{kind}", json={})
    assert empty.json()["details"] == [{"field": _FIELDS[kind], "path": [_FIELDS[kind]], "message": "is required"}]


@KINDS
async def test_what_is_somebody_elses_is_not_linked(
    alice: httpx.AsyncClient,
    bob: httpx.AsyncClient,
    create: Callable[..., Any],
    target: Callable[..., Any],
    database: asyncpg.Connection[asyncpg.Record],
    kind: str,
) -> None:
    moc, own, foreign = await create(), await target(kind), await target(kind, user="bob")
    theirs = await alice.post(f"/api/mocs/{moc['id']}/{kind}", json={_FIELDS[kind]: foreign})
    assert (theirs.status_code, theirs.json()["code"]) == (403, "FORBIDDEN")
    for body in ({_FIELDS[kind]: own}, {}, {_FIELDS[kind]: "x"}):
        mine = await bob.post(f"/api/mocs/{moc['id']}/{kind}", json=body)
        assert (mine.status_code, mine.json()["code"]) == (403, "FORBIDDEN")
    unknown = await alice.post(f"/api/mocs/{UNKNOWN}/{kind}", json={_FIELDS[kind]: own})
    assert unknown.status_code == 404
    assert await links(database, kind) == 0
    assert (await alice.post(f"/api/mocs/{moc['id']}/{kind}", json={_FIELDS[kind]: own})).status_code == 201
    assert (await bob.delete(f"/api/mocs/{moc['id']}/{kind}/{own}")).status_code == 403
    assert (await alice.delete(f"/api/mocs/{moc['id']}/{kind}/not-an-id")).status_code == 404
    assert await links(database, kind) == 1
