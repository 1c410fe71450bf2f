"""Items on a user's wishlist (PRD 3.5 to 3.7)."""

from sqlalchemy import Column, Index, Integer, Table, Text

from db.models.base import METADATA, identifier, timestamp, version
from db.models.search import search_vector

WishlistItem = Table(
    "wishlist_items",
    METADATA,
    identifier(),
    Column("user_id", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("description", Text),
    Column("product_link", Text),
    Column("image_url", Text),
    Column("category", Text),
    Column("sort_order", Text, nullable=False),
    timestamp("created_at"),
    timestamp("updated_at"),
    Column("image_width", Integer),
    Column("image_height", Integer),
    search_vector(A="title", B="category", C="description"),
    version(),
    Index("idx_wishlist_user_id", "user_id"),
    Index("idx_wishlist_sort_order", "user_id", "sort_order"),
    Index("idx_wishlist_category_sort", "user_id", "category", "sort_order"),
    Index("idx_wishlist_search", "search", postgresql_using="gin"),
)
"""One wish. `sort_order` is text, as in the legacy database; `image_width` and `image_height` are pixels."""
