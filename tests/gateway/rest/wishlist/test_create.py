"""POST /api/wishlist (PRD 3.6)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    import asyncpg
    import httpx

    from gateway.dev.aws import Aws

WISH = {
    "title": 'Größe "XL" <b>☕</b> \u202eabc',
    "description": "it's \\ fine",
    "productLink": "HTTPS://Example.com:443/ö%20x?a=1&b=2#top",
    "imageUrl": "http://localhost:3000/a.jpg",
    "category": "Ideas",
    "sortOrder": "101",
}


def wrong(answer: httpx.Response) -> dict[str, str]:
    """The wrong fields of a 400, by their paths."""
    body = answer.json()
    assert (answer.status_code, body["code"], body["success"]) == (400, "VALIDATION_ERROR", False)
    return {".".join(map(str, detail["path"])): detail["message"] for detail in body["details"]}


@pytest.mark.prd("3.6.1")
async def test_an_item_is_created_as_the_callers_own(
    alice: httpx.AsyncClient, aws: Aws, stored_items: Callable[[], Any]
) -> None:
    answer = await alice.post("/api/wishlist", json=WISH)
    body = answer.json()
    assert (answer.status_code, body["success"], body["statusCode"]) == (201, True, 201)
    assert body["message"] == "Wishlist item created successfully"
    item = body["data"]
    assert body["item"] == item
    assert {name: item[name] for name in WISH} == WISH
    assert (item["userId"], item["createdAt"]) == (aws.users["alice"].sub, item["updatedAt"])
    (row,) = await stored_items()
    assert (str(row["id"]), row["user_id"], row["product_link"]) == (item["id"], item["userId"], WISH["productLink"])


async def test_only_a_title_is_required(alice: httpx.AsyncClient) -> None:
    item = (await alice.post("/api/wishlist", json={"title": "T", "id": "x", "userId": "bob", "isPublic": True})).json()
    assert {name: value for name, value in item["data"].items() if name not in {"id", "userId"}} == {
        "title": "T",
        "description": None,
        "productLink": None,
        "imageUrl": None,
        "category": None,
        "sortOrder": "1",
        "createdAt": item["data"]["createdAt"],
        "updatedAt": item["data"]["createdAt"],
    }
    assert item["data"]["userId"] != "bob"
    nulls = {"description": None, "productLink": None, "imageUrl": None, "category": None, "sortOrder": None}
    assert (await alice.post("/api/wishlist", json={"title": "U", **nulls})).json()["data"]["sortOrder"] == "2"


@pytest.mark.parametrize(
    ("sent", "kept"),
    [(812, "812"), (-3, "-3"), (49.9, "49.9"), (2.0, "2"), (1e-7, "1e-07"), ("007", "007"), (" later ", " later ")],
)
async def test_a_position_is_text_or_a_number(add: Callable[..., Any], sent: Any, kept: str) -> None:
    assert (await add(sortOrder=sent))["sortOrder"] == kept


@pytest.mark.parametrize(
    "fields",
    [
        {"title": "t" * 255},
        {"description": "d" * 2000},
        {"description": ""},
        {"productLink": "https://example.com/" + "x" * 2028},
        {"category": "c" * 100},
        {"category": "c"},
        {"sortOrder": "9" * 50},
        {"sortOrder": "s" * 50},
    ],
    ids=lambda fields: f"{next(iter(fields))}-{len(next(iter(fields.values())))}",
)
async def test_what_is_just_within_the_limits_is_kept(add: Callable[..., Any], fields: dict[str, str]) -> None:
    assert fields.items() <= (await add(**fields)).items()


LINK = "must be an http or https URL, such as https://example.com/, is "


@pytest.mark.prd("3.6.10")
@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("title", None, "must not be null"),
        ("title", "", "must have 1 to 255 characters, has 0"),
        ("title", " \t", "must not be blank"),
        ("title", "t" * 256, "must have 1 to 255 characters, has 256"),
        ("title", "a\0b", "must not contain the NUL character"),
        ("title", 5, "must be a string, is 5"),
        ("description", "d" * 2001, "must have at most 2000 characters, has 2001"),
        ("productLink", "https://example.com/" + "x" * 2029, "must have at most 2048 characters, has 2049"),
        ("productLink", "javascript:alert(1)", f"{LINK}'javascript:alert(1)'"),
        ("productLink", "not a url", f"{LINK}'not a url'"),
        ("imageUrl", "ftp://example.com/a.jpg", f"{LINK}'ftp://example.com/a.jpg'"),
        ("imageUrl", "", f"{LINK}''"),
        ("category", "", "must have 1 to 100 characters, has 0"),
        ("category", "c" * 101, "must have 1 to 100 characters, has 101"),
        ("sortOrder", "", "must have 1 to 50 characters, has 0"),
        ("sortOrder", "9" * 51, "must have 1 to 50 characters, has 51"),
        ("sortOrder", 1e60, "must be text where a number has more than 15 digits, which JSON does not carry exactly"),
        ("sortOrder", "1\0", "must not contain the NUL character"),
        ("sortOrder", True, "must be a string or a number, is true"),
        ("sortOrder", [1], "must be a string or a number, is [1]"),
    ],
)
async def test_what_is_just_outside_the_limits_is_refused(
    alice: httpx.AsyncClient, stored_items: Callable[[], Any], field: str, value: Any, message: str
) -> None:
    assert wrong(await alice.post("/api/wishlist", json={"title": "Titanic", field: value})) == {field: message}
    assert await stored_items() == []


async def test_every_wrong_field_is_named(alice: httpx.AsyncClient, stored_items: Callable[[], Any]) -> None:
    sent = {
        "title": "",
        "description": "d" * 2001,
        "productLink": "x",
        "imageUrl": "//a",
        "category": "",
        "sortOrder": "",
    }
    assert wrong(await alice.post("/api/wishlist", json=sent)).keys() == sent.keys()
    assert wrong(await alice.post("/api/wishlist", json={})) == {"title": "is required"}
    assert await stored_items() == []


@pytest.mark.parametrize(
    ("taken", "expected"),
    [
        ((), "1"),
        (("1", "2", "10"), "11"),
        (("1.5",), "2"),
        (("2", "2.0001"), "3"),
        (("-5",), "-4"),
        (("later", "zz"), "1"),
        (("7", "later", "1e999999", "٣", " 99"), "8"),
        (("0x10", "NaN", "Infinity"), "1"),
        (("1700000000000",), "1700000000001"),
        (("9" * 49,), "1" + "0" * 49),
        (("9" * 50,), "9" * 49 + "8"),
        (("9" * 50, "9" * 49 + "8", "1"), "9" * 49 + "7"),
        (("9e99", "3"), "9" * 50),
    ],
)
async def test_a_new_item_goes_after_the_highest_number(
    add: Callable[..., Any], add_all: Callable[..., Any], taken: tuple[str, ...], expected: str
) -> None:
    await add_all(*taken)
    assert (await add())["sortOrder"] == expected


async def test_other_users_items_do_not_count(add: Callable[..., Any], bob: httpx.AsyncClient) -> None:
    await add(bob, sortOrder="500")
    assert (await add())["sortOrder"] == "1"


@pytest.mark.parametrize("before", [(), ("5",), ("later",)], ids=str)
async def test_items_created_at_once_get_positions_of_their_own(
    alice: httpx.AsyncClient, add_all: Callable[..., Any], listed: Callable[..., Any], before: tuple[str, ...]
) -> None:
    await add_all(*before)
    answers = await asyncio.gather(*(alice.post("/api/wishlist", json={"title": f"Wish {n}"}) for n in range(12)))
    assert {answer.status_code for answer in answers} == {201}
    first = 6 if before == ("5",) else 1
    given = sorted(int(answer.json()["data"]["sortOrder"]) for answer in answers)
    assert given == list(range(first, first + 12))
    assert len(await listed()) == 12 + len(before)


async def test_first_items_of_several_users_do_not_hinder_each_other(
    alice: httpx.AsyncClient, bob: httpx.AsyncClient
) -> None:
    answers = await asyncio.gather(
        *(client.post("/api/wishlist", json={"title": f"Wish {n}"}) for n in range(6) for client in (alice, bob))
    )
    given = sorted((answer.json()["data"]["userId"], answer.json()["data"]["sortOrder"]) for answer in answers)
    assert len(set(given)) == 12
    assert [position for _, position in given] == [str(n) for n in range(1, 7)] * 2


async def test_a_new_item_waits_for_one_of_the_legacy_service_and_sees_it(
    add: Callable[..., Any], database: asyncpg.Connection[asyncpg.Record]
) -> None:
    item = await add()
    async with database.transaction():
        await database.execute("UPDATE wishlist_items SET sort_order = '41' WHERE id = $1", item["id"])
        waiting = asyncio.create_task(add())
        await asyncio.wait({waiting}, timeout=0.5)
        assert not waiting.done()
    assert (await waiting)["sortOrder"] == "42"


async def test_graphql_creates_with_the_same_rules(
    graphql: Callable[..., Any], stored_items: Callable[[], Any]
) -> None:
    document = """mutation($input: CreateWishlistItemInput!) {
      createWishlistItem(input: $input) { title sortOrder productLink imageWidth imageHeight }
    }"""
    created = await graphql(document, {"input": {"title": "T", "sortOrder": 3, "productLink": "https://a.example"}})
    assert created["data"]["createWishlistItem"] == {
        "title": "T",
        "sortOrder": "3",
        "productLink": "https://a.example",
        "imageWidth": None,
        "imageHeight": None,
    }
    before = await stored_items()
    refused = await graphql(document, {"input": {"title": "", "category": ""}})
    assert refused["errors"][0]["extensions"]["code"] == "VALIDATION_ERROR"
    assert [detail["field"] for detail in refused["errors"][0]["extensions"]["details"]] == ["title", "category"]
    assert await stored_items() == before


async def test_creating_takes_as_many_statements_for_a_long_list(
    add: Callable[..., Any], add_all: Callable[..., Any], statements: Callable[[], Any]
) -> None:
    await add_all("1")
    await statements()
    await add()
    few = len(await statements())
    await add_all(*map(str, range(3, 30)))
    await statements()
    await add()
    assert len(await statements()) == few == 6  # one begins, one commits


async def test_nobody_creates_without_signing_in(anonymous: httpx.AsyncClient, stored_items: Callable[[], Any]) -> None:
    for body in (WISH, {"title": ""}):
        answer = await anonymous.post("/api/wishlist", json=body)
        assert (answer.status_code, answer.json()["code"]) == (401, "UNAUTHORIZED")
    assert await stored_items() == []
