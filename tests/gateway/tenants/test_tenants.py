"""No operation lets one user see or change what belongs to another, by REST or by GraphQL.

The cases are generated from the schema and the route table: an operation without a row in `cases.py`, or with an id that no row
names, fails here.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

from gateway.rest import ROUTES
from gateway.rest.route import Route
from services.content import KINDS
from tests.gateway.rest.uploads.conftest import picture
from tests.gateway.tenants import rest, schema
from tests.gateway.tenants.cases import CASES, OPEN, Path, filled, ids

if TYPE_CHECKING:
    import asyncpg
    import httpx

    from gateway.dev.aws import Aws

SECRET = "secret"  # in every text of what is bob's
TABLES = (
    "moc_instructions",
    "moc_files",
    "moc_parts_lists",
    "moc_parts",
    "gallery_images",
    "gallery_albums",
    "gallery_flags",
    "moc_gallery_images",
    "moc_gallery_albums",
    "wishlist_items",
    "uploads",
)
UPLOADED = dict.fromkeys(KINDS, picture()) | {
    "instruction": b"%PDF-1.4\n%%EOF",
    "parts-list": b"part,quantity\n3001,4\n",
}
# A foreign id in one place; the others are the caller's own.
FOREIGN = [(name, case, path) for name, cases in CASES.items() for case in cases for path, _ in ids(case)]
ALONE = [(name, case) for name, cases in CASES.items() for case in cases if not ids(case)]
ROUTED = [
    (route, case, path)
    for route in ROUTES
    for name, case, path in FOREIGN
    if name == rest.field_of(route)[0] and rest.exposes(route, path)
]
ROUTED_ALONE = [(route, case) for route in ROUTES for name, case in ALONE if name == rest.field_of(route)[0]]


def titled(case: Any) -> str:
    if isinstance(case, str):
        return case
    return f"{case.method} {case.path}" if isinstance(case, Route) else ".".join(map(str, case)) or "-"


@pytest.fixture
async def own(request: pytest.FixtureRequest, database: asyncpg.Connection[asyncpg.Record], aws: Aws) -> dict[str, str]:
    """The ids of what is alice's; the files of the uploads that the case names are in the bucket."""
    mine = await made(database, aws, "alice", "mine")
    for _, place in ids(request.node.callspec.params["case"]):
        if place.kind in mine and (content := UPLOADED.get(place.kind.removeprefix("upload "))):
            key = f"uploads/{mine['user']}/{mine[place.kind]}"
            aws.client("s3").put_object(Bucket=aws.bucket, Key=key, Body=content)
    return mine


@pytest.fixture
async def other(database: asyncpg.Connection[asyncpg.Record], aws: Aws) -> dict[str, str]:
    """The ids of what is bob's."""
    return await made(database, aws, "bob", SECRET)


async def made(database: asyncpg.Connection[asyncpg.Record], aws: Aws, user: str, text: str) -> dict[str, str]:
    """One thing of each kind, linked to each other; `text` is in all that they say."""
    user_id = aws.users[user].sub

    async def insert(table: str, **values: Any) -> str:
        columns, places = ", ".join(values), ", ".join(f"${number}" for number in range(1, len(values) + 1))
        statement = f"INSERT INTO {table} ({columns}) VALUES ({places}) RETURNING id"
        return str(await database.fetchval(statement, *values.values()))

    tags = f'["{text}"]'
    moc = await insert("moc_instructions", user_id=user_id, title=text, type="moc", theme=text, tags=tags, author=text)
    album = await insert("gallery_albums", user_id=user_id, title=text, description=text)
    image = await insert(
        "gallery_images", user_id=user_id, title=text, tags=tags, image_url=f"https://x/{text}", album_id=album
    )
    await database.execute("UPDATE gallery_albums SET cover_image_id = $1 WHERE id = $2", image, album)
    file = await insert(
        "moc_files", moc_id=moc, file_type="parts-list", file_url=f"https://x/{text}", original_filename=text
    )
    parts_list = await insert("moc_parts_lists", moc_id=moc, file_id=file, title=text, notes=text)
    await insert("moc_parts", parts_list_id=parts_list, part_id=text, quantity=1)
    await insert("moc_gallery_images", moc_id=moc, gallery_image_id=image)
    await insert("moc_gallery_albums", moc_id=moc, gallery_album_id=album)
    wish = await insert("wishlist_items", user_id=user_id, title=text, category=text, sort_order="1")
    later = datetime(2100, 1, 1)  # noqa: DTZ001 - the tables keep UTC without a zone
    kinds = {}
    for kind in UPLOADED:
        announced = {"kind": kind, "filename": text, "content_type": "image/png", "size": 1}
        upload = await insert("uploads", user_id=user_id, expires_at=later, **announced)
        kinds[f"upload {kind}"] = upload
    kinds |= {
        "moc": moc,
        "file": file,
        "parts_list": parts_list,
        "image": image,
        "album": album,
        "wish": wish,
    }
    return {**kinds, "user": user_id}


