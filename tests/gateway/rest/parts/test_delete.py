"""DELETE /api/mocs/{id}/parts-lists/{partsListId} (contract section 2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    import asyncpg
    import httpx

UNKNOWN = "00000000-0000-4000-8000-000000000000"


async def test_a_list_goes_with_its_parts_and_its_file_stays(
    alice: httpx.AsyncClient,
    create: Callable[..., Any],
    add: Callable[..., Any],
    add_file: Callable[..., Any],
    add_parts: Callable[..., Any],
    database: asyncpg.Connection[asyncpg.Record],
) -> None:
    moc = await create()
    gone, kept = await add(moc, fileId=await add_file(moc)), await add(moc)
    for parts_list in (gone, kept):
        await add_parts(parts_list, ("3001", None, 1, None))
    path = f"/api/mocs/{moc['id']}/parts-lists/{gone['id']}"
    answer = await alice.delete(path)
    body = answer.json()
    assert (answer.status_code, body["success"], body["message"]) == (200, True, "Parts list deleted successfully")
    assert set(body) == {"success", "message", "timestamp"}
    assert [str(row["id"]) for row in await database.fetch("SELECT id FROM moc_parts_lists")] == [kept["id"]]
    assert [str(row[0]) for row in await database.fetch("SELECT parts_list_id FROM moc_parts")] == [kept["id"]]
    assert await database.fetchval("SELECT count(*) FROM moc_files") == 1
    again = await alice.delete(path)
    assert (again.status_code, again.json()["message"]) == (404, "Parts list not found")


async def test_what_is_not_the_callers_own_list_of_that_moc_stays(
    alice: httpx.AsyncClient,
    bob: httpx.AsyncClient,
    create: Callable[..., Any],
    add: Callable[..., Any],
    stored_lists: Callable[[], Any],
) -> None:
    moc, other = await create(), await create(title="Other")
    made = await add(moc)
    before = await stored_lists()
    for client, moc_id, list_id, status, code in (
        (bob, moc["id"], made["id"], 403, "FORBIDDEN"),
        (bob, moc["id"], "not-an-id", 403, "FORBIDDEN"),
        (alice, other["id"], made["id"], 404, "NOT_FOUND"),
        (alice, UNKNOWN, made["id"], 404, "NOT_FOUND"),
        (alice, "xyz", made["id"], 404, "NOT_FOUND"),
        (alice, moc["id"], UNKNOWN, 404, "NOT_FOUND"),
        (alice, moc["id"], "xyz", 404, "NOT_FOUND"),
    ):
        answer = await client.delete(f"/api/mocs/{moc_id}/parts-lists/{list_id}")
        assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert await stored_lists() == before


async def test_a_stale_version_deletes_nothing(
    alice: httpx.AsyncClient, create: Callable[..., Any], add: Callable[..., Any], stored_lists: Callable[[], Any]
) -> None:
    made = await add(await create())
    path = f"/api/mocs/{made['mocId']}/parts-lists/{made['id']}"
    etag = (await alice.get(path)).headers["etag"]
    await alice.patch(path, json={"notes": "x"})
    before = await stored_lists()
    answer = await alice.delete(path, headers={"if-match": etag})
    assert (answer.status_code, answer.json()["code"]) == (412, "PRECONDITION_FAILED")
    assert await stored_lists() == before
    current = (await alice.get(path)).headers["etag"]
    assert (await alice.delete(path, headers={"if-match": current})).status_code == 200


async def test_graphql_deletes_the_same(
    graphql: Callable[..., Any],
    bob: httpx.AsyncClient,
    create: Callable[..., Any],
    add: Callable[..., Any],
    stored_lists: Callable[[], Any],
) -> None:
    made = await add(await create())
    document = "mutation($moc: ID!, $id: ID!) { deletePartsList(mocId: $moc, id: $id) { id message } }"
    variables = {"moc": made["mocId"], "id": made["id"]}
    foreign = await graphql(document, variables, client=bob)
    assert (foreign["data"], foreign["errors"][0]["extensions"]["code"]) == ({"deletePartsList": None}, "FORBIDDEN")
    assert len(await stored_lists()) == 1
    deleted = await graphql(document, variables)
    assert deleted["data"]["deletePartsList"] == {"id": made["id"], "message": "Parts list deleted successfully"}
    assert await stored_lists() == []


async def test_nobody_deletes_without_signing_in(
    anonymous: httpx.AsyncClient, create: Callable[..., Any], add: Callable[..., Any], stored_lists: Callable[[], Any]
) -> None:
    made = await add(await create())
    answer = await anonymous.delete(f"/api/mocs/{made['mocId']}/parts-lists/{made['id']}")
    assert (answer.status_code, answer.json()["code"]) == (401, "UNAUTHORIZED")
    assert len(await stored_lists()) == 1
