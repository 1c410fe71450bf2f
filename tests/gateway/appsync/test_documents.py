"""What clients may write: aliases, fragments, directives, arguments below the roots, kinds of items."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.gateway.appsync.service import RESOLVERS
from tests.gateway.tenants.test_tenants import made

if TYPE_CHECKING:
    from collections.abc import Callable

    import asyncpg
    import httpx

    from gateway.dev.aws import Aws
    from tests.gateway.appsync.service import Service

DOCUMENTS = {
    "aliases": "query($id: ID!) { it: moc(id: $id) { name: title title: author papers: files { file: id } } }",
    "aliases of one field": "query($id: ID!) { moc(id: $id) { a: files { id } b: files { fileType } } }",
    "an inline fragment": "query($id: ID!) { moc(id: $id) { ... { title ... on Moc { files { id } } } } }",
    "a named fragment": """
        query($id: ID!) { moc(id: $id) { id ...M files { originalFilename } } }
        fragment M on Moc { title files { ...F } galleryImages { title } }
        fragment F on MocFile { id fileType }
    """,
    "aliases in a named fragment": """
        query($id: ID!) { moc(id: $id) { ...M } }
        fragment M on Moc { theme: title pics: images { where: url } sheets: partsLists { id parts { n: quantity } } }
    """,
    "an alias that a fragment adds to": """
        query($id: ID!) { moc(id: $id) { pics: images { id } ...M } } fragment M on Moc { pics: images { url } }
    """,
    "directives": """
        query($id: ID!, $yes: Boolean!, $no: Boolean!) { moc(id: $id) {
            title @skip(if: $no) author @include(if: $yes) theme @include(if: $no) files @skip(if: $yes) { id }
            albums { title @skip(if: true) id @include(if: true) ... @include(if: $no) { description } }
        } }
    """,
    "a name of a type alone": "{ mocs { __typename } me { stats { __typename } } }",
    "kinds of items": "{ gallery { items { __typename id ... on GalleryAlbum { imageCount } ... on GalleryImage { tags } } } }",
    "kinds of items by named fragments": """
        { gallery { items { title ...A ...I ...G } } }
        fragment G on GalleryItem { kind: type } fragment A on GalleryAlbum { n: imageCount cover { id } }
        fragment I on GalleryImage { tags }
    """,
    "one field with two arguments": "{ albums { items { one: images(limit: 1) { title } all: images(limit: null) { id } } } }",
    "several roots": "query($id: ID!) { a: moc(id: $id) { id } b: moc(id: $id) { title } albums { total } }",
    "nested resolvers in nested resolvers": "{ albums { items { images { album { images(limit: 1) { id } } } } } }",
}


@pytest.fixture
async def own(database: asyncpg.Connection[asyncpg.Record], aws: Aws) -> dict[str, str]:
    return await made(database, aws, "alice", "mine")


@pytest.mark.parametrize("batch", [0, 2])
@pytest.mark.parametrize("kind", DOCUMENTS)
async def test_a_document_answers_the_same_as_through_graphql(
    graphql: Callable[..., Any], appsync_of: Callable[..., Service], own: dict[str, str], kind: str, batch: int
) -> None:
    variables: dict[str, Any] = {"id": own["moc"], "yes": True, "no": False}
    variables = {name: value for name, value in variables.items() if f"${name}" in DOCUMENTS[kind]}
    expected = await graphql(DOCUMENTS[kind], variables)
    result = await appsync_of("alice", batch=batch).execute(DOCUMENTS[kind], variables)
    assert result.errors is None
    assert "errors" not in expected
    assert result.data == expected["data"]


async def test_what_is_left_out_is_not_loaded(
    appsync_of: Callable[..., Service], own: dict[str, str], statements: Callable[[], Any]
) -> None:
    document = "query($no: Boolean!) { mocs { items { title files @include(if: $no) { id } } } }"
    service = appsync_of("alice")
    await service.execute(document, {"no": False})
    without = await statements()
    await service.execute(document, {"no": True})
    assert own
    assert len(await statements()) == len(without) + 1


async def test_null_is_the_default_where_there_is_one(
    appsync_of: Callable[..., Service], graphql: Callable[..., Any]
) -> None:
    document = "query($limit: Int) { mocs(limit: $limit, sort: {field: title}) { limit } }"
    result = await appsync_of("alice").execute(document, {"limit": None})
    assert (result.errors, result.data) == (None, {"mocs": {"limit": 20}})
    assert (await graphql("{ mocs { limit } }"))["data"] == result.data


@pytest.mark.parametrize("field", ["images", "cover"])
async def test_a_hundred_parents_cost_the_statements_of_one(
    appsync_of: Callable[..., Service],
    database: asyncpg.Connection[asyncpg.Record],
    aws: Aws,
    statements: Callable[[], Any],
    field: str,
) -> None:
    for number in range(100):
        own = await made(database, aws, "alice", f"mine {number}")
        assert own["album"]
    document = "query($limit: Int!) { albums(limit: $limit) { items { id FIELD { id } } } }".replace("FIELD", field)
    service = appsync_of("alice", resolvers={"Query": ["albums"], "GalleryAlbum": ["images", "cover"]})
    taken = []
    for limit in (1, 100):
        result = await service.execute(document, {"limit": limit})
        assert result.errors is None
        assert result.data
        assert len(result.data["albums"]["items"]) == limit
        assert all(item[field] for item in result.data["albums"]["items"])
        assert len(service.events.pop()) == limit
        taken.append(len(await statements()))
    assert taken[0] == taken[1]


async def test_every_nested_field_can_have_a_resolver(
    appsync_of: Callable[..., Service], graphql: Callable[..., Any], own: dict[str, str]
) -> None:
    document = """{ mocs { items { files { id } images { id url }
        partsLists { id parts { partId } missingPartsCount partsByColor { pieces } moc { title files { id } } }
        galleryImages { id album { title } galleryImage { id } }
        albums { id galleryAlbum { id images { id } } cover { id } images { id } } } } }"""
    nested = {
        "Query": ["mocs"],
        "Moc": ["files", "images", "partsLists", "galleryImages", "albums"],
        "MocPartsList": ["parts", "partsByColor", "moc"],
        "LinkedImage": ["album", "galleryImage"],
        "LinkedAlbum": ["cover", "images", "galleryAlbum"],
        "GalleryAlbum": ["images"],
    }
    result = await appsync_of("alice", resolvers=nested).execute(document)
    assert own
    assert result.errors is None
    assert result.data == (await graphql(document))["data"]


KINDS = ("moc", "file", "parts_list", "image", "album", "wish")
CHANGES = {
    "unlinkMocImage": "unlinkMocImage(mocId: $moc, galleryImageId: $image) { mocId moc { title galleryImages { id } } }",
    "unlinkMocAlbum": "unlinkMocAlbum(mocId: $moc, albumId: $album) { moc { title albums { id } } }",
    "linkMocImage": """linkMocImage(mocId: $moc, galleryImageId: $image) {
        mocId moc { title galleryImages { galleryImageId } } galleryImage { title album { title } }
    }""",
    "linkMocAlbum": "linkMocAlbum(mocId: $moc, albumId: $album) { moc { albums { title } } galleryAlbum { id images { id } } }",
    "deletePartsList": "deletePartsList(mocId: $moc, id: $parts_list) { id moc { id partsLists { id } } }",
    "deleteMocFile": "deleteMocFile(mocId: $moc, id: $file) { id moc { id files { id } } }",
    "deleteWishlistItem": "deleteWishlistItem(id: $wish) { mocId moc { id } }",
}
PAYLOADS = {
    "Mutation": list(CHANGES),
    "Deleted": ["moc"],
    "MocImageLink": ["moc", "galleryImage"],
    "MocAlbumLink": ["moc", "galleryAlbum"],
    "GalleryAlbum": ["images"],
    "MocFilesResult": ["moc"],
}


@pytest.mark.parametrize("resolvers", [RESOLVERS, PAYLOADS], ids=["as exported", "each nested one"])
@pytest.mark.parametrize("batch", [0, 2])
async def test_what_a_change_shows_is_the_same_as_through_graphql(
    appsync_of: Callable[..., Service],
    graphql: Callable[..., Any],
    database: asyncpg.Connection[asyncpg.Record],
    aws: Aws,
    resolvers: dict[str, list[str]],
    batch: int,
) -> None:
    owned = [await made(database, aws, "alice", title) for title in ("one", "two")]
    document = f"mutation({', '.join(f'${name}: ID!' for name in KINDS)}) {{ {' '.join(CHANGES.values())} }}"
    variables = [{name: own[name] for name in KINDS} for own in owned]
    expected = await graphql(document, variables[0])
    result = await appsync_of("alice", batch=batch, resolvers=resolvers).execute(document, variables[1])
    assert (result.errors, "errors" in expected) == (None, False)
    assert result.data
    told = json.dumps(expected["data"]).replace("one", "two")
    for name in KINDS:
        told = told.replace(owned[0][name], owned[1][name])
    assert result.data == json.loads(told)
    assert result.data["unlinkMocImage"] == {"mocId": owned[1]["moc"], "moc": {"title": "two", "galleryImages": []}}


async def test_the_moc_of_files_that_were_added_can_have_a_resolver(
    appsync_of: Callable[..., Service],
    own: dict[str, str],
    database: asyncpg.Connection[asyncpg.Record],
    aws: Aws,
) -> None:
    upload = own["upload instruction"]
    await database.execute("UPDATE moc_files SET original_filename = 'another'")
    aws.client("s3").put_object(Bucket=aws.bucket, Key=f"uploads/{own['user']}/{upload}", Body=b"%PDF-1.4\n%%EOF")
    document = """mutation($moc: ID!, $upload: ID!) {
      addMocFiles(mocId: $moc, fileType: "instruction", uploadIds: [$upload]) { file { id } moc { title files { id } } }
    }"""
    nested = {"Mutation": ["addMocFiles"], "MocFilesResult": ["moc"]}
    result = await appsync_of("alice", resolvers=nested).execute(document, {"moc": own["moc"], "upload": upload})
    assert result.errors is None
    assert result.data
    added = result.data["addMocFiles"]
    assert added["moc"] == {"title": "mine", "files": [{"id": own["file"]}, added["file"]]}


@pytest.mark.parametrize("type_", ["MocPartsList", "MocImageLink", "MocAlbumLink", "MocFilesResult", "Deleted"])
async def test_a_moc_is_its_owners_alone_and_may_be_gone(
    appsync_of: Callable[..., Service], database: asyncpg.Connection[asyncpg.Record], aws: Aws, type_: str
) -> None:
    mine, foreign = [await made(database, aws, user, user) for user in ("alice", "bob")]
    service = appsync_of("alice", resolvers={"Query": ["mocs"]})
    await service.execute("{ mocs { items { title } } }")
    (event,) = service.events[-1]
    told = event["info"] | {"parentTypeName": type_, "fieldName": "moc", "selectionSetGraphQL": "{ title }"}
    told["selectionSetList"] = ["title"]
    ids = (mine["moc"], foreign["moc"], foreign["image"])
    events = [event | {"info": told, "arguments": {}, "source": {"id": one, "mocId": one}} for one in ids]
    shown, *hidden = await service._serve(events)  # noqa: SLF001 - events that AppSync would not send
    assert (shown["data"]["title"], "errorType" in shown) == ("alice", False)
    expected = (None, None) if type_ == "Deleted" else (None, "NOT_FOUND")
    assert [(one["data"], one.get("errorType")) for one in hidden] == [expected] * 2


async def test_a_nested_field_is_shown_to_users_alone(appsync_of: Callable[..., Service], own: dict[str, str]) -> None:
    signed_in, nobody = appsync_of("alice"), appsync_of(None)
    await signed_in.execute("{ albums { items { images { id } } } }")
    (event,) = signed_in.events[-1]
    assert event["info"]["parentTypeName"] == "GalleryAlbum"
    assert event["source"]["id"] == own["album"]
    (refused,) = await nobody._serve([event | {"identity": None}])  # noqa: SLF001 - an event that AppSync would not send
    assert (refused["data"], refused["errorType"]) == (None, "UNAUTHORIZED")


async def test_data_of_which_a_part_failed_is_kept(
    appsync_of: Callable[..., Service],
    alice: httpx.AsyncClient,
    database: asyncpg.Connection[asyncpg.Record],
    own: dict[str, str],
) -> None:
    document = "query($id: ID!) { image(id: $id) { title album { title } } }"
    batch, alone = appsync_of("alice"), appsync_of("alice", batch=0)
    await database.execute("ALTER TABLE gallery_albums RENAME TO gallery_albums_away")
    try:
        expected = (await alice.post("/graphql", json={"query": document, "variables": {"id": own["image"]}})).json()
        failed = await batch.execute(document, {"id": own["image"]})
        (answer,) = await batch._serve(batch.events[-1])  # noqa: SLF001 - the function's own answer
        result = await alone.execute(document, {"id": own["image"]})
    finally:
        await database.execute("ALTER TABLE gallery_albums_away RENAME TO gallery_albums")
    assert expected["data"] == {"image": {"title": "mine", "album": None}}
    assert (answer["data"]["title"], answer["data"]["album"], answer["errorType"]) == ("mine", None, "INTERNAL_ERROR")
    assert answer["errorMessage"] == expected["errors"][0]["message"]
    assert [error.message for error in failed.errors or []] == [answer["errorMessage"]]
    assert (result.errors, result.data) == (None, expected["data"])


async def test_answers_are_kept_as_those_of_graphql(
    appsync_of: Callable[..., Service], own: dict[str, str], statements: Callable[[], Any]
) -> None:
    service = appsync_of("alice")
    document = "query($id: ID!) { moc(id: $id) { title } }"
    first = await service.execute(document, {"id": own["moc"]})
    assert len(await statements()) == 1
    again = await service.execute(document, {"id": own["moc"]})
    assert await statements() == []
    assert again.data == first.data == {"moc": {"title": "mine"}}
    other = await service.execute("query($id: ID!) { moc(id: $id) { author } }", {"id": own["moc"]})
    assert other.data == {"moc": {"author": "mine"}}
