"""The floor: what anybody would write by hand for the same rows, without authentication, envelope, schema or errors."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import asyncpg
import orjson
from redis.asyncio import Redis
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from starlette.requests import Request

COLUMNS = """id, user_id, type, title, description, author, parts_count, theme, subtheme, uploaded_date, brand, set_number,
  release_year, retired, tags, thumbnail_url, total_piece_count, created_at, updated_at"""
LIST = f"SELECT {COLUMNS} FROM moc_instructions WHERE user_id = $1 ORDER BY created_at DESC LIMIT 20"
ONE = f"SELECT {COLUMNS} FROM moc_instructions WHERE id = $1"
FILES = "SELECT * FROM moc_files WHERE moc_id = $1"
IMAGES = """SELECT l.id, i.id AS gallery_image_id, i.image_url, i.thumbnail_url, i.title, i.description
  FROM moc_gallery_images l JOIN gallery_images i ON i.id = l.gallery_image_id WHERE l.moc_id = $1"""
PARTS_LISTS = "SELECT * FROM moc_parts_lists WHERE moc_id = $1"
CREATE = f"""INSERT INTO moc_instructions (user_id, title, type, author, parts_count, tags)
  VALUES ($1, $2, $3, $4, $5, $6) RETURNING {COLUMNS}"""


UPDATE = f"UPDATE moc_instructions SET parts_count = $2, updated_at = now() WHERE id = $1 RETURNING {COLUMNS}"
IMAGES_LIST = """SELECT id, user_id, title, description, tags, image_url, thumbnail_url, album_id, flagged, created_at, last_updated_at
  FROM gallery_images WHERE user_id = $1 ORDER BY created_at DESC LIMIT 20"""
ALBUMS_LIST = """SELECT a.id, a.user_id, a.title, a.description, a.cover_image_id, a.created_at, a.last_updated_at,
  (SELECT count(*) FROM gallery_images i WHERE i.album_id = a.id) AS image_count
  FROM gallery_albums a WHERE a.user_id = $1 ORDER BY a.created_at DESC LIMIT 20"""
WISHLIST = """SELECT id, user_id, title, description, product_link, image_url, category, sort_order, created_at, updated_at
  FROM wishlist_items WHERE user_id = $1 ORDER BY sort_order"""
PROFILE = b'{"id":"%s","email":"alice@example.com","name":"Alice Brick","avatarUrl":null}'


def create_app(database_url: str, redis_url: str, user_id: str) -> Starlette:
    """The same routes; the profile comes out of Redis."""

    def lists(statement: str) -> Callable[[Request], Awaitable[Response]]:
        async def get_list(request: Request) -> Response:
            rows = await request.app.state.pool.fetch(statement, user_id)
            return _json([dict(row) for row in rows])

        return get_list

    async def get_moc(request: Request) -> Response:
        pool, moc_id = request.app.state.pool, request.path_params["id"]
        moc = dict(await pool.fetchrow(ONE, moc_id))
        for name, statement in (("files", FILES), ("images", IMAGES), ("partsLists", PARTS_LISTS)):
            moc[name] = [dict(row) for row in await pool.fetch(statement, moc_id)]
        return _json(moc)

    async def create_moc(request: Request) -> Response:
        body = orjson.loads(await request.body())
        values = (
            user_id,
            body["title"],
            body["type"],
            body["author"],
            body["partsCount"],
            orjson.dumps(body["tags"]).decode(),
        )
        return _json(dict(await request.app.state.pool.fetchrow(CREATE, *values)))

    async def update_moc(request: Request) -> Response:
        body = orjson.loads(await request.body())
        changed = await request.app.state.pool.fetchrow(UPDATE, request.path_params["id"], body["partsCount"])
        return _json(dict(changed))

    async def get_user(request: Request) -> Response:
        return Response(await request.app.state.redis.get("profile"), media_type="application/json")

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with (
            asyncpg.create_pool(database_url, min_size=1, max_size=3) as pool,
            Redis.from_url(redis_url) as app.state.redis,
        ):
            app.state.pool = pool
            await app.state.redis.set("profile", PROFILE % user_id.encode())
            yield

    routes = [
        Route("/api/mocs", lists(LIST)),
        Route("/api/images", lists(IMAGES_LIST)),
        Route("/api/albums", lists(ALBUMS_LIST)),
        Route("/api/wishlist", lists(WISHLIST)),
        Route("/api/mocs", create_moc, methods=["POST"]),
        Route("/api/mocs/{id}", get_moc),
        Route("/api/mocs/{id}", update_moc, methods=["PATCH"]),
        Route("/api/users/{id}", get_user),
    ]
    return Starlette(routes=routes, lifespan=lifespan)


def _json(content: Any) -> Response:
    # asyncpg has a UUID class of its own, which orjson does not know.
    return Response(orjson.dumps(content, default=str), media_type="application/json")
