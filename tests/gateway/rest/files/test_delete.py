"""DELETE /api/mocs/{id}/files/{fileId} (contract section 2)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    import asyncpg
    import httpx

UNKNOWN = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def add_file(database: asyncpg.Connection[asyncpg.Record]) -> Callable[..., Any]:
    """`await add_file(moc)`: the id of a new file of that MOC."""

    async def make(moc: dict[str, Any], name: str = "castle.pdf") -> str:
        statement = """
            INSERT INTO moc_files (moc_id, file_type, file_url, original_filename) VALUES ($1, 'instruction', '/f', $2)
            RETURNING id
        """
        return str(await database.fetchval(statement, moc["id"], name))

    return make


@pytest.fixture
def stored_files(database: asyncpg.Connection[asyncpg.Record]) -> Callable[[], Any]:
    """`await stored_files()`: the ids of all files."""

    async def read() -> list[str]:
        return sorted(str(row["id"]) for row in await database.fetch("SELECT id FROM moc_files"))

    return read


async def test_a_file_is_removed_and_its_moc_counts_as_changed(
    alice: httpx.AsyncClient,
    create: Callable[..., Any],
    add_file: Callable[..., Any],
    stored_files: Callable[[], Any],
) -> None:
    moc = await create()
    gone, kept = await add_file(moc), await add_file(moc, "other.pdf")
    answer = await alice.delete(f"/api/mocs/{moc['id']}/files/{gone}")
    body = answer.json()
    assert (answer.status_code, body["success"], body["message"]) == (200, True, "File deleted successfully")
    assert set(body) == {"success", "message", "timestamp"}
    assert await stored_files() == [kept]
    read = (await alice.get(f"/api/mocs/{moc['id']}")).json()["data"]
    assert [file["id"] for file in read["files"]] == [kept]
    assert {name: read[name] for name in moc} == moc | {"updatedAt": read["updatedAt"]}
    assert read["updatedAt"] > moc["updatedAt"]
    again = await alice.delete(f"/api/mocs/{moc['id']}/files/{gone}")
    assert (again.status_code, again.json()["message"]) == (404, "File not found")


async def test_the_version_of_the_moc_grows_even_if_it_is_ahead_of_the_clock(
    alice: httpx.AsyncClient,
    create: Callable[..., Any],
    add_file: Callable[..., Any],
    database: asyncpg.Connection[asyncpg.Record],
) -> None:
    moc = await create()
    await database.execute("UPDATE moc_instructions SET updated_at = '2100-01-01 00:00:00'")
    await alice.delete(f"/api/mocs/{moc['id']}/files/{await add_file(moc)}")
    read = (await alice.get(f"/api/mocs/{moc['id']}")).json()["data"]
    assert read["updatedAt"] == "2100-01-01T00:00:00.001Z"


async def test_a_parts_list_outlives_the_file_that_it_came_from(
    alice: httpx.AsyncClient, create: Callable[..., Any], add_file: Callable[..., Any]
) -> None:
    moc = await create()
    file_id = await add_file(moc)
    path = f"/api/mocs/{moc['id']}/parts-lists"
    made = (await alice.post(path, json={"title": "Parts", "fileId": file_id})).json()["data"]
    assert (await alice.delete(f"/api/mocs/{moc['id']}/files/{file_id}")).status_code == 200
    assert (await alice.get(path)).json()["data"] == [made | {"fileId": None}]


async def test_what_is_not_the_callers_own_file_of_that_moc_stays(
    alice: httpx.AsyncClient,
    bob: httpx.AsyncClient,
    create: Callable[..., Any],
    add_file: Callable[..., Any],
    stored: Callable[[str], Any],
    stored_files: Callable[[], Any],
) -> None:
    moc, other = await create(), await create(title="Other")
    file_id = await add_file(moc)
    before = [await stored(moc["id"]), await stored(other["id"])]
    for client, moc_id, wanted, status, message in (
        (bob, moc["id"], file_id, 403, "This MOC belongs to another user"),
        (bob, moc["id"], "not-an-id", 403, "This MOC belongs to another user"),
        (alice, other["id"], file_id, 404, "File not found"),
        (alice, moc["id"], UNKNOWN, 404, "File not found"),
        (alice, moc["id"], "1", 404, "File not found"),
        (alice, UNKNOWN, file_id, 404, "MOC not found"),
        (alice, "xyz", file_id, 404, "MOC not found"),
    ):
        answer = await client.delete(f"/api/mocs/{moc_id}/files/{wanted}")
        assert (answer.status_code, answer.json()["message"]) == (status, message)
    assert await stored_files() == [file_id]
    assert [await stored(moc["id"]), await stored(other["id"])] == before


async def test_of_deletions_in_a_race_exactly_one_finds_the_file(
    alice: httpx.AsyncClient,
    create: Callable[..., Any],
    add_file: Callable[..., Any],
    stored_files: Callable[[], Any],
) -> None:
    moc = await create()
    path = f"/api/mocs/{moc['id']}/files/{await add_file(moc)}"
    answers = await asyncio.gather(*(alice.delete(path) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [200] + [404] * 7
    assert await stored_files() == []


async def test_graphql_deletes_the_same(
    graphql: Callable[..., Any],
    bob: httpx.AsyncClient,
    create: Callable[..., Any],
    add_file: Callable[..., Any],
    stored_files: Callable[[], Any],
) -> None:
    moc = await create()
    file_id = await add_file(moc)
    document = "mutation($moc: ID!, $id: ID!) { deleteMocFile(mocId: $moc, id: $id) { id message } }"
    foreign = await graphql(document, {"moc": moc["id"], "id": file_id}, client=bob)
    assert (foreign["data"], foreign["errors"][0]["extensions"]["code"]) == ({"deleteMocFile": None}, "FORBIDDEN")
    assert await stored_files() == [file_id]
    deleted = await graphql(document, {"moc": moc["id"], "id": file_id})
    assert deleted["data"]["deleteMocFile"] == {"id": file_id, "message": "File deleted successfully"}
    missing = await graphql(document, {"moc": moc["id"], "id": file_id})
    assert missing["errors"][0]["extensions"]["code"] == "NOT_FOUND"


async def test_nobody_deletes_without_signing_in(
    anonymous: httpx.AsyncClient,
    create: Callable[..., Any],
    add_file: Callable[..., Any],
    stored_files: Callable[[], Any],
) -> None:
    moc = await create()
    file_id = await add_file(moc)
    answer = await anonymous.delete(f"/api/mocs/{moc['id']}/files/{file_id}")
    assert (answer.status_code, answer.json()["code"]) == (401, "UNAUTHORIZED")
    assert await stored_files() == [file_id]


@pytest.mark.parametrize("slash", ["%2F", "%2f", "%252F"])
async def test_an_encoded_slash_makes_no_longer_path_of_an_id(
    alice: httpx.AsyncClient,
    create: Callable[..., Any],
    add_file: Callable[..., Any],
    stored_files: Callable[[], Any],
    slash: str,
) -> None:
    moc = await create()
    file = await add_file(moc)
    for method, path in (
        ("DELETE", f"/api/mocs/{moc['id']}{slash}files{slash}{file}"),
        ("DELETE", f"/api/mocs/{moc['id']}/files{slash}{file}/"),
        ("DELETE", f"/api/mocs{slash}{moc['id']}"),
        ("PATCH", f"/api/mocs/{moc['id']}{slash}"),
        ("GET", f"/api{slash}mocs/{moc['id']}"),
    ):
        answer = await alice.request(method, path)
        assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND"), path
    assert await stored_files() == [file]
    assert (await alice.get(f"/api/mocs/{moc['id']}")).json()["data"]["updatedAt"] == moc["updatedAt"]
    assert (await alice.delete(f"/api/mocs/%{ord(moc['id'][0]):x}{moc['id'][1:]}/files/{file}/")).status_code == 200
