"""Every statement about albums, and their links to MOCs."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    ColumnElement,
    Text,
    Uuid,
    bindparam,
    cast,
    delete,
    func,
    literal_column,
    null,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from db.models import GalleryAlbum, MocGalleryAlbum, MocInstruction
from db.query import NOW, Query, Update, among, iso, json_rows, later, older, paged
from resolvers.images import store as images_store
from resolvers.search.store import best, match

if TYPE_CHECKING:
    from asyncpg import Record

    from db.engine import Session
    from resolvers.pagination import Cursor

albums = GalleryAlbum.c
links = MocGalleryAlbum.c
_images = images_store.images
_OWN = (
    literal_column("'album'::text", Text).label("type"),
    albums.id,
    albums.user_id,
    albums.title,
    albums.description,
    albums.cover_image_id,
    iso(albums.created_at),
    iso(albums.last_updated_at),
)
# The legacy service let strangers put images into albums, and a cover is no foreign key: only the user's own images count.
_WITHIN = (_images.album_id == albums.id, _images.user_id == albums.user_id)
COLUMNS = (
    *_OWN,
    select(func.count()).where(*_WITHIN).correlate(GalleryAlbum).scalar_subquery().label("image_count"),
    select(_images.image_url)
    .where(_images.id == albums.cover_image_id, _images.user_id == albums.user_id)
    .correlate(GalleryAlbum)
    .scalar_subquery()
    .label("cover_image_url"),
)
ORDER = (albums.created_at.desc(), albums.id.desc())
WRITABLE = ("title", "description", "cover_image_id")

# -- lists ---------------------------------------------------------------------------------------------------------------------

# Whether an album comes after a cursor's place, in the order of `ORDER`.
PLACE = older(albums.created_at, albums.id)
_MINE = albums.user_id == bindparam("user_id")


@cache
def _list(*, after: bool) -> Query:
    page = (
        select(*COLUMNS, albums.created_at.label("at"), cast(albums.created_at, Text).label("sort_key"))
        .where(_MINE, *([PLACE] if after else []))
        .order_by(*ORDER)
    )
    return paged(COLUMNS, [_MINE], page, "at DESC", "id DESC")


async def page(session: Session, user_id: str, *, limit: int, offset: int, after: Cursor | None) -> list[Record]:
    """One user's albums, newest first: `limit` + 1 rows at most, in the form that `pagination.page_of` reads."""
    query = _list(after=after is not None)
    cursor = {"key": after.key, "key_id": after.id} if after else {}
    return await session.rows(query, user_id=user_id, limit=limit + 1, offset=offset, **cursor)


# A list of albums knows no filters; a search hands over the ones of any kind.
FILTERS: dict[str, ColumnElement[bool]] = {}


def _criteria(filters: frozenset[str]) -> list[ColumnElement[bool]]:
    return [_MINE, *(FILTERS[name] for name in sorted(filters))]


@cache
def _found(filters: frozenset[str], *, typos: bool) -> Query:
    text = match(title=albums.title, tags=null(), description=albums.description, document=albums.search, typos=typos)
    return best(COLUMNS, _criteria(filters), text, albums.last_updated_at, albums.id)


async def found(  # noqa: PLR0913 - what a search needs
    session: Session,
    user_id: str,
    search: dict[str, Any],
    filters: dict[str, Any],
    *,
    typos: bool,
    limit: int,
    offset: int,
) -> list[Record]:
    """One user's albums that match, best first: as `page`, with the parameters of `search.store.parameters`."""
    query = _found(frozenset(filters), typos=typos)
    return await session.rows(query, user_id=user_id, limit=limit + 1, offset=offset, **search, **filters)


@cache
def _of_ids(filters: frozenset[str]) -> Query:
    return Query(select(*COLUMNS).where(*_criteria(filters), albums.id == among("ids")))


async def of_ids(session: Session, user_id: str, filters: dict[str, Any], ids: list[str]) -> list[Record]:
    """Those of one user's albums that have these ids and pass the filters, in any order."""
    return await session.rows(_of_ids(frozenset(filters)), user_id=user_id, ids=ids, **filters)


# -- batches -------------------------------------------------------------------------------------------------------------------

_BY_ID = Query(select(*COLUMNS).where(albums.id == among("ids")))
_OF_MOCS = Query(
    select(
        *(column for column in COLUMNS if column is not albums.id),
        albums.id.label("gallery_album_id"),
        links.id,
        links.moc_id,
    )
    .join_from(MocGalleryAlbum, GalleryAlbum, albums.id == links.gallery_album_id)
    .join(MocInstruction, MocInstruction.c.id == links.moc_id)
    .where(links.moc_id == among("moc_ids"), albums.user_id == MocInstruction.c.user_id)
    .order_by(links.moc_id, albums.created_at, albums.id)
)


async def by_id(session: Session, ids: list[str]) -> list[Record]:
    """These albums, as far as they are there."""
    return await session.rows(_BY_ID, ids=ids)


