"""What the gateway adds: thumbnails, picture sizes, parts, unique links and full-text search (contract section 6).

Expand only: the legacy service names its columns, fills none of the new ones and goes on working. Its one change is
that linking a MOC to the same image or album a second time is refused, as the contract asks.
"""

from __future__ import annotations

import logging

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"

_log = logging.getLogger(__name__)

_LINKS = (
    ("moc_gallery_images", "gallery_image_id", "moc_gallery_images_moc_image_unique"),
    ("moc_gallery_albums", "gallery_album_id", "moc_gallery_albums_moc_album_unique"),
)
_SEARCHED = (
    ("moc_instructions", "idx_moc_instructions_search", {"A": "title", "B": "tags::text", "C": "description"}),
    ("gallery_images", "idx_gallery_images_search", {"A": "title", "B": "tags::text", "C": "description"}),
    ("gallery_albums", "idx_gallery_albums_search", {"A": "title", "C": "description"}),
    ("wishlist_items", "idx_wishlist_search", {"A": "title", "B": "category", "C": "description"}),
)

# Typo tolerance is welcome, not needed (PRD 2.8): a server without the extension, or a role that may not create it,
# goes without. No trigram index: a search is always limited to the rows of one user, which are few.
# The comment tells the downgrade who made the extension: one that was there before must stay.
_CREATE_TRIGRAMS = """
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_extension WHERE extname = 'pg_trgm') THEN
        CREATE EXTENSION pg_trgm;
        COMMENT ON EXTENSION pg_trgm IS 'made by Brickgate';
    END IF;
EXCEPTION
    WHEN insufficient_privilege OR feature_not_supported OR undefined_file THEN NULL;
END
$$
"""
# Something else may have come to use it by now; then it stays, too.
_DROP_TRIGRAMS = """
DO $$
BEGIN
    IF EXISTS (
        SELECT FROM pg_extension
        WHERE extname = 'pg_trgm' AND obj_description(oid, 'pg_extension') = 'made by Brickgate'
    ) THEN
        DROP EXTENSION pg_trgm;
    END IF;
EXCEPTION
    WHEN dependent_objects_still_exist THEN NULL;
END
$$
"""


def _search_vector(columns: dict[str, str]) -> str:
    # The cut keeps any row of the legacy service, which has no limits, under the 1 MiB that a tsvector holds.
    return " || ".join(
        f"setweight(to_tsvector('english', coalesce(\"left\"({column}, 50000), '')), '{weight}')"
        for weight, column in columns.items()
    )


def _unique_links() -> None:
    for table, column, name in _LINKS:
        # Held to the end of the transaction, so that the legacy service adds no duplicate after the cleaning.
        op.execute(f"LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE")
        duplicates = op.get_bind().execute(
            sa.text(
                f"DELETE FROM {table} AS extra USING {table} AS kept"  # noqa: S608 - names from the constant above
                f" WHERE extra.moc_id = kept.moc_id AND extra.{column} = kept.{column} AND extra.id > kept.id"
            )
        )
        if duplicates.rowcount:
            _log.warning("deleted %d duplicate links from %s", duplicates.rowcount, table)
        op.create_index(name, table, ["moc_id", column], unique=True)


def upgrade() -> None:
    op.execute(_CREATE_TRIGRAMS)
    if not op.get_bind().scalar(sa.text("SELECT count(*) FROM pg_extension WHERE extname = 'pg_trgm'")):
        _log.warning("pg_trgm is not available here: PostgreSQL's search will not forgive typing errors")
    op.add_column("gallery_images", sa.Column("thumbnail_url", sa.Text()))
    op.add_column("wishlist_items", sa.Column("image_width", sa.Integer()))
    op.add_column("wishlist_items", sa.Column("image_height", sa.Integer()))
    op.create_table(
        "moc_parts",
        sa.Column("id", sa.Uuid(), primary_key=True, server_default=sa.text("gen_random_uuid()")),
        sa.Column("parts_list_id", sa.Uuid(), nullable=False),
        sa.Column("part_id", sa.Text(), nullable=False),
        sa.Column("part_name", sa.Text()),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("color", sa.Text()),
        sa.ForeignKeyConstraint(
            ["parts_list_id"],
            ["moc_parts_lists.id"],
            "moc_parts_parts_list_id_moc_parts_lists_id_fk",
            ondelete="CASCADE",
        ),
    )
    op.create_index("idx_moc_parts_parts_list_id", "moc_parts", ["parts_list_id"])
    _unique_links()
    # A stored column rewrites its table while nobody may use it: seconds for the row counts at hand, bounded by the
    # statement_timeout of the door.
    for table, index, columns in _SEARCHED:
        vector = sa.Computed(_search_vector(columns), persisted=True)
        op.add_column(table, sa.Column("search", postgresql.TSVECTOR(), vector))
        op.create_index(index, table, ["search"], postgresql_using="gin")


def downgrade() -> None:
    for table, index, _ in reversed(_SEARCHED):
        op.drop_index(index, table)
        op.drop_column(table, "search")
    for table, _, name in reversed(_LINKS):
        op.drop_index(name, table)
    op.drop_table("moc_parts")
    op.drop_column("wishlist_items", "image_height")
    op.drop_column("wishlist_items", "image_width")
    op.drop_column("gallery_images", "thumbnail_url")
    op.execute(_DROP_TRIGRAMS)
