"""`search` of GET /api/images, on PostgreSQL (PRD 3.8)."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx


@pytest.fixture
async def pictures(add_image: Callable[..., Any], add_album: Callable[..., Any]) -> str:
    """Images of alice's and one of bob's; the id of the album that holds one of them."""
    album: str = await add_album()
    await add_image(title="Medieval Castle", description="A great hall", tags='["modular"]', album_id=album)
    await add_image(title="Space Shuttle", description="The tower looks like a castle", tags='["space"]')
    await add_image(title="Coffee Truck", tags='["castles of coffee"]', flagged=True)
    await add_image(title="日本の城", description="100% plastic", tags='["城"]')
    await add_image("bob", title="Bob's castle", tags='["castle"]')
    return album


async def found(client: httpx.AsyncClient, query: str, **more: Any) -> list[str]:
    answer = await client.get("/api/images", params={"search": query, **more})
    assert answer.status_code == 200, answer.text
    assert answer.json()["images"] == answer.json()["data"]
    return [image["title"] for image in answer.json()["data"]]


@pytest.mark.usefixtures("pictures")
@pytest.mark.prd("3.8.3")
@pytest.mark.prd("3.8.7")
async def test_the_callers_own_are_found_those_in_albums_too_title_before_tags_before_description(
    alice: httpx.AsyncClient,
) -> None:
    assert await found(alice, "castle") == ["Medieval Castle", "Coffee Truck", "Space Shuttle"]


@pytest.mark.usefixtures("pictures")
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("casttle", ["Medieval Castle", "Coffee Truck"]),
        ("shutle", ["Space Shuttle"]),
        ("SHUTT", ["Space Shuttle"]),
        ('"great hall"', ["Medieval Castle"]),
        ("castle -shuttle", ["Medieval Castle", "Coffee Truck"]),
        ("城", ["日本の城"]),
        ("100%", ["日本の城"]),
        ("zzzznothing", []),
        ("'; DROP TABLE gallery_images; --", []),
    ],
)
async def test_words_parts_typos_and_signs_mean_what_they_say(
    alice: httpx.AsyncClient, query: str, expected: list[str]
) -> None:
    assert await found(alice, query) == expected


@pytest.mark.prd("3.8.5")
@pytest.mark.prd("3.8.8")
async def test_a_search_is_paged_and_filtered(alice: httpx.AsyncClient, bob: httpx.AsyncClient, pictures: str) -> None:
    pages = [(await alice.get(f"/api/images?search=castle&limit=2&page={page}")).json() for page in (1, 2, 3)]
    assert [[image["title"] for image in page["data"]] for page in pages] == [
        ["Medieval Castle", "Coffee Truck"],
        ["Space Shuttle"],
        [],
    ]
    assert [(page["success"], page["total"], page["page"], page["limit"]) for page in pages] == [
        (True, 3, number, 2) for number in (1, 2, 3)
    ]
    assert await found(alice, "castle", tag="SPACE") == ["Space Shuttle"]
    assert await found(alice, "castle", flagged="true") == ["Coffee Truck"]
    assert await found(alice, "castle", albumId=pictures) == ["Medieval Castle"]
    assert (await bob.get(f"/api/images?search=castle&albumId={pictures}")).status_code == 403


@pytest.mark.usefixtures("pictures")
@pytest.mark.prd("3.8.9")
async def test_how_long_a_search_took_is_logged(alice: httpx.AsyncClient, caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger("brickgate").propagate = True
    await found(alice, "castle")
    facts = vars(next(record for record in caplog.records if record.name == "brickgate.search"))
    assert (facts["engine"], facts["index"], facts["total"]) == ("database", "gallery_images", 3)
    assert 0 < facts["ms"] < 10_000
