"""What a change answers shows what it has changed, so that a client need not read it once more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from gateway.compiling import SEEN
from tests.gateway.tenants.test_tenants import made

if TYPE_CHECKING:
    from collections.abc import Callable

    import asyncpg

    from gateway.dev.aws import Aws

LISTS = "files { id } partsLists { id } galleryImages { galleryImageId } albums { galleryAlbumId }"
# A change: the list of the MOC's that it is about, and what it shows beside the MOC.
UNLINKED = {
    "unlinkMocImage(mocId: $moc, galleryImageId: $image)": ("galleryImages", "message"),
    "unlinkMocAlbum(mocId: $moc, albumId: $album)": ("albums", "message"),
    "deleteMocFile(mocId: $moc, id: $file)": ("files", "message"),
    "deletePartsList(mocId: $moc, id: $parts_list)": ("partsLists", "message"),
}
LINKED = {
    "linkMocImage(mocId: $moc, galleryImageId: $image)": ("galleryImages", "galleryImage { id title type }"),
    "linkMocAlbum(mocId: $moc, albumId: $album)": ("albums", "galleryAlbum { id title imageCount }"),
}
KEPT = {
    'updatePartsList(mocId: $moc, id: $parts_list, input: {title: "New"})': ("partsLists", "title"),
    "updatePartsListStatus(mocId: $moc, id: $parts_list, input: {built: true})": ("partsLists", "built"),
}


@pytest.fixture
async def own(
    statements: Callable[[], Any],  # before anything opens a connection
    database: asyncpg.Connection[asyncpg.Record],
    aws: Aws,
) -> dict[str, str]:
    assert await statements() == []
    return await made(database, aws, "alice", "mine")


@pytest.fixture
def change(graphql: Callable[..., Any], own: dict[str, str]) -> Callable[..., Any]:
    """`await change("unlinkMocImage(...)", "message")`: the payload of a change, which may name ids of `own` as variables."""

    async def ask(call: str, selection: str, **given: Any) -> Any:
        variables = {name: value for name, value in (own | given).items() if f"${name}" in call}
        declared = ", ".join(f"${name}: ID!" for name in variables)
        answer = await graphql(f"mutation({declared}) {{ it: {call} {{ {selection} }} }}", variables)
        assert "errors" not in answer, answer
        return answer["data"]["it"]

    return ask


@pytest.mark.parametrize("call", UNLINKED)
async def test_a_moc_is_shown_without_what_was_removed(
    change: Callable[..., Any], own: dict[str, str], graphql: Callable[..., Any], call: str
) -> None:
    gone, _ = UNLINKED[call]
    shown = await change(call, f"mocId moc {{ id title updatedAt {LISTS} }}")
    read = await graphql(f"query($id: ID!) {{ moc(id: $id) {{ id title updatedAt {LISTS} }} }}", {"id": own["moc"]})
    assert shown == {"mocId": own["moc"], "moc": read["data"]["moc"]}
    left = {name: len(shown["moc"][name]) for name in ("files", "partsLists", "galleryImages", "albums")}
    assert left == {**dict.fromkeys(left, 1), gone: 0}


async def test_a_moc_is_shown_with_the_pieces_of_the_list_that_is_left(
    change: Callable[..., Any], own: dict[str, str], database: asyncpg.Connection[asyncpg.Record]
) -> None:
    await database.execute("UPDATE moc_instructions SET total_piece_count = 7")
    newer = await database.fetchval(
        "INSERT INTO moc_parts_lists (moc_id, title, created_at) VALUES ($1, 'newer', '2100-01-01') RETURNING id",
        own["moc"],
    )
    await database.execute("INSERT INTO moc_parts (parts_list_id, part_id, quantity) VALUES ($1, '3001', 7)", newer)
    call, selected = "deletePartsList(mocId: $moc, id: $parts_list)", "moc { totalPieceCount partsLists { id } }"
    shown = await change(call, selected, parts_list=str(newer))
    assert shown["moc"] == {"totalPieceCount": 1, "partsLists": [{"id": own["parts_list"]}]}


@pytest.mark.parametrize("call", LINKED)
async def test_a_link_shows_both_of_its_ends(
    change: Callable[..., Any], own: dict[str, str], database: asyncpg.Connection[asyncpg.Record], call: str
) -> None:
    shown_by, end = LINKED[call]
    await database.execute("DELETE FROM moc_gallery_images")
    await database.execute("DELETE FROM moc_gallery_albums")
    shown = await change(call, f"id mocId moc {{ id {shown_by} {{ id }} }} {end}")
    assert shown["moc"] == {"id": own["moc"], shown_by: [{"id": shown["id"]}]}
    if shown_by == "albums":
        assert shown["galleryAlbum"] == {"id": own["album"], "title": "mine", "imageCount": 1}
    else:
        assert shown["galleryImage"] == {"id": own["image"], "title": "mine", "type": "image"}


@pytest.mark.parametrize("call", KEPT)
async def test_a_parts_list_shows_its_moc(change: Callable[..., Any], own: dict[str, str], call: str) -> None:
    shown = await change(call, "id moc { id title partsLists { id title built } }")
    lists = shown["moc"].pop("partsLists")
    assert (shown["id"], shown["moc"]) == (own["parts_list"], {"id": own["moc"], "title": "mine"})
    assert [(one["title"], one["built"]) for one in lists] == [("New", False) if "New" in call else ("mine", True)]


async def test_a_new_parts_list_shows_its_moc_with_it(change: Callable[..., Any], own: dict[str, str]) -> None:
    shown = await change('createPartsList(mocId: $moc, input: {title: "New"})', "id moc { id partsLists { id } }")
    assert shown["moc"] == {"id": own["moc"], "partsLists": [{"id": shown["id"]}, {"id": own["parts_list"]}]}


@pytest.mark.parametrize("call", UNLINKED | LINKED | KEPT)
async def test_only_what_is_selected_is_read(
    change: Callable[..., Any],
    database: asyncpg.Connection[asyncpg.Record],
    statements: Callable[[], Any],
    aws: Aws,
    call: str,
) -> None:
    counts: list[int] = []
    _, rest = (UNLINKED | LINKED | KEPT)[call]
    for selection in ("id", "id", "id mocId", "id moc { id title }", f"id moc {{ id title }} {rest}"):
        again = await made(database, aws, "alice", f"again {len(counts)}")
        if call in LINKED:
            await database.execute("DELETE FROM moc_gallery_images")
            await database.execute("DELETE FROM moc_gallery_albums")
        await statements()
        await change(call, selection, **again)
        counts.append(len(await statements()))
    assert counts[1:] == [counts[1], counts[1], counts[1] + 1, counts[1] + 1 + (call in LINKED)]


async def test_each_change_of_a_document_shows_what_was_so_after_it(
    graphql: Callable[..., Any], own: dict[str, str]
) -> None:
    document = """mutation($moc: ID!, $image: ID!, $title: String!) {
      off: unlinkMocImage(mocId: $moc, galleryImageId: $image) { moc { title galleryImages { galleryImageId } } }
      on: linkMocImage(mocId: $moc, galleryImageId: $image) { moc { title galleryImages { galleryImageId } } }
      renamed: updateMoc(id: $moc, input: {title: $title}) { title }
      one: createPartsList(mocId: $moc, input: {title: "One"}) { moc { title partsLists { title } } }
      two: createPartsList(mocId: $moc, input: {title: "Two"}) { moc { title partsLists { title } } }
    }"""
    before, lists = "mine", [{"title": "mine"}]
    for number in range(SEEN + 2):  # interpreted and compiled
        title = f"Renamed {number}"
        variables = {"moc": own["moc"], "image": own["image"], "title": title}
        data = (await graphql(document, variables))["data"]
        assert data["off"] == {"moc": {"title": before, "galleryImages": []}}
        assert data["on"] == {"moc": {"title": before, "galleryImages": [{"galleryImageId": own["image"]}]}}
        for key, added in (("one", "One"), ("two", "Two")):
            lists = [{"title": added}, *lists]
            assert data[key] == {"moc": {"title": title, "partsLists": lists}}
        before = title


@pytest.mark.parametrize(
    "call",
    ["deleteImage(id: $image)", "deleteAlbum(id: $album)", "deleteWishlistItem(id: $wish)", "deleteMoc(id: $moc)"],
)
async def test_what_belongs_to_no_moc_is_deleted_without_one(change: Callable[..., Any], call: str) -> None:
    assert await change(call, "mocId moc { id }") == {"mocId": None, "moc": None}


async def test_the_mocs_of_many_lists_are_one_statement(
    own: dict[str, str],
    graphql: Callable[..., Any],
    database: asyncpg.Connection[asyncpg.Record],
    aws: Aws,
    statements: Callable[[], Any],
) -> None:
    for number in range(8):
        await made(database, aws, "alice", f"mine {number}")
    await made(database, aws, "bob", "bob's")
    document = "{ partsListSummary { recentPartsLists { title moc { title author } } } }"
    await statements()
    lists = (await graphql(document))["data"]["partsListSummary"]["recentPartsLists"]
    assert len(await statements()) == 2
    assert own
    assert len(lists) == 9
    assert [one["moc"] for one in lists] == [{"title": one["title"], "author": one["title"]} for one in lists]
