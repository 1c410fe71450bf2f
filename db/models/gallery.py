"""Gallery images, their albums and flags, and the links from MOCs to both (PRD 3.1 to 3.4)."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Table, Text, Uuid, false
from sqlalchemy.dialects.postgresql import JSONB

from db.models.base import METADATA, identifier, timestamp, version
from db.models.mocs import MocInstruction
from db.models.search import search_vector

GalleryImage = Table(
    "gallery_images",
    METADATA,
    identifier(),
    Column("user_id", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("description", Text),
    Column("tags", JSONB(none_as_null=True)),
    Column("image_url", Text, nullable=False),
    Column("album_id", Uuid),
    Column("flagged", Boolean, server_default=false()),
    timestamp("created_at"),
    timestamp("last_updated_at"),
    Column("thumbnail_url", Text),
    search_vector(A="title", B="tags::text", C="description"),
    version(),
    Index("idx_gallery_images_user_id_lazy", "user_id"),
    Index("idx_gallery_images_album_id_lazy", "album_id"),
    Index("idx_gallery_images_user_created", "user_id", "created_at"),
    Index("idx_gallery_images_album_created", "album_id", "created_at"),
    Index("idx_gallery_images_search", "search", postgresql_using="gin"),
)
"""One image. `album_id` is no foreign key, as in the legacy database; the two URLs locate stored objects."""

GalleryAlbum = Table(
    "gallery_albums",
    METADATA,
    identifier(),
    Column("user_id", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("description", Text),
    Column("cover_image_id", Uuid),
    timestamp("created_at"),
    timestamp("last_updated_at"),
    search_vector(A="title", C="description"),
    version(),
    Index("idx_gallery_albums_user_id_lazy", "user_id"),
    Index("idx_gallery_albums_user_created", "user_id", "created_at"),
    Index("idx_gallery_albums_search", "search", postgresql_using="gin"),
)
"""One album. `cover_image_id` is no foreign key, as in the legacy database."""

GalleryFlag = Table(
    "gallery_flags",
    METADATA,
    identifier(),
    Column("image_id", Uuid, ForeignKey(GalleryImage.c.id, ondelete="CASCADE"), nullable=False),
    Column("user_id", Text, nullable=False),
    Column("reason", Text),
    timestamp("created_at"),
    timestamp("last_updated_at"),
    Index("gallery_flags_image_user_unique", "image_id", "user_id", unique=True),
    Index("idx_gallery_flags_image_id", "image_id"),
    Index("idx_gallery_flags_user_id_lazy", "user_id"),
)
"""One user's complaint about one image; at most one of each user."""

MocGalleryImage = Table(
    "moc_gallery_images",
    METADATA,
    identifier(),
    Column("moc_id", Uuid, ForeignKey(MocInstruction.c.id, ondelete="CASCADE"), nullable=False),
    Column("gallery_image_id", Uuid, ForeignKey(GalleryImage.c.id, ondelete="CASCADE"), nullable=False),
    Index("moc_gallery_images_moc_image_unique", "moc_id", "gallery_image_id", unique=True),
    Index("idx_moc_gallery_images_moc_id_lazy", "moc_id"),
    Index("idx_moc_gallery_images_gallery_image_id_lazy", "gallery_image_id"),
)
"""A link from a MOC to an image, once for each pair."""

MocGalleryAlbum = Table(
    "moc_gallery_albums",
    METADATA,
    identifier(),
    Column("moc_id", Uuid, ForeignKey(MocInstruction.c.id, ondelete="CASCADE"), nullable=False),
    Column("gallery_album_id", Uuid, ForeignKey(GalleryAlbum.c.id, ondelete="CASCADE"), nullable=False),
    Index("moc_gallery_albums_moc_album_unique", "moc_id", "gallery_album_id", unique=True),
    Index("idx_moc_gallery_albums_moc_id_lazy", "moc_id"),
    Index("idx_moc_gallery_albums_gallery_album_id_lazy", "gallery_album_id"),
)
"""A link from a MOC to an album, once for each pair."""
