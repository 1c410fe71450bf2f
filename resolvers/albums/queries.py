"""Reading albums (PRD 3.4)."""

from functools import partial

import strawberry

from resolvers.albums import store
from resolvers.albums.types import GalleryAlbum, GalleryAlbumPage
from resolvers.arguments import After, Id, Limit, Page, Search
from resolvers.context import Info
from resolvers.lists import listed
from resolvers.permissions import known, owned, signed_in
from resolvers.search.engines import Searchable
from services.mappings import GALLERY

_ORDER = "albums:createdAt:desc"
_SEARCHED = Searchable(GALLERY, store.found, store.of_ids, kind="album")


@strawberry.type
class AlbumQueries:
    """The root fields about albums."""

    @strawberry.field(description="One of your albums, with its images.")
    async def album(self, info: Info, id: Id) -> GalleryAlbum | None:  # noqa: A002 - the argument's name in the schema
        """See the description; NOT_FOUND and FORBIDDEN as in the contract."""
        caller = signed_in(info)
        row = await store.detail(info.context.database, known(id, "album"))
        return owned(row, caller, "album")  # type: ignore[return-value] # a row stands for its type

    @strawberry.field(
        description="Your albums, newest first; by number of the page, or by cursor (`after`), which neither repeats nor skips. "
        "With `search` the best match comes first."
    )
    async def albums(
        self, info: Info, page: Page = 1, limit: Limit = 20, after: After = None, search: Search = None
    ) -> GalleryAlbumPage | None:
        """See the description."""
        caller = signed_in(info)
        return await listed(  # type: ignore[return-value] # a mapping stands for its type
            info.context.services,
            _SEARCHED,
            _ORDER,
            partial(store.page, info.context.database, caller.id),
            user_id=caller.id,
            filters={},
            page=page,
            limit=limit,
            after=after,
            search=search,
        )
