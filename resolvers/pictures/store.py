"""Every statement about the pictures of MOCs: their own image files, then the gallery images linked to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, func, literal_column, null, select, union_all

from db.models import GalleryImage, MocFile, MocGalleryImage, MocInstruction
from db.query import Query, among
from resolvers.files import store as files_store
from resolvers.images import store as images_store

if TYPE_CHECKING:
    from asyncpg import Record

    from db.engine import Session

_KEYS = ("id", "gallery_image_id", "url", "thumbnail_url", "alt", "caption")
_holder = MocInstruction.alias("holder")


def of(moc: ColumnElement[Any]) -> Any:
    """The pictures of a MOC, or of those that an id is compared with: their own image files, and their user's linked gallery images."""
    files, images, links = files_store.files, images_store.images, images_store.links
    name = func.coalesce(files.original_filename, literal_column("'MOC Image'"))
    own = (
        select(
            files.moc_id,
            files.id,
            null().label("gallery_image_id"),
            files.file_url.label("url"),
            null().label("thumbnail_url"),
            name.label("alt"),
            name.label("caption"),
            literal_column("0").label("rank"),
            files.created_at.label("at"),
        )
        .select_from(MocFile)
        .where(
            files.moc_id == moc, files.file_type.in_([literal_column("'thumbnail'"), literal_column("'gallery-image'")])
        )
    )
    linked = (
        select(
            links.moc_id,
            links.id,
            links.gallery_image_id,
            images.image_url,
            images.thumbnail_url,
            images.title,
            func.coalesce(func.nullif(images.description, literal_column("''")), images.title),
            literal_column("1"),
            images.created_at,
        )
        .select_from(MocGalleryImage)
        .join(GalleryImage, images.id == links.gallery_image_id)
        .join(_holder, _holder.c.id == links.moc_id)
        .where(links.moc_id == moc, images.user_id == _holder.c.user_id)  # the legacy service links strangers', too
    )
    # The outer MOC is named inside both halves; without this SQLAlchemy would add its table to their FROM.
    return union_all(own.correlate(MocInstruction), linked.correlate(MocInstruction)).subquery("pictures")


def shown(pictures: Any) -> tuple[list[ColumnElement[Any]], *tuple[ColumnElement[Any], ...]]:
    """What of `pictures` is shown, and its order."""
    return [pictures.c[key] for key in _KEYS], pictures.c.rank, pictures.c.at, pictures.c.id


_batch = of(among("moc_ids"))
_columns, *_order = shown(_batch)
_OF_MOCS = Query(select(_batch.c.moc_id, *_columns).order_by(_batch.c.moc_id, *_order))


async def of_mocs(session: Session, moc_ids: list[str]) -> list[Record]:
    """The pictures of these MOCs, each in order."""
    return await session.rows(_OF_MOCS, moc_ids=moc_ids)
