"""Every statement about rows as searches see them: the documents of OpenSearch (docs/decisions/0015)."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Integer, Uuid, bindparam, func, literal_column, select

from db.models import GalleryAlbum, GalleryImage, MocInstruction, WishlistItem
from db.models.mocs import TYPE
from db.models.search import LONGEST
from db.query import Query, among, iso, string_list
from services.mappings import GALLERY, MOCS, WISHLIST

if TYPE_CHECKING:
    from asyncpg import Record
    from sqlalchemy import Table

    from db.engine import Session

_mocs = MocInstruction.c
_images = GalleryImage.c
_albums = GalleryAlbum.c
_items = WishlistItem.c


def _cut(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """As much of a text as PostgreSQL's own search sees: the legacy service bounds none."""
    return func.left(column, literal_column(str(LONGEST))).label(column.key)


def _kind(name: str) -> ColumnElement[Any]:
    return literal_column(f"'{name}'").label("type")


# Of each table: the index that its rows are found in, and what a document has of a row.
_TABLES: dict[str, tuple[str, Table, tuple[ColumnElement[Any], ...]]] = {
    "moc_instructions": (
        MOCS,
        MocInstruction,
        (
            _cut(_mocs.title),
            _cut(_mocs.description),
            string_list(_mocs.tags).label("tags"),
            TYPE.label("type"),
            _mocs.theme,
            iso(_mocs.updated_at),
        ),
    ),
    "gallery_images": (
        GALLERY,
        GalleryImage,
        (
            _kind("image"),
            _cut(_images.title),
            _cut(_images.description),
            string_list(_images.tags).label("tags"),
            func.coalesce(_images.flagged, literal_column("false")).label("flagged"),
            _images.album_id,
            iso(_images.last_updated_at, "updated_at"),
        ),
    ),
    "gallery_albums": (
        GALLERY,
        GalleryAlbum,
        (_kind("album"), _cut(_albums.title), _cut(_albums.description), iso(_albums.last_updated_at, "updated_at")),
    ),
    "wishlist_items": (
        WISHLIST,
        WishlistItem,
        (_cut(_items.title), _cut(_items.description), _items.category, iso(_items.updated_at)),
    ),
}
INDEX_OF = {table: index for table, (index, _, _) in _TABLES.items()}


@cache
def _present(table: str) -> Query:
    _, model, columns = _TABLES[table]
    of = model.c
    return Query(select(of.id, of.user_id, *columns, of.version).where(of.id == among("ids")))


@cache
def _page(table: str, *, first: bool) -> Query:
    _, model, columns = _TABLES[table]
    of = model.c
    page = select(of.id, of.user_id, *columns, of.version).order_by(of.id).limit(bindparam("limit", type_=Integer))
    return Query(page if first else page.where(of.id > bindparam("after", type_=Uuid)))


@cache
def _count(table: str) -> Query:
    return Query(select(func.count()).select_from(_TABLES[table][1]))


async def present(session: Session, table: str, ids: list[str]) -> list[Record]:
    """Those of these rows that are there, each with its `version` and what its document has."""
    return await session.rows(_present(table), ids=ids)


async def page(session: Session, table: str, after: str | None, limit: int) -> list[Record]:
    """The next rows after the one of this id, in order of their ids, as `present` shows them."""
    if after is None:
        return await session.rows(_page(table, first=True), limit=limit)
    return await session.rows(_page(table, first=False), after=after, limit=limit)


async def count(session: Session, table: str) -> int:
    """How many rows a table has."""
    return int(await session.value(_count(table)))
