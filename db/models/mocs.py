"""MOC instructions and sets (PRD 2.1 to 2.6)."""

from datetime import datetime

from sqlalchemy import Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, Id, Timestamp, Version
from db.models.search import search_vector


class MocInstruction(Base):
    """One MOC, or one set where `type` is `set`; a user's titles are unique. `user_id` is the Cognito sub."""

    __tablename__ = "moc_instructions"
    __table_args__ = (
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

    id: Mapped[Id]
    user_id: Mapped[str]
    title: Mapped[str]
    description: Mapped[str | None]
    type: Mapped[str]
    author: Mapped[str | None]
    parts_count: Mapped[int | None]
    theme: Mapped[str | None]
    subtheme: Mapped[str | None]
    uploaded_date: Mapped[datetime | None]
    brand: Mapped[str | None]
    set_number: Mapped[str | None]
    release_year: Mapped[int | None]
    retired: Mapped[bool | None]
    tags: Mapped[list[str] | None] = mapped_column(JSONB(none_as_null=True))
    thumbnail_url: Mapped[str | None]
    total_piece_count: Mapped[int | None]
    created_at: Mapped[Timestamp]
    updated_at: Mapped[Timestamp]
    search: Mapped[str | None] = search_vector(A="title", B="tags::text", C="description")
    version: Mapped[Version]