async def of_mocs(session: Session, moc_ids: list[str]) -> list[Record]:
    """The albums that their own user has linked to these MOCs, each MOC's oldest first; under the ids of their links.

    Rows have `moc_id` and `gallery_album_id`, too. What is linked of another user's, as the legacy service does, is left out.
    """
    return await session.rows(_OF_MOCS, moc_ids=moc_ids)


# -- one album -----------------------------------------------------------------------------------------------------------------

_DETAIL = Query(
    select(
        *COLUMNS,
        select(json_rows(images_store.COLUMNS, *images_store.ORDER))
        .where(*_WITHIN)
        .correlate(GalleryAlbum)
        .scalar_subquery()
        .label("images"),
    ).where(albums.id == bindparam("id"))
)
_USER = Query(select(albums.user_id).where(albums.id == bindparam("id")))
# A lock on the owner's row keeps it from being deleted between the check and what is to refer to it.
_OWNER = Query(select(albums.user_id).where(albums.id == bindparam("id")).with_for_update(read=True, key_share=True))
_LOCKED = Query(
    select(albums.id, albums.user_id, albums.cover_image_id, iso(albums.last_updated_at))
    .where(albums.id == bindparam("id"))
    .with_for_update()
)


async def detail(session: Session, identifier: str) -> Record | None:
    """An album with all its `images` as a list, newest first, in one statement."""
    return await session.row(_DETAIL, id=identifier)


async def user(session: Session, identifier: str) -> Record | None:
    """The `user_id` of an album at this moment."""
    return await session.row(_USER, id=identifier)


async def owner(session: Session, identifier: str) -> Record | None:
    """The `user_id` of an album, which stays where it is until the transaction ends."""
    return await session.row(_OWNER, id=identifier)


async def locked(session: Session, identifier: str) -> Record | None:
    """An album's owner, cover and version; nobody else changes or fills it until the transaction ends."""
    return await session.row(_LOCKED, id=identifier)


# -- writes --------------------------------------------------------------------------------------------------------------------

_INSERT = Query(
    insert(GalleryAlbum)
    .values(
        user_id=bindparam("user_id"),
        created_at=NOW,
        last_updated_at=NOW,
        **{name: bindparam(name) for name in WRITABLE},
    )
    .returning(
        *_OWN,
        literal_column("0").label("image_count"),
        select(_images.image_url).where(_images.id == bindparam("cover")).scalar_subquery().label("cover_image_url"),
    )
)
_DELETE = Query(delete(GalleryAlbum).where(albums.id == bindparam("id")))
_COVERED = (albums.user_id == bindparam("owner"), albums.cover_image_id == bindparam("cover", type_=Uuid))
_LOCK_COVERED = Query(select(albums.id).where(*_COVERED).order_by(albums.id).with_for_update())
_UNCOVER = Query(
    update(GalleryAlbum).where(*_COVERED).values(cover_image_id=null(), last_updated_at=later(albums.last_updated_at))
)
_LINK = Query(
    insert(MocGalleryAlbum)
    .values(moc_id=bindparam("moc_id"), gallery_album_id=bindparam("gallery_album_id"))
    .on_conflict_do_nothing()
    .returning(links.id, links.moc_id, links.gallery_album_id)
)
_UNLINK = Query(
    delete(MocGalleryAlbum)
    .where(links.moc_id == bindparam("moc_id"), links.gallery_album_id == bindparam("gallery_album_id"))
    .returning(links.id)
)
_UPDATE = Update(GalleryAlbum, albums.last_updated_at, COLUMNS)


async def insert_album(session: Session, user_id: str, values: dict[str, Any]) -> Record | None:
    """Insert an album, whose cover is one of the user's images or none; its row."""
    return await session.row(_INSERT, user_id=user_id, cover=values["cover_image_id"], **values)


async def update_album(session: Session, identifier: str, values: dict[str, Any]) -> Record | None:
    """Set the given columns and a later `last_updated_at`; the new row."""
    return await _UPDATE.row(session, identifier, values)


async def delete_album(session: Session, identifier: str) -> None:
    """Delete an album, and by cascade its links to MOCs."""
    await session.rows(_DELETE, id=identifier)


async def lock_covered(session: Session, user_id: str, image_id: str) -> None:
    """Hold this user's albums whose cover is the image until the transaction ends."""
    await session.rows(_LOCK_COVERED, owner=user_id, cover=image_id)


async def uncover(session: Session, user_id: str, image_id: str) -> None:
    """Leave this user's albums whose cover is the image without one."""
    await session.rows(_UNCOVER, owner=user_id, cover=image_id)


async def link(session: Session, moc_id: str, gallery_album_id: str) -> Record | None:
    """Link an album to a MOC; None if it is linked already."""
    return await session.row(_LINK, moc_id=moc_id, gallery_album_id=gallery_album_id)


async def unlink(session: Session, moc_id: str, gallery_album_id: str) -> Record | None:
    """Remove a link; its `id`, None if there was none."""
    return await session.row(_UNLINK, moc_id=moc_id, gallery_album_id=gallery_album_id)
