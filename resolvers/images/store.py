"""Every statement about gallery images and their links to MOCs."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Integer,
    Text,
    Uuid,
    bindparam,
    cast,
    delete,
    func,
    literal_column,
    null,
    select,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from db.models import GalleryAlbum, GalleryImage, MocGalleryImage, MocInstruction
from db.query import NOW, Query, Update, among, iso, later, older, paged, string_list, tagged
from resolvers.search.store import best, match

if TYPE_CHECKING:
    from asyncpg import Record

    from db.engine import Session
    from resolvers.pagination import Cursor

images = GalleryImage.c
links = MocGalleryImage.c
_albums = GalleryAlbum.c
# The legacy service leaves this column without NOT NULL; the contract promises a value.
_FLAGGED = func.coalesce(images.flagged, literal_column("false"))
COLUMNS = (
    literal_column("'image'::text", Text).label("type"),
    images.id,
    images.user_id,
    images.title,
    images.description,
    string_list(images.tags).label("tags"),
    images.image_url,
    images.thumbnail_url,
    images.album_id,
    _FLAGGED.label("flagged"),
    iso(images.created_at),
    iso(images.last_updated_at),
)
WRITABLE = ("title", "description", "tags", "album_id", "image_url", "thumbnail_url")
ORDER = (images.created_at.desc(), images.id.desc())

# -- lists ---------------------------------------------------------------------------------------------------------------------

FILTERS: dict[str, ColumnElement[bool]] = {
    "tag": tagged(images.tags),
    "flagged": bindparam("flagged", type_=Boolean) == _FLAGGED,
    "album_id": images.album_id == bindparam("album_id", type_=Uuid),
}
_STANDALONE = images.album_id.is_(None)


def criteria(filters: frozenset[str], *, standalone: bool) -> list[ColumnElement[bool]]:
    """What one user's images are chosen by: the names of `FILTERS`, and whether only those outside of albums."""
    chosen = [FILTERS[name] for name in sorted(filters)]
    return [images.user_id == bindparam("user_id"), *chosen, *([_STANDALONE] if standalone else [])]


# Whether an image comes after a cursor's place, in the order of `ORDER`.
PLACE = older(images.created_at, images.id)


@cache
def _list(filters: frozenset[str], *, standalone: bool, after: bool) -> Query:
    chosen = criteria(filters, standalone=standalone)
    page = (
        select(*COLUMNS, images.created_at.label("at"), cast(images.created_at, Text).label("sort_key"))
        .where(*chosen, *([PLACE] if after else []))
        .order_by(*ORDER)
    )
    return paged(COLUMNS, chosen, page, "at DESC", "id DESC")


async def page(  # noqa: PLR0913 - a list's every choice
    session: Session,
    user_id: str,
    filters: dict[str, Any],
    *,
    standalone: bool,
    limit: int,
    offset: int,
    after: Cursor | None,
) -> list[Record]:
    """One user's images, newest first, in the form that `pagination.page_of` reads.

    Args:
        session: where to ask.
        user_id: whose images.
        filters: values of `FILTERS`.
        standalone: whether only those outside of albums.
        limit: images of a page; one more is read.
        offset: images before it.
        after: the place of the last image of the page before.
    """
    query = _list(frozenset(filters), standalone=standalone, after=after is not None)
    cursor = {"key": after.key, "key_id": after.id} if after else {}
    return await session.rows(query, user_id=user_id, limit=limit + 1, offset=offset, **filters, **cursor)


@cache
def _found(filters: frozenset[str], *, typos: bool) -> Query:
    text = match(
        title=images.title, tags=images.tags, description=images.description, document=images.search, typos=typos
    )
    return best(COLUMNS, criteria(filters, standalone=False), text, images.last_updated_at, images.id)


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
    """One user's images that match, best first, those in albums too: as `page`, with the parameters of `search.store.parameters`."""
    query = _found(frozenset(filters), typos=typos)
    return await session.rows(query, user_id=user_id, limit=limit + 1, offset=offset, **search, **filters)


@cache
def _of_ids(filters: frozenset[str]) -> Query:
    return Query(select(*COLUMNS).where(*criteria(filters, standalone=False), images.id == among("ids")))


async def of_ids(session: Session, user_id: str, filters: dict[str, Any], ids: list[str]) -> list[Record]:
    """Those of one user's images that have these ids and pass the filters, in any order."""
    return await session.rows(_of_ids(frozenset(filters)), user_id=user_id, ids=ids, **filters)


# -- batches -------------------------------------------------------------------------------------------------------------------

_newest = (
    select(*COLUMNS, images.created_at.label("at"))
    .where(images.album_id == _albums.id, images.user_id == _albums.user_id)
    .order_by(*ORDER)
    .limit(bindparam("limit", type_=Integer))
    .correlate(GalleryAlbum)
    .lateral("newest")
)
_OF_ALBUMS = Query(
    select(*(_newest.c[str(column.key)] for column in COLUMNS))
    .select_from(GalleryAlbum)
    .join(_newest, true())
    .where(_albums.id == among("album_ids"))
    .order_by(_newest.c.album_id, _newest.c.at.desc(), _newest.c.id.desc())
)
_BY_ID = Query(select(*COLUMNS).where(images.id == among("ids")))
_OF_MOCS = Query(
    select(
        *(column for column in COLUMNS if column is not images.id),
        images.id.label("gallery_image_id"),
        links.id,
        links.moc_id,
    )
    .join_from(MocGalleryImage, GalleryImage, images.id == links.gallery_image_id)
    .join(MocInstruction, MocInstruction.c.id == links.moc_id)
    .where(links.moc_id == among("moc_ids"), images.user_id == MocInstruction.c.user_id)
    .order_by(links.moc_id, images.created_at, images.id)
)


