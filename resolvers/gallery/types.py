"""Images and albums of the gallery (contract section 3)."""

from __future__ import annotations

from datetime import datetime

import strawberry


@strawberry.type
class GalleryImage:
    """A picture in a user's gallery."""

    id: strawberry.ID
    user_id: strawberry.ID
    title: str
    description: str | None
    tags: list[str] | None
    image_url: str
    thumbnail_url: str | None
    album_id: strawberry.ID | None
    flagged: bool
    created_at: datetime
    last_updated_at: datetime


@strawberry.type
class GalleryAlbum:
    """A user's named collection of pictures."""

    id: strawberry.ID
    user_id: strawberry.ID
    title: str
    description: str | None
    cover_image_id: strawberry.ID | None
    created_at: datetime
    last_updated_at: datetime
