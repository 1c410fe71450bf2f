"""Fields that a client must not set, sent all the same wherever a body is taken (OWASP API3:2023, mass assignment)."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest
from graphql import GraphQLInputObjectType

from resolvers.schema import GRAPHQL
from tests.gateway.tenants.test_tenants import made

if TYPE_CHECKING:
    import asyncpg
    import httpx

    from gateway.dev.aws import Aws

FORGED = "eeeeeeee-eeee-4eee-8eee-eeeeeeeeeeee"
LONG_AGO = "1999-01-01T00:00:00.000Z"
# By either spelling: what the database, the gateway or the legacy service decides.
IDS = ("id", "userId", "user_id", "ownerId", "owner_id", "mocId", "moc_id", "flaggedBy", "sub")
TIMES = ("createdAt", "created_at", "updatedAt", "updated_at", "expectedUpdatedAt", "deletedAt", "expiresAt", "usedAt")
OTHERS = {
    "version": 99,
    "flagged": True,
    "isAdmin": True,
    "role": "admin",
    "__proto__": {"userId": FORGED},
    "constructor": {},
    "verdict": "CLEAN",
    "email": "mallory@example.com",
}
MORE: dict[str, Any] = dict.fromkeys(IDS, FORGED) | dict.fromkeys(TIMES, LONG_AGO) | OTHERS
# What may be written, and the right fields for it; `<x>` is the id of alice's x.
WRITES: list[tuple[str, str, dict[str, Any]]] = [
    ("POST", "/api/mocs", {"type": "moc", "title": "New", "author": "A", "partsCount": 1}),
    ("PATCH", "/api/mocs/<moc>", {"title": "Changed"}),
    ("PUT", "/api/mocs/<moc>", {"title": "Changed"}),
    ("POST", "/api/mocs/<moc>/gallery-images", {"galleryImageId": "<image>"}),
    ("POST", "/api/mocs/<moc>/albums", {"albumId": "<album>"}),
    ("POST", "/api/mocs/<moc>/parts-lists", {"title": "New"}),
    ("PATCH", "/api/mocs/<moc>/parts-lists/<parts_list>", {"title": "Changed"}),
    ("PATCH", "/api/mocs/<moc>/parts-lists/<parts_list>/status", {"built": True}),
    ("POST", "/api/albums", {"title": "New"}),
    ("PATCH", "/api/albums/<album>", {"title": "Changed"}),
    ("PATCH", "/api/images/<image>", {"title": "Changed"}),
    ("POST", "/api/flag", {"imageId": "<image>"}),
    ("POST", "/api/wishlist", {"title": "New"}),
    ("PATCH", "/api/wishlist/<wish>", {"title": "Changed"}),
    ("POST", "/api/wishlist/reorder", {"itemIds": ["<wish>"]}),
    ("PATCH", "/api/users/<user>", {"name": "Alice Brick"}),
    ("POST", "/api/uploads", {"kind": "image", "filename": "f.png", "contentType": "image/png", "size": 1}),
]
LINKS = ("moc_gallery_images", "moc_gallery_albums")
TABLES = (
    *LINKS,
    "moc_instructions",
    "moc_parts_lists",
    "gallery_images",
    "gallery_albums",
    "gallery_flags",
    "wishlist_items",
    "uploads",
)


@pytest.mark.parametrize(("method", "path", "fields"), WRITES, ids=[f"{method} {path}" for method, path, _ in WRITES])
async def test_whose_when_and_which_are_not_for_the_client_to_say(
    alice: httpx.AsyncClient,
    database: asyncpg.Connection[asyncpg.Record],
    aws: Aws,
    method: str,
    path: str,
    fields: dict[str, Any],
) -> None:
    ids = await made(database, aws, "alice", "mine")
    for table in LINKS:
        await database.execute(f"DELETE FROM {table}")

    def filled(text: str) -> str:
        for kind, identifier in ids.items():
            text = text.replace(f"<{kind}>", identifier)
        return text

    right = {
        name: [filled(value[0])] if isinstance(value, list) else filled(value) if isinstance(value, str) else value
        for name, value in fields.items()
    }
    forged = {name: value for name, value in MORE.items() if name not in right}
    if path == "/api/uploads":
        forged |= {"key": "avatars/x", "bucket": "other", "url": "https://evil.example.com/"}
    answer = await alice.request(method, filled(path), json={**forged, **right})
    assert answer.status_code in (200, 201), answer.text
    assert not {FORGED, LONG_AGO, "evil.example.com"} & set(answer.text.split('"'))
    for table in TABLES:
        for row in await database.fetch(f"SELECT * FROM {table}"):
            values = dict(row)
            assert uuid.UUID(FORGED) not in values.values(), table
            assert FORGED not in values.values(), table
            assert not [value for value in values.values() if isinstance(value, datetime) and value.year < 2020], table
            assert values.get("user_id", ids["user"]) == ids["user"], table
            assert "mallory@example.com" not in str(values)


@pytest.mark.parametrize(
    "kind", [kind for kind in GRAPHQL.type_map.values() if isinstance(kind, GraphQLInputObjectType)], ids=str
)
def test_no_input_of_the_graph_has_a_field_that_a_client_must_not_set(kind: GraphQLInputObjectType) -> None:
    named = {"id"} if kind.name.endswith("PositionInput") or "Order" in kind.name or "Position" in kind.name else set()
    assert (set(kind.fields) & MORE.keys()) - named == set()


async def test_the_graph_refuses_what_its_inputs_do_not_have(alice: httpx.AsyncClient) -> None:
    document = "mutation($input: AlbumInput!) { createAlbum(input: $input) { id } }"
    for name in ("userId", "id", "createdAt", "__proto__"):
        answer = await alice.post(
            "/graphql",
            json={
                "query": document.replace("AlbumInput", _album_input()),
                "variables": {"input": {"title": "x", name: FORGED}},
            },
        )
        (error,) = answer.json()["errors"]
        assert error["extensions"]["code"] in ("VALIDATION_ERROR", "BAD_REQUEST")
    assert (await alice.get("/api/albums")).json()["total"] == 0


def _album_input() -> str:
    assert GRAPHQL.mutation_type is not None
    return str(GRAPHQL.mutation_type.fields["createAlbum"].args["input"].type).rstrip("!")
