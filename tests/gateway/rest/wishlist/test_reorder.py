"""POST and PUT /api/wishlist/reorder (PRD 3.6.6)."""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    import asyncpg
    import httpx

PATH = "/api/wishlist/reorder"
UNKNOWN = "00000000-0000-4000-8000-000000000000"
NEITHER = "must be given, or else itemIds, and not both; itemOrders is taken for items"


def moves(*pairs: tuple[str, Any]) -> list[dict[str, Any]]:
    """The form of `items`."""
    return [{"id": identifier, "sortOrder": position} for identifier, position in pairs]


@pytest.mark.prd("3.6.6")
@pytest.mark.parametrize("method", ["POST", "PUT"])
@pytest.mark.parametrize("key", ["items", "itemOrders"])
async def test_items_get_the_positions_that_are_asked_for(
    alice: httpx.AsyncClient, add_all: Callable[..., Any], listed: Callable[..., Any], method: str, key: str
) -> None:
    at = await add_all("1", "2", "3", "10")
    asked = moves((at["3"], "1"), (at["1"], 2), (at["2"], "3.50"))
    answer = await alice.request(method, PATH, json={key: asked, "requestId": "req-1"})
    body = answer.json()
    assert (answer.status_code, body["success"], body["message"]) == (200, True, "Wishlist reordered successfully")
    expected = [(at["3"], "1"), (at["1"], "2"), (at["2"], "3.50"), (at["10"], "10")]
    assert body["data"]["updated"] == 3
    assert [(item["id"], item["sortOrder"]) for item in body["data"]["items"]] == expected
    assert body["items"] == body["data"]["items"] == (await alice.get("/api/wishlist")).json()["data"]
    assert await listed() == expected


async def test_only_what_changes_is_written(
    alice: httpx.AsyncClient, add_all: Callable[..., Any], stored_items: Callable[[], Any]
) -> None:
    at = await add_all("1", "2", "3")
    before = await stored_items()
    same = await alice.post(PATH, json={"items": moves((at["1"], "1"), (at["3"], 3))})
    assert (same.status_code, same.json()["data"]["updated"], len(same.json()["items"])) == (200, 0, 3)
    same = await alice.post(PATH, json={"itemIds": [at["2"], at["3"]]})
    assert (same.status_code, same.json()["data"]["updated"]) == (200, 0)
    assert await stored_items() == before
    answer = await alice.post(PATH, json={"items": moves((at["1"], "1"), (at["3"], "4"))})
    assert answer.json()["data"]["updated"] == 1
    for row, old in zip(await stored_items(), before, strict=True):
        moved = str(row["id"]) == at["3"]
        assert (row["updated_at"] > old["updated_at"]) == moved
        changed = {"sort_order": "4", "updated_at": row["updated_at"], "version": old["version"] + 1}
        assert row == old | (changed if moved else {})


async def test_what_is_in_the_way_makes_room(
    alice: httpx.AsyncClient, add_all: Callable[..., Any], listed: Callable[..., Any]
) -> None:
    at = await add_all("1", "2", "3", "5", "later")
    answer = await alice.post(PATH, json={"items": moves((at["5"], "2"))})
    assert answer.json()["data"]["updated"] == 3
    assert await listed() == [(at["1"], "1"), (at["5"], "2"), (at["2"], "3"), (at["3"], "4"), (at["later"], "later")]
    await alice.post(PATH, json={"items": moves((at["1"], "later"))})
    assert await listed() == [
        (at["5"], "2"),
        (at["2"], "3"),
        (at["3"], "4"),
        (at["later"], "5"),
        (at["1"], "later"),
    ]


@pytest.mark.parametrize("method", ["POST", "PUT"])
async def test_ids_number_the_whole_list(
    alice: httpx.AsyncClient, add_all: Callable[..., Any], listed: Callable[..., Any], method: str
) -> None:
    at = await add_all("1", "1.0", "4", "9" * 50, "later")
    new = [at["later"], at["4"], at["1"], at["9" * 50], at["1.0"].upper()]
    answer = await alice.request(method, PATH, json={"itemIds": new})
    assert (answer.status_code, answer.json()["data"]["updated"]) == (200, 5)
    expected = [(identifier.lower(), str(number)) for number, identifier in enumerate(new, 1)]
    assert await listed() == expected
    assert [(item["id"], item["sortOrder"]) for item in answer.json()["items"]] == expected


async def test_ids_of_a_category_share_out_its_places(
    alice: httpx.AsyncClient, add: Callable[..., Any], listed: Callable[..., Any]
) -> None:
    items = [await add(title=str(n), category="odd" if n % 2 else "even") for n in range(1, 7)]
    ids = [item["id"] for item in items]
    odd = [item["id"] for item in (await alice.get("/api/wishlist?category=odd")).json()["data"]]
    answer = await alice.post(PATH, json={"itemIds": odd[::-1]})
    assert answer.json()["data"]["updated"] == 2
    assert [identifier for identifier, _ in await listed()] == [ids[4], ids[1], ids[2], ids[3], ids[0], ids[5]]
    assert [position for _, position in await listed()] == ["1", "2", "3", "4", "5", "6"]


