"""The database of the legacy Express service, exactly (contract section 6, PRD 1.7).

An existing database is adopted (`db.migrate.adopt`), once it has these columns, and never runs this revision; a new one starts with it.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None

TABLES = (
    "moc_instructions",
    "moc_files",
    "moc_parts_lists",
    "gallery_images",
    "gallery_albums",
    "gallery_flags",
    "moc_gallery_images",
    "moc_gallery_albums",
    "wishlist_items",
)


def _id() -> sa.Column[object]:
    return sa.Column("id", sa.Uuid(), primary_key=True, server_default=sa.text("gen_random_uuid()"))


def _time(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(), nullable=False, server_default=sa.text("now()"))


def _text(*names: str, nullable: bool = True) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=nullable) for name in names]


def _reference(table: str, column: str, target: str, ondelete: str = "CASCADE") -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], f"{table}_{column}_{target}_id_fk", ondelete=ondelete)


def _index(table: str, name: str, *columns: str, unique: bool = False, where: str | None = None) -> None:
    op.create_index(name, table, list(columns), unique=unique, postgresql_where=sa.text(where) if where else None)


def _mocs() -> None:
    table = "moc_instructions"
    op.create_table(
        table,
        _id(),
        *_text("user_id", "title", nullable=False),
        *_text("description"),
        *_text("type", nullable=False),
        *_text("author"),
        sa.Column("parts_count", sa.Integer()),
        *_text("theme", "subtheme"),
        sa.Column("uploaded_date", sa.DateTime()),
        *_text("brand", "set_number"),
        sa.Column("release_year", sa.Integer()),
        sa.Column("retired", sa.Boolean()),
        sa.Column("tags", postgresql.JSONB()),
        *_text("thumbnail_url"),
        sa.Column("total_piece_count", sa.Integer()),
        _time("created_at"),
        _time("updated_at"),
    )
    _index(table, "moc_instructions_user_title_unique", "user_id", "title", unique=True)
    _index(table, "idx_moc_instructions_user_id_lazy", "user_id")
    _index(table, "idx_moc_instructions_user_created", "user_id", "created_at")
    _index(table, "idx_moc_instructions_title", "title")
    numbered = "type = 'set' AND brand IS NOT NULL AND set_number IS NOT NULL"
    _index(table, "idx_sets_brand_set_number", "brand", "set_number", where=numbered)
    _index(table, "idx_sets_brand_theme", "brand", "theme", where="type = 'set'")
    _index(table, "idx_sets_release_year", "release_year", where="type = 'set' AND release_year IS NOT NULL")
    _index(table, "idx_sets_retired", "retired", where="type = 'set' AND retired IS NOT NULL")


def _files() -> None:
    table = "moc_files"
    op.create_table(
        table,
        _id(),
        sa.Column("moc_id", sa.Uuid(), nullable=False),
        *_text("file_type", "file_url", nullable=False),
        *_text("original_filename", "mime_type"),
        _time("created_at"),
        _reference(table, "moc_id", "moc_instructions"),
        comment="MOC files table - allows multiple files of the same type per MOC",
    )
    _index(table, "moc_files_moc_filename_unique", "moc_id", "original_filename", unique=True)
    _index(table, "idx_moc_files_moc_id_lazy", "moc_id")
    _index(table, "idx_moc_files_moc_type", "moc_id", "file_type")


def _parts_lists() -> None:
    table = "moc_parts_lists"
    op.create_table(
        table,
        _id(),
        sa.Column("moc_id", sa.Uuid(), nullable=False),
        sa.Column("file_id", sa.Uuid()),
        *_text("title", nullable=False),
        *_text("description"),
        sa.Column("built", sa.Boolean(), server_default=sa.false()),
        sa.Column("purchased", sa.Boolean(), server_default=sa.false()),
        sa.Column("inventory_percentage", sa.Text(), server_default="0.00"),
        *_text("total_parts_count"),
        sa.Column("acquired_parts_count", sa.Text(), server_default="0"),
        *_text("cost_estimate", "actual_cost", "notes"),
        _time("created_at"),
        _time("updated_at"),
        _reference(table, "moc_id", "moc_instructions"),
        _reference(table, "file_id", "moc_files", "SET NULL"),
    )
    for column in ("moc_id", "file_id", "built", "purchased"):
        _index(table, f"idx_moc_parts_lists_{column}", column)
    _index(table, "idx_moc_parts_lists_moc_built", "moc_id", "built")
    _index(table, "idx_moc_parts_lists_moc_purchased", "moc_id", "purchased")


def _images() -> None:
    table = "gallery_images"
    op.create_table(
        table,
        _id(),
        *_text("user_id", "title", nullable=False),
        *_text("description"),
        sa.Column("tags", postgresql.JSONB()),
        *_text("image_url", nullable=False),
        sa.Column("album_id", sa.Uuid()),
        sa.Column("flagged", sa.Boolean(), server_default=sa.false()),
        _time("created_at"),
        _time("last_updated_at"),
    )
    _index(table, "idx_gallery_images_user_id_lazy", "user_id")
    _index(table, "idx_gallery_images_album_id_lazy", "album_id")
    _index(table, "idx_gallery_images_user_created", "user_id", "created_at")
    _index(table, "idx_gallery_images_album_created", "album_id", "created_at")


def _albums() -> None:
    table = "gallery_albums"
    op.create_table(
        table,
        _id(),
        *_text("user_id", "title", nullable=False),
        *_text("description"),
        sa.Column("cover_image_id", sa.Uuid()),
        _time("created_at"),
        _time("last_updated_at"),
    )
    _index(table, "idx_gallery_albums_user_id_lazy", "user_id")
    _index(table, "idx_gallery_albums_user_created", "user_id", "created_at")


def _flags() -> None:
    table = "gallery_flags"
    op.create_table(
        table,
        _id(),
        sa.Column("image_id", sa.Uuid(), nullable=False),
        *_text("user_id", nullable=False),
        *_text("reason"),
        _time("created_at"),
        _time("last_updated_at"),
        _reference(table, "image_id", "gallery_images"),
    )
    _index(table, "gallery_flags_image_user_unique", "image_id", "user_id", unique=True)
    _index(table, "idx_gallery_flags_image_id", "image_id")
    _index(table, "idx_gallery_flags_user_id_lazy", "user_id")


def _links(table: str, column: str, target: str) -> None:
    op.create_table(
        table,
        _id(),
        sa.Column("moc_id", sa.Uuid(), nullable=False),
        sa.Column(column, sa.Uuid(), nullable=False),
        _reference(table, "moc_id", "moc_instructions"),
        _reference(table, column, target),
    )
    _index(table, f"idx_{table}_moc_id_lazy", "moc_id")
    _index(table, f"idx_{table}_{column}_lazy", column)


def _wishlist() -> None:
    table = "wishlist_items"
    op.create_table(
        table,
        _id(),
        *_text("user_id", "title", nullable=False),
        *_text("description", "product_link", "image_url", "category"),
        *_text("sort_order", nullable=False),
        _time("created_at"),
        _time("updated_at"),
    )
    _index(table, "idx_wishlist_user_id", "user_id")
    _index(table, "idx_wishlist_sort_order", "user_id", "sort_order")
    _index(table, "idx_wishlist_category_sort", "user_id", "category", "sort_order")


def upgrade() -> None:
    _mocs()
    _files()
    _parts_lists()
    _images()
    _albums()
    _flags()
    _links("moc_gallery_images", "gallery_image_id", "gallery_images")
    _links("moc_gallery_albums", "gallery_album_id", "gallery_albums")
    _wishlist()


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
