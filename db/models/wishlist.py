"""Items on a user's wishlist (PRD 3.5 to 3.7)."""

from sqlalchemy import Index
from sqlalchemy.orm import Mapped

from db.models.base import Base, Id, Timestamp, Version
from db.models.search import search_vector


class WishlistItem(Base):
    """One wish. `sort_order` is text, as in the legacy database; `image_width` and `image_height` are pixels."""

    __tablename__ = "wishlist_items"
    __table_args__ = (
        Index("idx_wishlist_user_id", "user_id"),
        Index("idx_wishlist_sort_order", "user_id", "sort_order"),
        Index("idx_wishlist_category_sort", "user_id", "category", "sort_order"),
        Index("idx_wishlist_search", "search", postgresql_using="gin"),
    )

    id: Mapped[Id]
    user_id: Mapped[str]
    title: Mapped[str]
    description: Mapped[str | None]
    product_link: Mapped[str | None]
    image_url: Mapped[str | None]
    category: Mapped[str | None]
    sort_order: Mapped[str]
    created_at: Mapped[Timestamp]
    updated_at: Mapped[Timestamp]
    image_width: Mapped[int | None]
    image_height: Mapped[int | None]
    search: Mapped[str | None] = search_vector(A="title", B="category", C="description")
    version: Mapped[Version]
