"""Images of the gallery (contract section 3)."""

from collections.abc import Awaitable
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from strawberry import UNSET

from resolvers.albums.loaders import albums_by_owner
from resolvers.context import Info
from resolvers.gallery.types import GalleryItem

if TYPE_CHECKING:
    from resolvers.albums.types import GalleryAlbum

Parent = strawberry.Parent[Any]

_DESCRIPTION = "At most 2000 characters."


def _album(root: Parent, info: Info) -> Awaitable[Any] | None:
    """One batch for all images of this moment; an album of another user is not shown."""
    return root["album_id"] and info.context.load(albums_by_owner, (root["album_id"], root["user_id"]))


@strawberry.type
class ImageFields:
    """What an image shows in every role; no type of the schema."""

    id: strawberry.ID
    user_id: strawberry.ID
    title: str
    description: str | None
    tags: list[str] | None
    image_url: str
    thumbnail_url: str | None
    album_id: strawberry.ID | None
    album: Annotated["GalleryAlbum", strawberry.lazy("resolvers.albums.types")] | None = strawberry.field(
        resolver=_album, description="The album of the same user that it lies in; null outside of albums."
    )
    flagged: bool = strawberry.field(description="Whether anybody has complained about it.")
    created_at: datetime
    last_updated_at: datetime = strawberry.field(
        description="The version; send it back as expectedUpdatedAt to update safely."
    )


@strawberry.type
class GalleryImage(GalleryItem, ImageFields):
    """A picture in a user's gallery."""


@strawberry.type
class GalleryImagePage:
    """One page of a list of images."""

    items: list[GalleryImage]
    total: int = strawberry.field(description="Length of the whole list.")
    page: int
    limit: int
    has_more: bool
    next_cursor: str | None = strawberry.field(
        description="Send it back as `after`; null on the last page and for searches."
    )


@strawberry.input(description="A new image, out of an upload of kind `image`.")
class CreateImageInput:
    """Limits are those of contract section 3."""

    upload_id: strawberry.ID
    title: str | None = strawberry.field(default=None, description="1 to 200 characters; the file's name without one.")
    description: str | None = strawberry.field(default=None, description=_DESCRIPTION)
    tags: list[str] | None = strawberry.field(default=None, description="At most 20, each of 1 to 50 characters.")
    album_id: strawberry.ID | None = strawberry.field(default=None, description="One of your albums.")


@strawberry.input(description="Changes to an image: what is left out stays as it is, null clears.")
class UpdateImageInput:
    """Limits are those of contract section 3."""

    title: str | None = strawberry.field(
        default=UNSET, description="1 to 200 characters, spaces around them aside; cannot be cleared."
    )
    description: str | None = strawberry.field(default=UNSET, description=_DESCRIPTION)
    tags: list[str] | None = strawberry.field(default=UNSET, description="At most 20, each of 1 to 50 characters.")
    album_id: strawberry.ID | None = strawberry.field(
        default=UNSET, description="One of your albums; null takes the image out of its album."
    )
