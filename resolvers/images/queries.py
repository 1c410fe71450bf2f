"""Reading images (PRD 3.3, 3.8)."""

from functools import partial
from typing import Annotated, Any

import strawberry

from resolvers.albums import store as albums
from resolvers.arguments import After, Flagged, Id, Limit, OfAlbum, Page, Search, Tag
from resolvers.context import Caller, Info
from resolvers.images import store
from resolvers.images.types import GalleryImage, GalleryImagePage, ImageScope
from resolvers.lists import filled, listed
from resolvers.permissions import known, owned, signed_in
from resolvers.search.engines import Searchable
from services.mappings import GALLERY

_ORDER = "images:createdAt:desc"
_SEARCHED = Searchable(GALLERY, store.found, store.of_ids, kind="image")
Scope = Annotated[
    ImageScope,
    strawberry.argument(
        description="Whether images in albums are listed, too. It decides nothing beside `albumId`, which lists the images of that "
        "album, and `search`, which looks at all images."
    ),
]


@strawberry.type
class ImageQueries:
    """The root fields about images."""

    @strawberry.field(description="One of your images.")
    async def image(self, info: Info, id: Id) -> GalleryImage | None:  # noqa: A002 - the argument's name in the schema
        """See the description; NOT_FOUND and FORBIDDEN as in the contract."""
        caller = signed_in(info)
        row = await store.detail(info.context.database, known(id, "image"))
        return owned(row, caller, "image")  # type: ignore[return-value] # a row stands for its type

    @strawberry.field(
        description="Your images outside of albums, newest first; with `scope: all` those in albums, too; with `albumId` those of one of "
        "your albums. By number of the page, or by cursor (`after`), which neither repeats nor skips. With `search` all that match, in "
        "albums or not, best match first."
    )
    async def images(  # noqa: PLR0913, PLR0917 - a list's every choice; Strawberry passes them by name
        self,
        info: Info,
        page: Page = 1,
        limit: Limit = 20,
        after: After = None,
        search: Search = None,
        tag: Tag = None,
        flagged: Flagged = None,
        album_id: OfAlbum = None,
        scope: Scope = ImageScope.standalone,
    ) -> GalleryImagePage | None:
        """See the description."""
        caller = signed_in(info)
        filters = await chosen(info, caller, tag=tag, flagged=flagged, album_id=album_id)
        standalone = scope is ImageScope.standalone and "album_id" not in filters
        return await listed(  # type: ignore[return-value] # a mapping stands for its type
            info.context.services,
            _SEARCHED,
            _ORDER,
            partial(store.page, info.context.database, caller.id, filters, standalone=standalone),
            user_id=caller.id,
            filters=filters,
            page=page,
            limit=limit,
            after=after,
            search=search,
        )


async def chosen(
    info: Info, caller: Caller, *, tag: str | None, flagged: bool | None, album_id: str | None
) -> dict[str, Any]:
    """The filters of `store.FILTERS` that were given.

    Raises:
        NotFound: the album's id is none.
        Forbidden: the album is somebody else's. One that is not there only has no images.
    """
    if album_id:
        album = await albums.user(info.context.database, known(album_id, "album"))
        if album is not None:
            owned(album, caller, "album")
    return filled(tag=tag, flagged=flagged, album_id=album_id and album_id.lower())