BAD = pytest.mark.parametrize(
    ("stranger", "status", "code"),
    [("unknown", 404, "NOT_FOUND"), ("foreign", 403, "FORBIDDEN"), ("malformed", 400, "VALIDATION_ERROR")],
)


@pytest.mark.prd("3.6.6")
@pytest.mark.prd("3.6.10")
@BAD
@pytest.mark.parametrize("form", ["items", "itemOrders", "itemIds"])
@pytest.mark.parametrize("where", [0, 1, 2])
async def test_one_id_that_is_not_the_callers_changes_nothing(
    alice: httpx.AsyncClient,
    bob: httpx.AsyncClient,
    add: Callable[..., Any],
    add_all: Callable[..., Any],
    stored_items: Callable[[], Any],
    stranger: str,
    status: int,
    code: str,
    form: str,
    where: int,
) -> None:
    at = await add_all("1", "2")
    foreign = (await add(bob, title="Secret"))["id"]
    before = await stored_items()
    ids = [at["2"], at["1"]]
    ids.insert(where, {"unknown": UNKNOWN, "foreign": foreign, "malformed": "abc"}[stranger])
    body = {form: ids if form == "itemIds" else moves(*((identifier, n) for n, identifier in enumerate(ids, 1)))}
    for method in ("POST", "PUT"):
        answer = await alice.request(method, PATH, json=body)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert "Secret" not in answer.text
        if stranger == "malformed":
            path = [form, where] if form == "itemIds" else [form, where, "id"]
            assert answer.json()["details"] == [{"field": path[0], "path": path, "message": "must be a UUID, is 'abc'"}]
    assert await stored_items() == before


async def test_unknown_comes_before_foreign_and_both_before_wrong_positions(
    alice: httpx.AsyncClient,
    bob: httpx.AsyncClient,
    add: Callable[..., Any],
    add_all: Callable[..., Any],
    stored_items: Callable[[], Any],
) -> None:
    at = await add_all("1")
    foreign = (await add(bob))["id"]
    before = await stored_items()
    answer = await alice.post(PATH, json={"itemIds": [at["1"], foreign, UNKNOWN]})
    assert (answer.status_code, answer.json()["message"]) == (404, f"Wishlist item {UNKNOWN} not found")
    answer = await alice.post(PATH, json={"items": moves((at["1"], ""), (foreign, "5"))})
    assert (answer.status_code, answer.json()["code"]) == (403, "FORBIDDEN")
    answer = await bob.post(PATH, json={"itemIds": [at["1"]]})
    assert answer.status_code == 403
    assert await stored_items() == before


@pytest.mark.parametrize(
    ("body", "details"),
    [
        ({}, {"items": NEITHER}),
        ({"foo": 1}, {"items": NEITHER}),
        ({"items": None, "itemIds": None}, {"items": NEITHER}),
        ({"items": [], "itemIds": []}, {"items": "must be given, or else itemIds, and not both"}),
        ({"items": []}, {"items": "must name 1 to 1000 items, names 0"}),
        ({"itemOrders": []}, {"itemOrders": "must name 1 to 1000 items, names 0"}),
        ({"itemIds": []}, {"itemIds": "must name 1 to 1000 items, names 0"}),
        ({"itemIds": [UNKNOWN] * 1001}, {"itemIds": "must name 1 to 1000 items, names 1001"}),
        ({"itemIds": "x"}, {"itemIds": "must be an array, is a string"}),
        ({"items": [{"id": UNKNOWN}]}, {"items.0.sortOrder": "is required"}),
        ({"items": [{"sortOrder": 1}]}, {"items.0.id": "is required"}),
        ({"items": [None]}, {"items.0": "must not be null"}),
        ({"itemIds": ["x", "y"]}, {"itemIds.0": "must be a UUID, is 'x'", "itemIds.1": "must be a UUID, is 'y'"}),
    ],
    ids=lambda value: str(value)[:40],
)
async def test_a_request_that_is_none_is_refused(
    alice: httpx.AsyncClient, add: Callable[..., Any], stored_items: Callable[[], Any], body: Any, details: Any
) -> None:
    await add()
    before = await stored_items()
    for method in ("POST", "PUT"):
        answer = await alice.request(method, PATH, json=body)
        assert (answer.status_code, answer.json()["code"]) == (400, "VALIDATION_ERROR")
        told = {".".join(map(str, detail["path"])): detail["message"] for detail in answer.json()["details"]}
        assert told == details
    assert await stored_items() == before


