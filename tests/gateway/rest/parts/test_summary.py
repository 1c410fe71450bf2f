"""GET /api/user/parts-lists/summary (contract section 2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    import asyncpg
    import httpx

PATH = "/api/user/parts-lists/summary"


async def test_the_callers_lists_are_summed_up_in_one_statement(
    alice: httpx.AsyncClient,
    bob: httpx.AsyncClient,
    create: Callable[..., Any],
    add: Callable[..., Any],
    statements: Callable[[], Any],
) -> None:
    mocs = [await create(title="First"), await create(title="Second")]
    made = []
    for number, status in enumerate(
        (
            {"built": True, "purchased": True, "inventoryPercentage": "100.00"},
            {"purchased": True, "inventoryPercentage": "47.50"},
            {},
        )
    ):
        parts_list = await add(mocs[number % 2], title=f"List {number}")
        path = f"/api/mocs/{parts_list['mocId']}/parts-lists/{parts_list['id']}/status"
        made.append((await alice.patch(path, json=status)).json()["data"])
    foreign = await add(await create(bob), client=bob, title="Bob's")
    await bob.patch(f"/api/mocs/{foreign['mocId']}/parts-lists/{foreign['id']}/status", json={"built": True})
    await statements()
    answer = await alice.get(PATH)
    body = answer.json()
    assert (answer.status_code, body["success"], set(body)) == (200, True, {"success", "data", "timestamp"})
    assert body["data"] == {
        "statistics": {
            "totalPartsLists": 3,
            "builtCount": 1,
            "purchasedCount": 2,
            "averageInventoryPercentage": "49.17",
        },
        "recentPartsLists": made[::-1],
    }
    assert len(await statements()) == 1


async def test_only_the_ten_newest_lists_are_shown(
    alice: httpx.AsyncClient, create: Callable[..., Any], add: Callable[..., Any]
) -> None:
    moc = await create()
    made = [await add(moc, title=f"List {number}") for number in range(12)]
    path = f"/api/mocs/{moc['id']}/parts-lists/{made[0]['id']}"
    assert (await alice.patch(path, json={"notes": "Changed last, created first"})).status_code == 200
    data = (await alice.get(PATH)).json()["data"]
    assert data["statistics"]["totalPartsLists"] == 12
    assert data["recentPartsLists"] == made[:1:-1]


async def test_nothing_sums_up_to_nothing(alice: httpx.AsyncClient) -> None:
    assert (await alice.get(PATH)).json()["data"] == {
        "statistics": {
            "totalPartsLists": 0,
            "builtCount": 0,
            "purchasedCount": 0,
            "averageInventoryPercentage": "0.00",
        },
        "recentPartsLists": [],
    }


async def test_what_the_legacy_service_left_empty_or_odd_counts_as_nothing(
    alice: httpx.AsyncClient, create: Callable[..., Any], database: asyncpg.Connection[asyncpg.Record]
) -> None:
    moc = await create()
    await database.execute(
        """
        INSERT INTO moc_parts_lists (moc_id, title, built, purchased, inventory_percentage, acquired_parts_count) VALUES
          ($1, 'Empty', NULL, NULL, NULL, NULL), ($1, 'Odd', true, false, 'n/a', 'many'), ($1, 'Blank', true, true, '', ''),
          ($1, 'Whole', true, true, '100', '5')
        """,
        moc["id"],
    )
    data = (await alice.get(PATH)).json()["data"]
    assert data["statistics"] == {
        "totalPartsLists": 4,
        "builtCount": 3,
        "purchasedCount": 2,
        "averageInventoryPercentage": "25.00",
    }
    shown = {it["title"]: (it["built"], it["inventoryPercentage"]) for it in data["recentPartsLists"]}
    assert shown == {"Empty": (False, "0.00"), "Odd": (True, "n/a"), "Blank": (True, ""), "Whole": (True, "100")}


async def test_graphql_sums_up_the_same(
    alice: httpx.AsyncClient, graphql: Callable[..., Any], create: Callable[..., Any], add: Callable[..., Any]
) -> None:
    made = await add(await create())
    answer = await graphql(
        """{ partsListSummary {
          statistics { totalPartsLists builtCount purchasedCount averageInventoryPercentage }
          recentPartsLists { id }
        } }"""
    )
    summary = answer["data"]["partsListSummary"]
    assert summary["statistics"] == (await alice.get(PATH)).json()["data"]["statistics"]
    assert summary["recentPartsLists"] == [{"id": made["id"]}]


async def test_nobody_reads_it_without_signing_in(anonymous: httpx.AsyncClient) -> None:
    answer = await anonymous.get(PATH)
    assert (answer.status_code, answer.json()["code"]) == (401, "UNAUTHORIZED")
