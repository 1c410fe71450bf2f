"""Reading albums (PRD 3.4)."""

from __future__ import annotations

from functools import partial

import strawberry

from resolvers.albums import store
from resolvers.albums.types import GalleryAlbum, GalleryAlbumPage
from resolvers.context import Info
from resolvers.lists import listed
from resolvers.permissions import known, owned, signed_in

_ORDER = "albums:createdAt:desc"


@strawberry.type
class AlbumQueries:
    """The root fields about albums."""

    @strawberry.field(description="One of your albums, with its images.")
    async def album(self, info: Info, id: strawberry.ID) -> GalleryAlbum | None:  # noqa: A002 - the argument's name in the schema
        """See the description; NOT_FOUND and FORBIDDEN as in the contract."""
        caller = signed_in(info)
        row = await store.detail(info.context.database, known(id, "album"))
        return owned(row, caller, "album")  # type: ignore[return-value] # a row stands for its type

    @strawberry.field(
        description="Your albums, newest first; by number of the page, or by cursor (`after`), which neither repeats nor skips. "
        "With `search` the best match comes first."
    )
    async def albums(
        self, info: Info, page: int = 1, limit: int = 20, after: str | None = None, search: str | None = None
    ) -> GalleryAlbumPage:
        """See the description."""
        caller = signed_in(info)
        database = info.context.database
        return await listed(  # type: ignore[return-value] # a mapping stands for its type
            database,
            "gallery_albums",
            _ORDER,
            partial(store.page, database, caller.id),
            partial(store.found, database, caller.id),
            page=page,
            limit=limit,
            after=after,
            search=search,
        )