async def test_what_is_named_twice_and_what_is_no_position_is_refused(
    alice: httpx.AsyncClient, add_all: Callable[..., Any], stored_items: Callable[[], Any]
) -> None:
    at = await add_all("1", "2", "3")
    before = await stored_items()
    asked = moves((at["1"], "7"), (at["1"].upper(), ""), (at["2"], "7.0"), (at["3"], "x" * 51))
    answer = await alice.post(PATH, json={"items": asked})
    assert answer.status_code == 400
    assert {".".join(map(str, detail["path"])): detail["message"] for detail in answer.json()["details"]} == {
        "items.1.id": "names the same item as number 0 of the list",
        "items.1.sortOrder": "must have 1 to 50 characters, has 0",
        "items.2.sortOrder": "is the position of number 0 of the list, too: '7.0'",
        "items.3.sortOrder": "must have 1 to 50 characters, has 51",
    }
    answer = await alice.post(PATH, json={"itemIds": [at["2"], at["1"], at["2"]]})
    assert answer.json()["details"] == [
        {"field": "itemIds", "path": ["itemIds", 2], "message": "names the same item as number 0 of the list"}
    ]
    assert await stored_items() == before


async def test_a_thousand_items_are_reordered_in_as_many_statements_as_two(
    alice: httpx.AsyncClient,
    add: Callable[..., Any],
    listed: Callable[..., Any],
    statements: Callable[[], Any],
    database: asyncpg.Connection[asyncpg.Record],
) -> None:
    await add(title="1", sortOrder="1")
    await database.execute(
        """INSERT INTO wishlist_items (user_id, title, sort_order)
           SELECT user_id, n::text, n::text FROM wishlist_items, generate_series(2, 1000) AS n"""
    )
    ids = [identifier for identifier, _ in await listed()]
    await statements()
    few = await alice.post(PATH, json={"itemIds": ids[1::-1]})
    counted = len(await statements())
    many = await alice.post(PATH, json={"items": moves(*zip(ids[::-1], range(1, 1001), strict=True))})
    assert (few.json()["data"]["updated"], many.json()["data"]["updated"]) == (2, 1000)
    assert len(await statements()) == counted == 7  # one begins, one commits
    assert [identifier for identifier, _ in await listed()] == ids[::-1]


async def test_reorders_at_once_lose_nothing_and_end_in_an_order_that_was_asked_for(
    alice: httpx.AsyncClient, add_all: Callable[..., Any], listed: Callable[..., Any]
) -> None:
    ids = [*(await add_all(*map(str, range(1, 13)))).values()]
    chance = random.Random(3)  # noqa: S311 - an order, no secret
    orders = [chance.sample(ids, len(ids)) for _ in range(10)]
    answers = await asyncio.gather(
        *(
            alice.request(
                "PUT" if number % 2 else "POST",
                PATH,
                json={"itemIds": order} if number < 5 else {"items": moves(*((o, n) for n, o in enumerate(order, 1)))},
            )
            for number, order in enumerate(orders)
        )
    )
    assert [answer.status_code for answer in answers] == [200] * 10
    assert [[item["id"] for item in answer.json()["items"]] for answer in answers] == orders
    final = await listed()
    assert [identifier for identifier, _ in final] in orders
    assert [position for _, position in final] == [str(n) for n in range(1, 13)]


async def test_reorders_of_parts_and_new_items_at_once_lose_nothing_and_double_nothing(
    alice: httpx.AsyncClient, add_all: Callable[..., Any], listed: Callable[..., Any]
) -> None:
    ids = [*(await add_all(*map(str, range(1, 13)))).values()]
    chance = random.Random(7)  # noqa: S311 - an order, no secret
    requests = []
    for number in range(12):
        part = chance.sample(ids, 5)
        places = chance.sample(range(1, 20), 5)
        requests += [
            alice.post(
                PATH, json={"itemIds": part} if number % 2 else {"items": moves(*zip(part, places, strict=True))}
            )
        ]
        requests += [alice.post("/api/wishlist", json={"title": f"New {number}"})]
    answers = await asyncio.gather(*requests)
    assert {answer.status_code for answer in answers} == {200, 201}
    created = [answer.json()["data"]["id"] for answer in answers if answer.status_code == 201]
    final = await listed()
    assert sorted(identifier for identifier, _ in final) == sorted(ids + created)
    assert len({float(position) for _, position in final}) == 24


