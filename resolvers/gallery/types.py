"""What images and albums have in common, and the feed that mixes them (contract sections 2 and 3)."""

import enum
from datetime import datetime
from typing import Any

import strawberry

from resolvers import words


@strawberry.enum(description="What an item of the gallery is.")
class GalleryItemType(enum.Enum):
    """The two kinds of items."""

    image = strawberry.enum_value("image", description="A GalleryImage.")
    album = strawberry.enum_value("album", description="A GalleryAlbum.")


@strawberry.enum(description="Which items of the gallery to list.")
class GalleryKind(enum.Enum):
    """The kinds of items, and both."""

    image = strawberry.enum_value("image", description="Images outside of albums, or of the album that is asked for.")
    album = strawberry.enum_value("album", description="Albums; none where tag, albumId or flagged is given.")
    all = strawberry.enum_value("all", description="Both, mixed.")


_NAMES = {"image": "GalleryImage", "album": "GalleryAlbum"}


@strawberry.interface
class GalleryItem:
    """An image or an album of a user's gallery."""

    type: GalleryItemType = strawberry.field(description="Tells what else it has.")
    id: strawberry.ID
    user_id: strawberry.ID = strawberry.field(description=words.OWNER)
    title: str
    description: str | None
    created_at: datetime = strawberry.field(description=words.CREATED)
    last_updated_at: datetime = strawberry.field(description=words.VERSION)

    @staticmethod
    def resolve_type(source: Any, _info: Any, _interface: Any) -> str:
        """The name of the type that a row stands for."""
        return _NAMES[source["type"]]


@strawberry.type
class GalleryFeed:
    """One page of a gallery's images and albums, newest first."""

    items: list[GalleryItem] = strawberry.field(description="Of both kinds, mixed.")
    next_cursor: str | None = strawberry.field(description="Send it back as `after`; null on the last page.")
    has_more: bool = strawberry.field(description=words.HAS_MORE)
