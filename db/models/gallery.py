"""Gallery images, their albums and flags, and the links from MOCs to both (PRD 3.1 to 3.4)."""

import uuid

from sqlalchemy import ForeignKey, Index, false
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, Id, Timestamp, Version
from db.models.mocs import MocInstruction
from db.models.search import search_vector


class GalleryImage(Base):
    """One image. `album_id` is no foreign key, as in the legacy database; the two URLs locate stored objects."""

    __tablename__ = "gallery_images"
    __table_args__ = (
        Index("idx_gallery_images_user_id_lazy", "user_id"),
        Index("idx_gallery_images_album_id_lazy", "album_id"),
        Index("idx_gallery_images_user_created", "user_id", "created_at"),
        Index("idx_gallery_images_album_created", "album_id", "created_at"),
        Index("idx_gallery_images_search", "search", postgresql_using="gin"),
    )

    id: Mapped[Id]
    user_id: Mapped[str]
    title: Mapped[str]
    description: Mapped[str | None]
    tags: Mapped[list[str] | None] = mapped_column(JSONB(none_as_null=True))
    image_url: Mapped[str]
    album_id: Mapped[uuid.UUID | None]
    flagged: Mapped[bool | None] = mapped_column(server_default=false())
    created_at: Mapped[Timestamp]
    last_updated_at: Mapped[Timestamp]
    thumbnail_url: Mapped[str | None]
    search: Mapped[str | None] = search_vector(A="title", B="tags::text", C="description")
    version: Mapped[Version]


class GalleryAlbum(Base):
    """One album. `cover_image_id` is no foreign key, as in the legacy database."""

    __tablename__ = "gallery_albums"
    __table_args__ = (
        Index("idx_gallery_albums_user_id_lazy", "user_id"),
        Index("idx_gallery_albums_user_created", "user_id", "created_at"),
        Index("idx_gallery_albums_search", "search", postgresql_using="gin"),
    )

    id: Mapped[Id]
    user_id: Mapped[str]
    title: Mapped[str]
    description: Mapped[str | None]
    cover_image_id: Mapped[uuid.UUID | None]
    created_at: Mapped[Timestamp]
    last_updated_at: Mapped[Timestamp]
    search: Mapped[str | None] = search_vector(A="title", C="description")
    version: Mapped[Version]


class GalleryFlag(Base):
    """One user's complaint about one image; at most one of each user."""

    __tablename__ = "gallery_flags"
    __table_args__ = (
        Index("gallery_flags_image_user_unique", "image_id", "user_id", unique=True),
        Index("idx_gallery_flags_image_id", "image_id"),
        Index("idx_gallery_flags_user_id_lazy", "user_id"),
    )

    id: Mapped[Id]
    image_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(GalleryImage.id, ondelete="CASCADE"))
    user_id: Mapped[str]
    reason: Mapped[str | None]
    created_at: Mapped[Timestamp]
    last_updated_at: Mapped[Timestamp]


class MocGalleryImage(Base):
    """A link from a MOC to an image, once for each pair."""

    __tablename__ = "moc_gallery_images"
    __table_args__ = (
        Index("moc_gallery_images_moc_image_unique", "moc_id", "gallery_image_id", unique=True),
        Index("idx_moc_gallery_images_moc_id_lazy", "moc_id"),
        Index("idx_moc_gallery_images_gallery_image_id_lazy", "gallery_image_id"),
    )

    id: Mapped[Id]
    moc_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(MocInstruction.id, ondelete="CASCADE"))
    gallery_image_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(GalleryImage.id, ondelete="CASCADE"))


class MocGalleryAlbum(Base):
    """A link from a MOC to an album, once for each pair."""

    __tablename__ = "moc_gallery_albums"
    __table_args__ = (
        Index("moc_gallery_albums_moc_album_unique", "moc_id", "gallery_album_id", unique=True),
        Index("idx_moc_gallery_albums_moc_id_lazy", "moc_id"),
        Index("idx_moc_gallery_albums_gallery_album_id_lazy", "gallery_album_id"),
    )

    id: Mapped[Id]
    moc_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(MocInstruction.id, ondelete="CASCADE"))
    gallery_album_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(GalleryAlbum.id, ondelete="CASCADE"))
