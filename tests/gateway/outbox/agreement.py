"""Whether OpenSearch and PostgreSQL agree, to the last document, version and word."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import asyncpg
    from opensearchpy import AsyncOpenSearch

_TAGS = "tags, type, theme"
_UPDATED = """to_char({}, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')"""
# Written once more here, so that a mistake in the documents shows.
_WANTED = {
    "moc_instructions": f"""
        SELECT id, version, jsonb_build_object('id', id, 'user_id', user_id, 'title', title, 'description', description,
            'tags', tags, 'type', type, 'theme', theme, 'updated_at', {_UPDATED.format("updated_at")}) AS document
        FROM moc_instructions""",
    "gallery_images": f"""
        SELECT id, version, jsonb_build_object('id', id, 'user_id', user_id, 'type', 'image', 'title', title,
            'description', description, 'tags', tags, 'flagged', coalesce(flagged, false), 'album_id', album_id,
            'updated_at', {_UPDATED.format("last_updated_at")}) AS document
        FROM gallery_images UNION ALL
        SELECT id, version, jsonb_build_object('id', id, 'user_id', user_id, 'type', 'album', 'title', title,
            'description', description, 'updated_at', {_UPDATED.format("last_updated_at")}) AS document
        FROM gallery_albums""",
    "wishlist_items": f"""
        SELECT id, version, jsonb_build_object('id', id, 'user_id', user_id, 'title', title, 'description', description,
            'category', category, 'updated_at', {_UPDATED.format("updated_at")}) AS document
        FROM wishlist_items""",
}


async def contents(client: AsyncOpenSearch, prefix: str) -> dict[str, dict[str, Any]]:
    """All documents that can be read, by index and id: `{"version": ..., "document": ...}`; tombstones among them."""
    found: dict[str, dict[str, Any]] = {}
    for index in _WANTED:
        await client.indices.refresh(index=prefix + index)
        body = {"size": 10_000, "version": True, "query": {"match_all": {}}}
        hits = (await client.search(index=prefix + index, body=body))["hits"]["hits"]
        found[index] = {hit["_id"]: {"version": hit["_version"], "document": hit["_source"]} for hit in hits}
    return found


async def rows(database: asyncpg.Connection[asyncpg.Record]) -> dict[str, dict[str, Any]]:
    """What `contents` should be, without tombstones."""
    return {
        index: {
            str(row["id"]): {"version": row["version"], "document": json.loads(row["document"])}
            for row in await database.fetch(query)
        }
        for index, query in _WANTED.items()
    }


def living(found: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Documents without the tombstones, each of which has nothing but the moment of its making."""
    kept: dict[str, dict[str, Any]] = {}
    for index, documents in found.items():
        kept[index] = {}
        for identifier, facts in documents.items():
            if "deleted_at" in facts["document"]:
                assert facts["document"].keys() == {"deleted_at"}
            else:
                kept[index][identifier] = facts
    return kept


async def assert_agree(
    database: asyncpg.Connection[asyncpg.Record], client: AsyncOpenSearch, prefix: str
) -> dict[str, dict[str, Any]]:
    """Compare; what both have."""
    found, wanted = living(await contents(client, prefix)), await rows(database)
    for index, documents in wanted.items():
        assert found[index] == documents, index
    return wanted
