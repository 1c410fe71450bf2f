"""Albums of the gallery (contract section 3)."""

from collections.abc import Awaitable
from datetime import datetime
from typing import Annotated, Any

import strawberry
from strawberry import UNSET

from resolvers import words
from resolvers.context import Info
from resolvers.gallery.types import GalleryItem
from resolvers.images.loaders import images_by_owner, images_of_albums
from resolvers.images.types import GalleryImage, itself
from resolvers.pagination import MAX_LIMIT, bounded

Parent = strawberry.Parent[Any]
Limit = Annotated[
    int | None,
    strawberry.argument(description="The newest so many: 1 to 100, VALIDATION_ERROR otherwise; null is all of them."),
]

_TITLE = "1 to 200 characters"
_COVER = "One of your images, in the album or not."


def _cover(root: Parent, info: Info) -> Awaitable[Any] | None:
    """One batch for all albums of this moment; an image of another user is not shown."""
    return root["cover_image_id"] and info.context.load(images_by_owner, (root["cover_image_id"], root["user_id"]))


def _images(root: Parent, info: Info, limit: Limit = 20) -> Awaitable[list[Any]] | list[Any]:
    """What the album's row brought along, else a batch for all albums of this moment."""
    if limit is not None:
        bounded(limit, "limit", 1, MAX_LIMIT)
    if "images" in root:
        return root["images"][:limit]  # type: ignore[no-any-return] # a row holds anything
    # Where the album stands in a role, its row is under that role's id.
    album_id = root["gallery_album_id"] if "gallery_album_id" in root else root["id"]
    return info.context.load(images_of_albums, (album_id, limit))


@strawberry.type
class AlbumFields:
    """What an album shows in every role; no type of the schema."""

    id: strawberry.ID
    user_id: strawberry.ID = strawberry.field(description=words.OWNER)
    title: str
    description: str | None
    cover_image_id: strawberry.ID | None = strawberry.field(
        description="One of the user's images, in the album or not."
    )
    cover_image_url: str | None = strawberry.field(description="Where the cover is; null without one.")
    cover: GalleryImage | None = strawberry.field(resolver=_cover, description="The cover; null once it is deleted.")
    image_count: int = strawberry.field(description="Images in the album.")
    images: list[GalleryImage] = strawberry.field(resolver=_images, description="Newest first.")
    created_at: datetime = strawberry.field(description=words.CREATED)
    last_updated_at: datetime = strawberry.field(description=words.VERSION)


@strawberry.type
class GalleryAlbum(GalleryItem, AlbumFields):
    """A user's named collection of pictures."""


@strawberry.type
class LinkedAlbum(AlbumFields):
    """A gallery album in its role as an album of a MOC."""

    id: strawberry.ID = strawberry.field(description="Id of the link to the MOC, so that each role has its own.")
    gallery_album_id: strawberry.ID
    gallery_album: GalleryAlbum = strawberry.field(
        resolver=itself("gallery_album_id"), description="The album itself, as the gallery has it."
    )


@strawberry.type
class GalleryAlbumPage:
    """One page of a list of albums."""

    items: list[GalleryAlbum] = strawberry.field(description=words.ITEMS)
    total: int = strawberry.field(description=words.TOTAL)
    page: int = strawberry.field(description=words.PAGE)
    limit: int = strawberry.field(description=words.LIMIT)
    has_more: bool = strawberry.field(description=words.HAS_MORE)
    next_cursor: str | None = strawberry.field(description=words.NEXT_CURSOR)


@strawberry.input(description="A new album.")
class CreateAlbumInput:
    """Limits are those of contract section 3."""

    title: str = strawberry.field(description=f"{_TITLE}.")
    description: str | None = strawberry.field(default=None, description=words.DESCRIPTION)
    cover_image_id: strawberry.ID | None = strawberry.field(default=None, description=_COVER)


@strawberry.input(description="Changes to an album: what is left out stays as it is, null clears.")
class UpdateAlbumInput:
    """The same fields as of a new album."""

    title: str | None = strawberry.field(default=UNSET, description=f"{_TITLE}; cannot be cleared.")
    description: str | None = strawberry.field(default=UNSET, description=words.DESCRIPTION)
    cover_image_id: strawberry.ID | None = strawberry.field(default=UNSET, description=_COVER)
