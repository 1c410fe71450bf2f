"""The statement of the feed, which mixes images and albums."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    Integer,
    Select,
    Text,
    Uuid,
    bindparam,
    cast,
    null,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import JSONB

from db.query import Query
from resolvers.albums import store as albums_store
from resolvers.images import store as images_store
from resolvers.search.store import match

if TYPE_CHECKING:
    from asyncpg import Record

    from db.engine import Session
    from resolvers.pagination import Cursor

# What only one of the two kinds has, and the type of its null on the other's rows.
_OF_IMAGES = {"tags": JSONB, "image_url": Text, "thumbnail_url": Text, "album_id": Uuid, "flagged": Boolean}
_OF_ALBUMS = {"cover_image_id": Uuid, "image_count": BigInteger, "cover_image_url": Text}
_KEYS = (
    "type",
    "id",
    "user_id",
    "title",
    "description",
    "created_at",
    "last_updated_at",
    *_OF_IMAGES,
    *_OF_ALBUMS,
)


class Choice(NamedTuple):
    """What belongs to a feed.

    Args:
        kinds: `image`, `album` or both.
        filters: names of the filters of images; albums have none.
        searched: whether only what matches a search.
        typos: whether the server has `pg_trgm`.
    """

    kinds: frozenset[str]
    filters: frozenset[str] = frozenset()
    searched: bool = False
    typos: bool = False


def _half(columns: tuple[ColumnElement[Any], ...], other: dict[str, Any], at: ColumnElement[Any]) -> Select[Any]:
    own = {str(column.key): column for column in columns}
    missing = {name: cast(null(), kind).label(name) for name, kind in other.items()}
    shown = own | missing
    return select(*(shown[key] for key in _KEYS), at.label("at")).limit(bindparam("reach", type_=Integer))


def _images(choice: Choice, *, after: bool) -> Select[Any]:
    images = images_store.images
    criteria = images_store.criteria(choice.filters, standalone="album_id" not in choice.filters)
    if choice.searched:
        title, tags, description, document = images.title, images.tags, images.description, images.search
        text = match(title=title, tags=tags, description=description, document=document, typos=choice.typos)
        criteria.append(text.criterion)
    if after:
        criteria.append(images_store.PLACE)
    half = _half(images_store.COLUMNS, _OF_ALBUMS, images.created_at)
    return half.where(*criteria).order_by(*images_store.ORDER)


def _albums(choice: Choice, *, after: bool) -> Select[Any]:
    albums = albums_store.albums
    criteria: list[ColumnElement[bool]] = [albums.user_id == bindparam("user_id")]
    if choice.searched:
        title, description, document = albums.title, albums.description, albums.search
        text = match(title=title, tags=null(), description=description, document=document, typos=choice.typos)
        criteria.append(text.criterion)
    if after:
        criteria.append(albums_store.PLACE)
    half = _half(albums_store.COLUMNS, _OF_IMAGES, albums.created_at)
    return half.where(*criteria).order_by(*albums_store.ORDER)


_HALVES = {"image": _images, "album": _albums}


@cache
def _feed(choice: Choice, *, after: bool) -> Query:
    """Each half brings what could be on the page, by its own index; then the two are merged."""
    halves = [_HALVES[kind](choice, after=after) for kind in sorted(choice.kinds)]
    mixed = union_all(*halves).subquery("mixed")
    return Query(
        select(*(mixed.c[key] for key in _KEYS), cast(mixed.c.at, Text).label("sort_key"))
        .order_by(mixed.c.at.desc(), mixed.c.id.desc())
        .limit(bindparam("limit", type_=Integer))
        .offset(bindparam("offset", type_=Integer))
    )


async def feed(  # noqa: PLR0913 - a feed's every choice
    session: Session,
    user_id: str,
    choice: Choice,
    values: dict[str, Any],
    *,
    limit: int,
    offset: int,
    after: Cursor | None,
) -> list[Record]:
    """One user's items, newest first: `limit` + 1 rows at most, with the `sort_key` of a cursor.

    Args:
        session: where to ask.
        user_id: whose items.
        choice: which of them.
        values: of the filters, and the parameters that `search.store.parameters` makes of the user's words.
        limit: items of a page.
        offset: items before it.
        after: the place of the last item of the page before.
    """
    cursor = {"key": after.key, "key_id": after.id} if after else {}
    size = {"limit": limit + 1, "offset": offset, "reach": offset + limit + 1}
    return await session.rows(_feed(choice, after=after is not None), user_id=user_id, **size, **values, **cursor)
