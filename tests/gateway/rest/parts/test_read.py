"""GET /api/mocs/{id}/parts-lists and /api/mocs/{id}/parts-lists/{partsListId} (contract section 2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    import asyncpg
    import httpx

UNKNOWN = "00000000-0000-4000-8000-000000000000"


async def test_the_lists_of_a_moc_are_told_newest_first(
    alice: httpx.AsyncClient, create: Callable[..., Any], add: Callable[..., Any], statements: Callable[[], Any]
) -> None:
    moc, other = await create(), await create(title="Other")
    made = [await add(moc, title=f"List {number}") for number in range(3)]
    await add(other, title="Not shown")
    await statements()
    answer = await alice.get(f"/api/mocs/{moc['id']}/parts-lists")
    body = answer.json()
    assert (answer.status_code, body["success"]) == (200, True)
    assert body["data"] == made[::-1]
    assert body["partsLists"] == body["data"]
    assert (body["total"], body["page"], body["limit"]) == (3, 1, 3)
    assert len(await statements()) == 1


async def test_a_moc_without_lists_has_none(alice: httpx.AsyncClient, create: Callable[..., Any]) -> None:
    answer = await alice.get(f"/api/mocs/{(await create())['id']}/parts-lists")
    body = answer.json()
    assert (answer.status_code, body["data"], body["total"], body["page"], body["limit"]) == (200, [], 0, 1, 1)


async def test_a_list_is_read_with_its_parts_which_cost_a_statement_where_they_are_asked_for(
    alice: httpx.AsyncClient,
    create: Callable[..., Any],
    add: Callable[..., Any],
    add_parts: Callable[..., Any],
    graphql: Callable[..., Any],
    statements: Callable[[], Any],
) -> None:
    moc = await create()
    made = await add(moc)
    await add_parts(
        made,
        ("3010", "Brick 1 x 4", 4, "Tan"),
        ("3001", "Brick 2 x 4", 8, None),
        ("3001", "Brick 2 x 4", 2, "White"),
        ("3001", None, 60, "Red"),
        ("3001", None, 1, "black"),
    )
    await add_parts(await add(moc, title="Other"), ("9999", None, 1, None))
    await statements()
    answer = await alice.get(f"/api/mocs/{moc['id']}/parts-lists/{made['id']}")
    body = answer.json()
    assert answer.status_code == 200
    assert body["data"] == made | {
        "parts": [
            {"partId": "3001", "partName": None, "quantity": 60, "color": "Red"},
            {"partId": "3001", "partName": "Brick 2 x 4", "quantity": 2, "color": "White"},
            {"partId": "3001", "partName": None, "quantity": 1, "color": "black"},
            {"partId": "3001", "partName": "Brick 2 x 4", "quantity": 8, "color": None},
            {"partId": "3010", "partName": "Brick 1 x 4", "quantity": 4, "color": "Tan"},
        ]
    }
    assert body["partsList"] == body["data"]
    assert len(await statements()) == 2
    document = f'{{ partsList(mocId: "{moc["id"]}", id: "{made["id"]}") {{ title }} }}'
    assert (await graphql(document))["data"]["partsList"] == {"title": made["title"]}
    assert len(await statements()) == 1


async def test_a_list_without_parts_has_none(
    alice: httpx.AsyncClient, create: Callable[..., Any], add: Callable[..., Any]
) -> None:
    moc = await create()
    made = await add(moc)
    assert (await alice.get(f"/api/mocs/{moc['id']}/parts-lists/{made['id']}")).json()["data"] == made | {"parts": []}


async def test_what_the_legacy_service_left_empty_is_told_as_its_default(
    alice: httpx.AsyncClient, create: Callable[..., Any], database: asyncpg.Connection[asyncpg.Record]
) -> None:
    moc = await create()
    identifier = await database.fetchval(
        """
        INSERT INTO moc_parts_lists (moc_id, title, built, purchased, inventory_percentage, acquired_parts_count)
        VALUES ($1, 'Legacy', NULL, NULL, NULL, NULL) RETURNING id
        """,
        moc["id"],
    )
    data = (await alice.get(f"/api/mocs/{moc['id']}/parts-lists/{identifier}")).json()["data"]
    assert (data["built"], data["purchased"], data["inventoryPercentage"], data["acquiredPartsCount"]) == (
        False,
        False,
        "0.00",
        "0",
    )


async def test_an_entity_tag_holds_until_the_list_changes(
    alice: httpx.AsyncClient, create: Callable[..., Any], add: Callable[..., Any], add_parts: Callable[..., Any]
) -> None:
    moc = await create()
    made = await add(moc)
    path = f"/api/mocs/{moc['id']}/parts-lists/{made['id']}"
    etag = (await alice.get(path)).headers["etag"]
    same = await alice.get(path, headers={"if-none-match": etag})
    assert (same.status_code, same.content) == (304, b"")
    await add_parts(made, ("3001", None, 1, None))
    assert (await alice.get(path, headers={"if-none-match": etag})).status_code == 200


async def test_another_users_lists_are_forbidden_and_show_nothing(
    bob: httpx.AsyncClient, create: Callable[..., Any], add: Callable[..., Any]
) -> None:
    moc = await create()
    made = await add(moc, title="Secret")
    for path in ("", f"/{made['id']}", f"/{UNKNOWN}", "/not-an-id"):
        answer = await bob.get(f"/api/mocs/{moc['id']}/parts-lists{path}")
        assert (answer.status_code, answer.json()["code"]) == (403, "FORBIDDEN")
        assert "Secret" not in answer.text


@pytest.mark.parametrize("moc_id", [UNKNOWN, "abc", "%00", UNKNOWN.replace("-", "")])
async def test_lists_of_what_is_no_moc_are_not_found(
    alice: httpx.AsyncClient, create: Callable[..., Any], add: Callable[..., Any], moc_id: str
) -> None:
    made = await add(await create())
    for path in ("", f"/{made['id']}", "/not-an-id"):
        answer = await alice.get(f"/api/mocs/{moc_id}/parts-lists{path}")
        assert (answer.status_code, answer.json()["message"]) == (404, "MOC not found")


@pytest.mark.parametrize("list_id", [UNKNOWN, "abc", "%00", "status", f"{UNKNOWN}0"])
async def test_what_is_no_id_of_a_list_is_not_found(
    alice: httpx.AsyncClient, create: Callable[..., Any], list_id: str
) -> None:
    answer = await alice.get(f"/api/mocs/{(await create())['id']}/parts-lists/{list_id}")
    assert (answer.status_code, answer.json()["code"], answer.json()["message"]) == (
        404,
        "NOT_FOUND",
        "Parts list not found",
    )


async def test_a_list_of_another_moc_is_not_found_under_this_one(
    alice: httpx.AsyncClient, create: Callable[..., Any], add: Callable[..., Any]
) -> None:
    moc, other = await create(), await create(title="Other")
    made = await add(other)
    answer = await alice.get(f"/api/mocs/{moc['id']}/parts-lists/{made['id']}")
    assert (answer.status_code, answer.json()["message"]) == (404, "Parts list not found")


async def test_graphql_reads_the_same(
    alice: httpx.AsyncClient,
    bob: httpx.AsyncClient,
    graphql: Callable[..., Any],
    create: Callable[..., Any],
    add: Callable[..., Any],
    add_parts: Callable[..., Any],
) -> None:
    moc = await create()
    made = await add(moc)
    await add_parts(made, ("3001", "Brick 2 x 4", 8, "Red"))
    document = """query($moc: ID!, $id: ID!) {
      partsList(mocId: $moc, id: $id) { id title parts { partId partName quantity color } }
      partsLists(mocId: $moc) { id parts { partId } }
    }"""
    answer = await graphql(document, {"moc": moc["id"], "id": made["id"]})
    read = (await alice.get(f"/api/mocs/{moc['id']}/parts-lists/{made['id']}")).json()["data"]
    assert answer["data"] == {
        "partsList": {"id": made["id"], "title": "Parts", "parts": read["parts"]},
        "partsLists": [{"id": made["id"], "parts": [{"partId": "3001"}]}],
    }
    foreign = await graphql(document, {"moc": moc["id"], "id": made["id"]}, client=bob)
    assert foreign["data"] == {"partsList": None, "partsLists": None}
    assert [error["extensions"]["code"] for error in foreign["errors"]] == ["FORBIDDEN", "FORBIDDEN"]
    missing = await graphql(document, {"moc": moc["id"], "id": "x"})
    assert missing["data"] == {"partsList": None, "partsLists": answer["data"]["partsLists"]}
    assert [error["extensions"]["code"] for error in missing["errors"]] == ["NOT_FOUND"]


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ("query($moc: ID!) { partsLists(mocId: $moc) { parts { partId } } }", 2),
        ("query($moc: ID!) { moc(id: $moc) { partsLists { parts { partId } } } }", 2),
        ("{ mocs { items { partsLists { parts { partId } } } } }", 3),
        ("{ partsListSummary { recentPartsLists { parts { partId } } } }", 2),
    ],
)
async def test_nested_parts_take_as_many_statements_for_many_lists_as_for_one(
    graphql: Callable[..., Any],
    create: Callable[..., Any],
    add: Callable[..., Any],
    add_parts: Callable[..., Any],
    statements: Callable[[], Any],
    document: str,
    expected: int,
) -> None:
    moc = await create()
    variables = {"moc": moc["id"]} if "$moc" in document else {}
    for number in range(5):
        await add_parts(await add(moc), (f"300{number}", None, 1, None))
        await statements()
        answer = await graphql(document, variables)
        assert (len(await statements()), f'{{"partId": "300{number}"}}'.replace('"', "'") in str(answer)) == (
            expected,
            True,
        )


@pytest.mark.parametrize("path", ["", f"/{UNKNOWN}"])
async def test_nobody_reads_without_signing_in(anonymous: httpx.AsyncClient, path: str) -> None:
    answer = await anonymous.get(f"/api/mocs/{UNKNOWN}/parts-lists{path}")
    assert (answer.status_code, answer.json()["code"]) == (401, "UNAUTHORIZED")
