"""MOC instructions and sets (PRD 2.1 to 2.6)."""

from sqlalchemy import Boolean, Column, DateTime, Index, Integer, Table, Text, case, literal_column, text
from sqlalchemy.dialects.postgresql import JSONB

from db.models.base import METADATA, identifier, timestamp, version
from db.models.search import search_vector

MocInstruction = Table(
    "moc_instructions",
    METADATA,
    identifier(),
    Column("user_id", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("description", Text),
    Column("type", Text, nullable=False),
    Column("author", Text),
    Column("parts_count", Integer),
    Column("theme", Text),
    Column("subtheme", Text),
    Column("uploaded_date", DateTime),
    Column("brand", Text),
    Column("set_number", Text),
    Column("release_year", Integer),
    Column("retired", Boolean),
    Column("tags", JSONB(none_as_null=True)),
    Column("thumbnail_url", Text),
    Column("total_piece_count", Integer),
    timestamp("created_at"),
    timestamp("updated_at"),
    search_vector(A="title", B="tags::text", C="description"),
    version(),
    Index("moc_instructions_user_title_unique", "user_id", "title", unique=True),
    Index("idx_moc_instructions_user_id_lazy", "user_id"),
    Index("idx_moc_instructions_user_created", "user_id", "created_at"),
    Index("idx_moc_instructions_title", "title"),
    Index(
        "idx_sets_brand_set_number",
        "brand",
        "set_number",
        postgresql_where=text("type = 'set' AND brand IS NOT NULL AND set_number IS NOT NULL"),
    ),
    Index("idx_sets_brand_theme", "brand", "theme", postgresql_where=text("type = 'set'")),
    Index(
        "idx_sets_release_year",
        "release_year",
        postgresql_where=text("type = 'set' AND release_year IS NOT NULL"),
    ),
    Index("idx_sets_retired", "retired", postgresql_where=text("type = 'set' AND retired IS NOT NULL")),
    Index("idx_moc_instructions_search", "search", postgresql_using="gin"),
)
"""One MOC, or one set where `type` is `set`; a user's titles are unique. `user_id` is the Cognito sub."""

TYPE = case((MocInstruction.c.type == literal_column("'set'"), literal_column("'set'")), else_=literal_column("'moc'"))
"""`type` as it is shown: the column may hold anything, and what is no set is a MOC."""
