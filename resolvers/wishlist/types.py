"""Wishes and the wishlist (contract section 3)."""

from datetime import datetime

import strawberry
from strawberry import UNSET

from resolvers.scalars import TextOrNumber

_TITLE = "1 to 255 characters."
_DESCRIPTION = "At most 2000 characters."
_LINK = "An http or https URL of at most 2048 characters."
_CATEGORY = "1 to 100 characters."
_POSITION = "1 to 50 characters. Numbers sort by value, whatever else by text after them."


@strawberry.type
class WishlistItem:
    """Something that a user would like to have."""

    id: strawberry.ID
    user_id: strawberry.ID
    title: str
    description: str | None
    product_link: str | None
    image_url: str | None
    image_width: int | None = strawberry.field(description="In pixels, where it is known.")
    image_height: int | None = strawberry.field(description="In pixels, where it is known.")
    category: str | None
    sort_order: str = strawberry.field(description="Its position: numbers by value, then other text.")
    created_at: datetime
    updated_at: datetime = strawberry.field(
        description="The version; send it back as expectedUpdatedAt to update safely."
    )


@strawberry.type
class WishlistImage:
    """A picture that waits for its item."""

    image_url: str = strawberry.field(description="Give it to an item as its imageUrl within a day.")
    image_width: int
    image_height: int


@strawberry.type
class WishlistPage:
    """One page of a wishlist, or all of it."""

    items: list[WishlistItem]
    total: int = strawberry.field(description="Length of the whole list.")
    page: int
    limit: int = strawberry.field(description="Items of a page; `total` where all are on one page.")
    has_more: bool


@strawberry.type
class WishlistSearch:
    """One slice of the answer to a search."""

    items: list[WishlistItem]
    total: int
    source: str = strawberry.field(description="Which engine answered: `opensearch` or `database`.")
    message: str


@strawberry.type
class WishlistOrder:
    """A wishlist after it was reordered."""

    updated: int = strawberry.field(description="How many items have another position than before.")
    items: list[WishlistItem] = strawberry.field(description="The whole wishlist, in its order.")


@strawberry.input(description="A new wish.")
class CreateWishlistItemInput:
    """Limits are those of contract section 3."""

    title: str = strawberry.field(description=_TITLE)
    description: str | None = strawberry.field(default=None, description=_DESCRIPTION)
    product_link: str | None = strawberry.field(default=None, description=_LINK)
    image_url: str | None = strawberry.field(default=None, description=_LINK)
    category: str | None = strawberry.field(default=None, description=_CATEGORY)
    sort_order: TextOrNumber | None = strawberry.field(
        default=None, description=f"{_POSITION} By default after the highest number."
    )


@strawberry.input(description="Changes to a wish: what is left out stays as it is, null clears.")
class UpdateWishlistItemInput:
    """The same fields as of a new wish."""

    title: str | None = strawberry.field(default=UNSET, description=f"{_TITLE} Cannot be cleared.")
    description: str | None = strawberry.field(default=UNSET, description=_DESCRIPTION)
    product_link: str | None = strawberry.field(default=UNSET, description=_LINK)
    image_url: str | None = strawberry.field(default=UNSET, description=_LINK)
    category: str | None = strawberry.field(default=UNSET, description=_CATEGORY)
    sort_order: TextOrNumber | None = strawberry.field(default=UNSET, description=f"{_POSITION} Cannot be cleared.")


@strawberry.input(description="The position that an item shall have.")
class WishlistPositionInput:
    """One move of a reorder."""

    id: strawberry.ID
    sort_order: TextOrNumber = strawberry.field(description=_POSITION)
