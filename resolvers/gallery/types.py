"""What images and albums have in common, and the feed that mixes them (contract sections 2 and 3)."""

import enum
from datetime import datetime
from typing import Any

import strawberry


@strawberry.enum(description="What an item of the gallery is.")
class GalleryItemType(enum.Enum):
    """The two kinds of items."""

    image = "image"
    album = "album"


@strawberry.enum(description="Which items of the gallery to list.")
class GalleryKind(enum.Enum):
    """The kinds of items, and both."""

    image = "image"
    album = "album"
    all = "all"


_NAMES = {"image": "GalleryImage", "album": "GalleryAlbum"}


@strawberry.interface
class GalleryItem:
    """An image or an album of a user's gallery."""

    type: GalleryItemType
    id: strawberry.ID
    user_id: strawberry.ID
    title: str
    description: str | None
    created_at: datetime
    last_updated_at: datetime = strawberry.field(
        description="The version; send it back as expectedUpdatedAt to update safely."
    )

    @staticmethod
    def resolve_type(source: Any, _info: Any, _interface: Any) -> str:
        """The name of the type that a row stands for."""
        return _NAMES[source["type"]]


@strawberry.type
class GalleryFeed:
    """One page of a gallery's images and albums, newest first."""

    items: list[GalleryItem]
    next_cursor: str | None = strawberry.field(description="Send it back as `after`; null on the last page.")
    has_more: bool