async def of_albums(session: Session, album_ids: list[str], limit: int | None) -> list[Record]:
    """The newest images of each of these albums, `limit` at most, None for all; strangers' images in them are left out."""
    return await session.rows(_OF_ALBUMS, album_ids=album_ids, limit=limit)


async def by_id(session: Session, ids: list[str]) -> list[Record]:
    """These images, as far as they are there."""
    return await session.rows(_BY_ID, ids=ids)


async def of_mocs(session: Session, moc_ids: list[str]) -> list[Record]:
    """The images that their own user has linked to these MOCs, each MOC's oldest first; under the ids of their links.

    Rows have `moc_id` and `gallery_image_id`, too. What is linked of another user's, as the legacy service does, is left out.
    """
    return await session.rows(_OF_MOCS, moc_ids=moc_ids)


# -- one image -----------------------------------------------------------------------------------------------------------------

_DETAIL = Query(select(*COLUMNS).where(images.id == bindparam("id")))
# A lock on the owner's row keeps it from being deleted between the check and what is to refer to it.
_OWNER = Query(select(images.user_id).where(images.id == bindparam("id")).with_for_update(read=True, key_share=True))
_LOCKED = Query(
    select(images.id, images.user_id, images.image_url, images.thumbnail_url, iso(images.last_updated_at))
    .where(images.id == bindparam("id"))
    .with_for_update()
)
_INSERT = Query(
    insert(GalleryImage)
    .values(
        id=bindparam("image_id", type_=Uuid),
        user_id=bindparam("user_id"),
        created_at=NOW,
        last_updated_at=NOW,
        **{name: bindparam(name) for name in WRITABLE},
    )
    .returning(*COLUMNS)
)
_DELETE = Query(delete(GalleryImage).where(images.id == bindparam("id")))
_UPDATE = Update(GalleryImage, images.last_updated_at, COLUMNS)


async def detail(session: Session, identifier: str) -> Record | None:
    """An image."""
    return await session.row(_DETAIL, id=identifier)


async def owner(session: Session, identifier: str) -> Record | None:
    """The `user_id` of an image, which stays where it is until the transaction ends."""
    return await session.row(_OWNER, id=identifier)


async def locked(session: Session, identifier: str) -> Record | None:
    """`id`, `user_id`, the two URLs and `last_updated_at` of an image, which nobody else changes until the transaction ends."""
    return await session.row(_LOCKED, id=identifier)


async def insert_image(session: Session, identifier: str, user_id: str, values: dict[str, Any]) -> Record | None:
    """Insert an image under an id that was chosen for its objects; its row."""
    return await session.row(_INSERT, image_id=identifier, user_id=user_id, **values)


async def update_image(session: Session, identifier: str, values: dict[str, Any]) -> Record | None:
    """Set the given columns and a later `last_updated_at`; the new row."""
    return await _UPDATE.row(session, identifier, values)


async def delete_image(session: Session, identifier: str) -> None:
    """Delete an image, and by cascade the complaints about it and its links to MOCs."""
    await session.rows(_DELETE, id=identifier)


# -- albums' and others' claims on images --------------------------------------------------------------------------------------

_RELEASE = Query(
    update(GalleryImage)
    .where(images.album_id == bindparam("album"))
    .values(album_id=null(), last_updated_at=later(images.last_updated_at))
    .returning(images.user_id)
)
_FLAG_IMAGE = Query(
    update(GalleryImage)
    .where(images.id == bindparam("image_id"))
    .values(flagged=literal_column("true"))
    .returning(images.id, images.user_id)
)
_LINK = Query(
    insert(MocGalleryImage)
    .values(moc_id=bindparam("moc_id"), gallery_image_id=bindparam("gallery_image_id"))
    .on_conflict_do_nothing()
    .returning(links.id, links.moc_id, links.gallery_image_id)
)
_UNLINK = Query(
    delete(MocGalleryImage)
    .where(links.moc_id == bindparam("moc_id"), links.gallery_image_id == bindparam("gallery_image_id"))
    .returning(links.id)
)


async def release(session: Session, album_id: str) -> set[str]:
    """Take every image out of an album, whoever put it there; whose they are."""
    return {row["user_id"] for row in await session.rows(_RELEASE, album=album_id)}


async def flag_image(session: Session, identifier: str) -> Record | None:
    """Mark an image as flagged, which is no change of its version; it stays where it is until the transaction ends. None without it."""
    return await session.row(_FLAG_IMAGE, image_id=identifier)


async def link(session: Session, moc_id: str, gallery_image_id: str) -> Record | None:
    """Link an image to a MOC; None if it is linked already."""
    return await session.row(_LINK, moc_id=moc_id, gallery_image_id=gallery_image_id)


async def unlink(session: Session, moc_id: str, gallery_image_id: str) -> Record | None:
    """Remove a link; its `id`, None if there was none."""
    return await session.row(_UNLINK, moc_id=moc_id, gallery_image_id=gallery_image_id)
