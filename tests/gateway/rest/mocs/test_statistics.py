"""GET /api/mocs/stats/* (contract section 7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    import asyncpg
    import httpx


async def test_themes_and_the_tags_of_mocs_are_counted_ties_by_name(
    alice: httpx.AsyncClient, bob: httpx.AsyncClient, create: Callable[..., Any], graphql: Callable[..., Any]
) -> None:
    await create(title="1", theme="Castle", tags=["castle", "Modular", "modular"])
    await create(title="2", theme="Castle", tags=["knights"])
    await create(title="3", theme="City", tags=["modular"])
    await create(title="4", type="set", theme="Icons", tags=["not counted"])
    await create(title="5", tags=None)
    await create(bob, title="1", theme="Pirates")
    answer = (await alice.get("/api/mocs/stats/by-category")).json()
    counted = [(item["category"], item["count"]) for item in answer["data"]]
    assert counted == [("Castle", 2), ("modular", 2), ("City", 1), ("Icons", 1), ("knights", 1)]
    assert (answer["success"], answer["total"]) == (True, 7)
    assert all(item.keys() == {"category", "count"} for item in answer["data"])
    found = (await graphql("{ mocsByCategory { items { category kind } } }"))["data"]["mocsByCategory"]["items"]
    assert [(item["category"], item["kind"]) for item in found] == [
        ("Castle", "theme"),
        ("modular", "tag"),
        ("City", "theme"),
        ("Icons", "theme"),
        ("knights", "tag"),
    ]


async def test_only_the_ten_largest_categories_are_shown(alice: httpx.AsyncClient, create: Callable[..., Any]) -> None:
    for number in range(12):
        await create(title=str(number), theme=f"Theme {number:02}")
    await create(title="more", theme="Theme 11")
    answer = (await alice.get("/api/mocs/stats/by-category")).json()
    assert [item["category"] for item in answer["data"]] == ["Theme 11", *(f"Theme {number:02}" for number in range(9))]
    assert answer["total"] == 11


async def test_uploads_are_counted_by_month_and_theme_oldest_first(
    alice: httpx.AsyncClient, create: Callable[..., Any], database: asyncpg.Connection[asyncpg.Record]
) -> None:
    ages = {"1": "2 months", "2": "2 months", "3": "1 month", "4": "13 months"}
    for title, age in ages.items():
        moc = await create(title=title, theme={"3": "City", "4": "Old"}.get(title))
        await database.execute(
            f"UPDATE moc_instructions SET created_at = timezone('utc', now()) - interval '{age}' WHERE id = $1",
            moc["id"],
        )
    months = await database.fetchrow(
        "SELECT to_char(timezone('utc', now()) - interval '2 months', 'YYYY-MM') AS two,"
        " to_char(timezone('utc', now()) - interval '1 month', 'YYYY-MM') AS one"
    )
    assert months is not None
    answer = (await alice.get("/api/mocs/stats/uploads-over-time")).json()
    assert answer["data"] == [
        {"date": months["two"], "category": "Unknown", "count": 2},
        {"date": months["one"], "category": "City", "count": 1},
    ]


async def test_nothing_counts_as_nothing(alice: httpx.AsyncClient) -> None:
    for path in ("by-category", "uploads-over-time"):
        answer: dict[str, Any] = (await alice.get(f"/api/mocs/stats/{path}")).json()
        assert (answer["success"], answer["data"], answer["total"]) == (True, [], 0)
