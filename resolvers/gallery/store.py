"""Every statement about gallery images, albums, and their links to MOCs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, func, literal_column, select
from sqlalchemy.dialects.postgresql import insert

from db.models import GalleryAlbum, GalleryImage, MocGalleryAlbum, MocGalleryImage
from db.query import Query, among, iso, string_list

if TYPE_CHECKING:
    from asyncpg import Record

    from db.engine import Session

images = GalleryImage.__table__.c
albums = GalleryAlbum.__table__.c
image_links = MocGalleryImage.__table__.c
album_links = MocGalleryAlbum.__table__.c

IMAGE_COLUMNS = (
    images.id,
    images.user_id,
    images.title,
    images.description,
    string_list(images.tags).label("tags"),
    images.image_url,
    images.thumbnail_url,
    images.album_id,
    func.coalesce(images.flagged, literal_column("false")).label("flagged"),
    iso(images.created_at),
    iso(images.last_updated_at),
)
ALBUM_COLUMNS = (
    albums.id,
    albums.user_id,
    albums.title,
    albums.description,
    albums.cover_image_id,
    iso(albums.created_at),
    iso(albums.last_updated_at),
)

_MOC_IDS = among("moc_ids")
_IMAGES_OF_MOCS = Query(
    select(*IMAGE_COLUMNS, image_links.moc_id, image_links.id.label("link_id"))
    .join_from(MocGalleryImage, GalleryImage, images.id == image_links.gallery_image_id)
    .where(image_links.moc_id == _MOC_IDS)
    .order_by(image_links.moc_id, images.created_at, images.id)
)
_ALBUMS_OF_MOCS = Query(
    select(*ALBUM_COLUMNS, album_links.moc_id, album_links.id.label("link_id"))
    .join_from(MocGalleryAlbum, GalleryAlbum, albums.id == album_links.gallery_album_id)
    .where(album_links.moc_id == _MOC_IDS)
    .order_by(album_links.moc_id, albums.created_at, albums.id)
)
# A lock on the owner's row keeps it from being deleted between the check and the link.
_IMAGE_OWNER = Query(
    select(images.user_id).where(images.id == bindparam("id")).with_for_update(read=True, key_share=True)
)
_ALBUM_OWNER = Query(
    select(albums.user_id).where(albums.id == bindparam("id")).with_for_update(read=True, key_share=True)
)
_LINK_IMAGE = Query(
    insert(MocGalleryImage)
    .values(moc_id=bindparam("moc_id"), gallery_image_id=bindparam("gallery_image_id"))
    .on_conflict_do_nothing()
    .returning(image_links.id, image_links.moc_id, image_links.gallery_image_id)
)
_LINK_ALBUM = Query(
    insert(MocGalleryAlbum)
    .values(moc_id=bindparam("moc_id"), gallery_album_id=bindparam("gallery_album_id"))
    .on_conflict_do_nothing()
    .returning(album_links.id, album_links.moc_id, album_links.gallery_album_id)
)
_UNLINK_IMAGE = Query(
    delete(MocGalleryImage)
    .where(image_links.moc_id == bindparam("moc_id"), image_links.gallery_image_id == bindparam("gallery_image_id"))
    .returning(image_links.id)
)
_UNLINK_ALBUM = Query(
    delete(MocGalleryAlbum)
    .where(album_links.moc_id == bindparam("moc_id"), album_links.gallery_album_id == bindparam("gallery_album_id"))
    .returning(album_links.id)
)


async def images_of_mocs(session: Session, moc_ids: list[str]) -> list[Record]:
    """The images linked to these MOCs, each MOC's oldest first, with `moc_id` and `link_id`."""
    return await session.rows(_IMAGES_OF_MOCS, moc_ids=moc_ids)


async def albums_of_mocs(session: Session, moc_ids: list[str]) -> list[Record]:
    """The albums linked to these MOCs, each MOC's oldest first, with `moc_id` and `link_id`."""
    return await session.rows(_ALBUMS_OF_MOCS, moc_ids=moc_ids)


async def image_owner(session: Session, identifier: str) -> Record | None:
    """The `user_id` of an image, which stays where it is until the transaction ends."""
    return await session.row(_IMAGE_OWNER, id=identifier)


async def album_owner(session: Session, identifier: str) -> Record | None:
    """The `user_id` of an album, which stays where it is until the transaction ends."""
    return await session.row(_ALBUM_OWNER, id=identifier)


async def link_image(session: Session, moc_id: str, gallery_image_id: str) -> Record | None:
    """Link an image to a MOC; None if it is linked already."""
    return await session.row(_LINK_IMAGE, moc_id=moc_id, gallery_image_id=gallery_image_id)


async def link_album(session: Session, moc_id: str, gallery_album_id: str) -> Record | None:
    """Link an album to a MOC; None if it is linked already."""
    return await session.row(_LINK_ALBUM, moc_id=moc_id, gallery_album_id=gallery_album_id)


async def unlink_image(session: Session, moc_id: str, gallery_image_id: str) -> Record | None:
    """Remove a link; its `id`, None if there was none."""
    return await session.row(_UNLINK_IMAGE, moc_id=moc_id, gallery_image_id=gallery_image_id)


async def unlink_album(session: Session, moc_id: str, gallery_album_id: str) -> Record | None:
    """Remove a link; its `id`, None if there was none."""
    return await session.row(_UNLINK_ALBUM, moc_id=moc_id, gallery_album_id=gallery_album_id)
