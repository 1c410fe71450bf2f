"""Wishes and the wishlist (contract section 3)."""

from datetime import datetime

import strawberry
from strawberry import UNSET

from resolvers import words
from resolvers.scalars import TextOrNumber

_TITLE = "1 to 255 characters."
_LINK = "An http or https URL of at most 2048 characters."
_CATEGORY = "1 to 100 characters."
_POSITION = "1 to 50 characters. Numbers sort by value, whatever else by text after them."


@strawberry.type
class WishlistItem:
    """Something that a user would like to have."""

    id: strawberry.ID
    user_id: strawberry.ID = strawberry.field(description=words.OWNER)
    title: str
    description: str | None
    product_link: str | None = strawberry.field(description="An http or https URL.")
    image_url: str | None = strawberry.field(
        description="An uploaded picture, whose signed URL expires, or a picture elsewhere."
    )
    image_width: int | None = strawberry.field(description="In pixels, where it is known.")
    image_height: int | None = strawberry.field(description="In pixels, where it is known.")
    category: str | None
    sort_order: str = strawberry.field(description="Its position: numbers by value, then other text.")
    created_at: datetime = strawberry.field(description=words.CREATED)
    updated_at: datetime = strawberry.field(description=words.VERSION)


@strawberry.type
class WishlistImage:
    """A picture that waits for its item."""

    image_url: str = strawberry.field(description="Give it to an item as its imageUrl within a day.")
    image_width: int = strawberry.field(description=words.PIXELS)
    image_height: int = strawberry.field(description=words.PIXELS)


@strawberry.type
class WishlistPage:
    """One page of a wishlist, or all of it."""

    items: list[WishlistItem] = strawberry.field(description=words.ITEMS)
    total: int = strawberry.field(description=words.TOTAL)
    page: int = strawberry.field(description="Number of this page, from 1.")
    limit: int = strawberry.field(description="Items of a page; `total` where all are on one page.")
    has_more: bool = strawberry.field(description=words.HAS_MORE)


@strawberry.type
class WishlistSearch:
    """One slice of the answer to a search."""

    items: list[WishlistItem] = strawberry.field(
        description="Best match first; in the order of the list without a query."
    )
    total: int = strawberry.field(description=words.TOTAL)
    page: int = strawberry.field(
        description="Number of this page, from 1; with `from` the page that the first of these items lies on."
    )
    limit: int = strawberry.field(description=words.LIMIT)
    source: str = strawberry.field(description=words.SOURCE)
    message: str = strawberry.field(description=words.FOUND)


@strawberry.type
class WishlistOrder:
    """A wishlist after it was reordered."""

    updated: int = strawberry.field(description="How many items have another position than before.")
    items: list[WishlistItem] = strawberry.field(description="The whole wishlist, in its order.")


@strawberry.input(description="A new wish.")
class CreateWishlistItemInput:
    """Limits are those of contract section 3."""

    title: str = strawberry.field(description=_TITLE)
    description: str | None = strawberry.field(default=None, description=words.DESCRIPTION)
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
    description: str | None = strawberry.field(default=UNSET, description=words.DESCRIPTION)
    product_link: str | None = strawberry.field(default=UNSET, description=_LINK)
    image_url: str | None = strawberry.field(default=UNSET, description=_LINK)
    category: str | None = strawberry.field(default=UNSET, description=_CATEGORY)
    sort_order: TextOrNumber | None = strawberry.field(default=UNSET, description=f"{_POSITION} Cannot be cleared.")


@strawberry.input(description="The position that an item shall have.")
class WishlistPositionInput:
    """One move of a reorder."""

    id: strawberry.ID = strawberry.field(description="One of your items.")
    sort_order: TextOrNumber = strawberry.field(description=_POSITION)
