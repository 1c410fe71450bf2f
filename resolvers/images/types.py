"""Images of the gallery (contract section 3)."""

import enum
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from strawberry import UNSET

from resolvers import words
from resolvers.albums.loaders import albums_by_owner
from resolvers.context import Info
from resolvers.gallery.types import GalleryItem

if TYPE_CHECKING:
    from resolvers.albums.types import GalleryAlbum

Parent = strawberry.Parent[Any]


@strawberry.enum(description="Which images of a gallery to list.")
class ImageScope(enum.Enum):
    """A part of a gallery, and the whole."""

    standalone = strawberry.enum_value("standalone", description="Images outside of albums.")
    all = strawberry.enum_value("all", description="All images, in albums or not.")


def _album(root: Parent, info: Info) -> Awaitable[Any] | None:
    """One batch for all images of this moment; an album of another user is not shown."""
    return root["album_id"] and info.context.load(albums_by_owner, (root["album_id"], root["user_id"]))


@strawberry.type
class ImageFields:
    """What an image shows in every role; no type of the schema."""

    id: strawberry.ID
    user_id: strawberry.ID = strawberry.field(description=words.OWNER)
    title: str
    description: str | None
    tags: list[str] | None = strawberry.field(description=words.TAGS)
    image_url: str = strawberry.field(description=words.FETCHED)
    thumbnail_url: str | None = strawberry.field(description=words.THUMBNAIL)
    album_id: strawberry.ID | None = strawberry.field(description="The album that it lies in; null outside of albums.")
    album: Annotated["GalleryAlbum", strawberry.lazy("resolvers.albums.types")] | None = strawberry.field(
        resolver=_album, description="The album of the same user that it lies in; null outside of albums."
    )
    flagged: bool = strawberry.field(description="Whether anybody has complained about it.")
    created_at: datetime = strawberry.field(description=words.CREATED)
    last_updated_at: datetime = strawberry.field(description=words.VERSION)


@strawberry.type
class GalleryImage(GalleryItem, ImageFields):
    """A picture in a user's gallery."""


def itself(key: str) -> Callable[[Any], dict[str, Any]]:
    """The row of what is linked, which the link's row brought along under the link's id."""

    def resolve(root: Parent) -> dict[str, Any]:
        return {**root, "id": root[key]}

    return resolve


@strawberry.type
class LinkedImage(ImageFields):
    """A gallery image in its role as a picture of a MOC."""

    id: strawberry.ID = strawberry.field(description="Id of the link to the MOC, so that each role has its own.")
    gallery_image_id: strawberry.ID
    gallery_image: GalleryImage = strawberry.field(
        resolver=itself("gallery_image_id"), description="The image itself, as the gallery has it."
    )


@strawberry.type
class GalleryImagePage:
    """One page of a list of images."""

    items: list[GalleryImage] = strawberry.field(description=words.ITEMS)
    total: int = strawberry.field(description=words.TOTAL)
    page: int = strawberry.field(description=words.PAGE)
    limit: int = strawberry.field(description=words.LIMIT)
    has_more: bool = strawberry.field(description=words.HAS_MORE)
    next_cursor: str | None = strawberry.field(description=words.NEXT_CURSOR)


@strawberry.input(description="A new image, out of an upload of kind `image`.")
class CreateImageInput:
    """Limits are those of contract section 3."""

    upload_id: strawberry.ID = strawberry.field(description=words.upload("image"))
    title: str | None = strawberry.field(default=None, description="1 to 200 characters; the file's name without one.")
    description: str | None = strawberry.field(default=None, description=words.DESCRIPTION)
    tags: list[str] | None = strawberry.field(default=None, description=words.TAGS)
    album_id: strawberry.ID | None = strawberry.field(default=None, description="One of your albums.")


@strawberry.input(description="Changes to an image: what is left out stays as it is, null clears.")
class UpdateImageInput:
    """Limits are those of contract section 3."""

    title: str | None = strawberry.field(
        default=UNSET, description="1 to 200 characters, spaces around them aside; cannot be cleared."
    )
    description: str | None = strawberry.field(default=UNSET, description=words.DESCRIPTION)
    tags: list[str] | None = strawberry.field(default=UNSET, description=words.TAGS)
    album_id: strawberry.ID | None = strawberry.field(
        default=UNSET, description="One of your albums; null takes the image out of its album."
    )