async def rows(database: asyncpg.Connection[asyncpg.Record], *, of: str = "") -> dict[str, list[Any]]:
    """All rows of all tables, or those in which `of` stands somewhere."""
    return {
        table: [
            row["text"]
            for row in await database.fetch(
                f"SELECT t::text AS text FROM {table} t WHERE strpos(t::text, $1) > 0 ORDER BY id", of
            )
        ]
        for table in TABLES
    }


def test_every_root_field_has_a_case() -> None:
    assert set(CASES) == set(schema.roots())


@pytest.mark.parametrize("name", sorted(schema.roots()))
def test_every_id_of_a_root_field_has_a_case(name: str) -> None:
    named = {tuple(step for step in path if isinstance(step, str)) for case in CASES[name] for path, _ in ids(case)}
    assert named == schema.id_paths(schema.roots()[name][1])


@pytest.mark.parametrize("route", ROUTES, ids=titled)
def test_every_route_is_asked_for_every_id_that_it_takes(route: Route) -> None:
    name, filled_by = rest.field_of(route)
    asked = {tuple(step for step in path if isinstance(step, str)) for one, _, path in ROUTED if one is route}
    taken = {path for path in schema.id_paths(schema.roots()[name][1]) if rest.exposes(route, path)}
    assert filled_by or route in {one for one, _ in ROUTED_ALONE}
    assert taken == asked


@pytest.mark.prd("3.3.5")
@pytest.mark.prd("3.4.7")
@pytest.mark.prd("3.6.10")
@pytest.mark.parametrize(("name", "case", "path"), FOREIGN, ids=titled)
async def test_the_graph_refuses_what_is_not_mine(
    alice: httpx.AsyncClient,
    database: asyncpg.Connection[asyncpg.Record],
    own: dict[str, str],
    other: dict[str, str],
    name: str,
    case: dict[str, Any],
    path: Path,
) -> None:
    before = await rows(database)
    variables = filled(case, path, own, other)
    answer = await alice.post("/graphql", json={"query": schema.document(name), "variables": variables})
    assert SECRET not in answer.text
    if name in OPEN:
        assert "errors" not in answer.json()
        return
    (error,) = answer.json()["errors"]
    assert error["extensions"]["code"] in {"FORBIDDEN", "NOT_FOUND"}, error
    assert not (answer.json().get("data") or {}).get(name)
    assert await rows(database) == before


@pytest.mark.prd("3.3.5")
@pytest.mark.prd("3.4.7")
@pytest.mark.prd("3.6.10")
@pytest.mark.parametrize(("route", "case", "path"), ROUTED, ids=titled)
async def test_rest_refuses_what_is_not_mine(
    alice: httpx.AsyncClient,
    database: asyncpg.Connection[asyncpg.Record],
    own: dict[str, str],
    other: dict[str, str],
    route: Route,
    case: dict[str, Any],
    path: Path,
) -> None:
    before = await rows(database)
    where, sent = rest.request(route, filled(case, path, own, other))
    for method in route.methods:
        answer = await alice.request(method, where, **sent)
        assert SECRET not in answer.text
        if rest.field_of(route)[0] in OPEN:
            assert answer.status_code == 201
            return
        assert answer.status_code in {403, 404}, answer.text
        assert await rows(database) == before


@pytest.mark.prd("2.8.4")
@pytest.mark.prd("3.8.3")
@pytest.mark.parametrize(("name", "case"), ALONE, ids=titled)
async def test_the_graph_shows_mine_alone(
    alice: httpx.AsyncClient,
    database: asyncpg.Connection[asyncpg.Record],
    own: dict[str, str],
    other: dict[str, str],
    name: str,
    case: dict[str, Any],
) -> None:
    theirs = await rows(database, of=SECRET)
    answer = await alice.post("/graphql", json={"query": schema.document(name), "variables": case})
    assert own
    assert other
    assert "errors" not in answer.json(), answer.text
    assert SECRET not in answer.text
    assert await rows(database, of=SECRET) == theirs


@pytest.mark.prd("2.8.4")
@pytest.mark.prd("3.8.3")
@pytest.mark.parametrize(("route", "case"), ROUTED_ALONE, ids=titled)
async def test_rest_shows_mine_alone(
    alice: httpx.AsyncClient,
    database: asyncpg.Connection[asyncpg.Record],
    own: dict[str, str],
    other: dict[str, str],
    route: Route,
    case: dict[str, Any],
) -> None:
    theirs = await rows(database, of=SECRET)
    where, sent = rest.request(route, case)
    answer = await alice.request(route.method, where, **sent)
    assert own
    assert other
    assert answer.is_success, answer.text
    assert SECRET not in answer.text
    assert await rows(database, of=SECRET) == theirs


@pytest.mark.parametrize(
    ("name", "case"), [(name, case) for name, cases in CASES.items() for case in cases], ids=titled
)
async def test_the_same_calls_with_my_own_ids_are_served(
    alice: httpx.AsyncClient, own: dict[str, str], name: str, case: dict[str, Any]
) -> None:
    """So that a refusal above is about whose it is, and about nothing else."""
    variables = filled(case, None, own, own)
    answer = await alice.post("/graphql", json={"query": schema.document(name), "variables": variables})
    errors = answer.json().get("errors", [])
    assert [error for error in errors if error["extensions"]["code"] != "CONFLICT"] == [], errors