async def test_new_items_keep_apart_while_the_list_is_emptied(
    alice: httpx.AsyncClient, add_all: Callable[..., Any], database: asyncpg.Connection[asyncpg.Record]
) -> None:
    chance = random.Random(1)  # noqa: S311 - an order, no secret
    for first in range(12):
        await database.execute("DELETE FROM wishlist_items")
        ids = [*(await add_all(*map(str, range(first % 4 + 1)))).values()]
        requests = [
            *(alice.delete(f"/api/wishlist/{identifier}") for identifier in ids),
            *(alice.post("/api/wishlist", json={"title": f"New {number}"}) for number in range(10)),
            *(alice.post(PATH, json={"itemIds": ids[::-1]}) for _ in range(3)),
        ]
        chance.shuffle(requests)
        answers = await asyncio.gather(*requests)
        assert {answer.status_code for answer in answers} <= {200, 201, 404}
        positions = [row["sort_order"] for row in await database.fetch("SELECT sort_order FROM wishlist_items")]
        assert len(set(positions)) == len(positions) == 10


async def test_a_reorder_waits_for_one_of_the_legacy_service_and_sees_it(
    alice: httpx.AsyncClient,
    add_all: Callable[..., Any],
    listed: Callable[..., Any],
    database: asyncpg.Connection[asyncpg.Record],
) -> None:
    at = await add_all("1", "2", "3")
    async with database.transaction():
        await database.execute("UPDATE wishlist_items SET sort_order = '9' WHERE id = $1", at["1"])
        waiting = asyncio.create_task(alice.post(PATH, json={"itemIds": [at["1"], at["2"]]}))
        await asyncio.wait({waiting}, timeout=0.5)
        assert not waiting.done()
    assert (await waiting).status_code == 200
    assert await listed() == [(at["1"], "1"), (at["3"], "2"), (at["2"], "3")]


async def test_graphql_reorders_alike(
    graphql: Callable[..., Any],
    bob: httpx.AsyncClient,
    add_all: Callable[..., Any],
    stored_items: Callable[[], Any],
) -> None:
    at = await add_all("1", "2")
    document = """mutation($items: [WishlistPositionInput!], $itemIds: [ID!]) {
      reorderWishlist(items: $items, itemIds: $itemIds) { updated items { id sortOrder } }
    }"""
    answer = await graphql(document, {"itemIds": [at["2"], at["1"]]})
    assert answer["data"]["reorderWishlist"] == {
        "updated": 2,
        "items": [{"id": at["2"], "sortOrder": "1"}, {"id": at["1"], "sortOrder": "2"}],
    }
    answer = await graphql(document, {"items": moves((at["1"], 1))})
    assert answer["data"]["reorderWishlist"]["items"] == [
        {"id": at["1"], "sortOrder": "1"},
        {"id": at["2"], "sortOrder": "2"},
    ]
    before = await stored_items()
    for client, variables, code in (
        (bob, {"itemIds": [at["1"]]}, "FORBIDDEN"),
        (None, {"itemIds": [at["1"], UNKNOWN]}, "NOT_FOUND"),
        (None, {}, "VALIDATION_ERROR"),
        (None, {"items": [], "itemIds": [at["1"]]}, "VALIDATION_ERROR"),
        (None, {"itemIds": ["x"]}, "VALIDATION_ERROR"),
    ):
        refused = await graphql(document, variables, **({"client": client} if client else {}))
        assert (refused["data"], refused["errors"][0]["extensions"]["code"]) == ({"reorderWishlist": None}, code)
    assert await stored_items() == before


async def test_nobody_reorders_without_signing_in(
    anonymous: httpx.AsyncClient, add_all: Callable[..., Any], stored_items: Callable[[], Any]
) -> None:
    at = await add_all("1", "2")
    before = await stored_items()
    for body in ({"itemIds": [at["2"], at["1"]]}, {}):
        answer = await anonymous.post(PATH, json=body)
        assert (answer.status_code, answer.json()["code"]) == (401, "UNAUTHORIZED")
    assert await stored_items() == before


async def test_the_path_is_no_item(alice: httpx.AsyncClient) -> None:
    answer = await alice.get(PATH)
    assert (answer.status_code, answer.headers["allow"]) == (405, "OPTIONS, POST, PUT")


async def test_whole_items_may_be_sent_back(alice: httpx.AsyncClient, add: Callable[..., Any]) -> None:
    """What a body says beyond what is asked is ignored, in lists too (contract section 7)."""
    items = [await add(title=title) for title in ("a", "b")]
    swapped = [{**items[0], "sortOrder": "2"}, {**items[1], "sortOrder": "1", "mine": True}]
    answer = await alice.post("/api/wishlist/reorder", json={"items": swapped})
    assert answer.status_code == 200, answer.text
    assert [item["title"] for item in answer.json()["items"]] == ["b", "a"]


async def test_what_is_no_list_is_told_once(alice: httpx.AsyncClient) -> None:
    answer = await alice.post("/api/wishlist/reorder", json={"items": "all"})
    assert (answer.status_code, [detail["path"] for detail in answer.json()["details"]]) == (400, [["items"]])
