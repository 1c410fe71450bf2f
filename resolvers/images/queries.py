"""Reading images (PRD 3.3, 3.8)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import strawberry

from resolvers import pagination
from resolvers.albums import store as albums
from resolvers.context import Info
from resolvers.errors import FieldError, ValidationFailed
from resolvers.images import store
from resolvers.images.types import GalleryImage, GalleryImagePage
from resolvers.permissions import known, owned, signed_in
from resolvers.search import store as search

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from asyncpg import Record

    from resolvers.context import Caller

_ORDER = "images:createdAt:desc"
_RELEVANCE = "relevance"


@strawberry.type
class ImageQueries:
    """The root fields about images."""

    @strawberry.field(description="One of your images.")
    async def image(self, info: Info, id: strawberry.ID) -> GalleryImage | None:  # noqa: A002 - the argument's name in the schema
        """See the description; NOT_FOUND and FORBIDDEN as in the contract."""
        caller = signed_in(info)
        row = await store.detail(info.context.database, known(id, "image"))
        return owned(row, caller, "image")  # type: ignore[return-value] # a row stands for its type

    @strawberry.field(
        description="Your images outside of albums, newest first; with `albumId` those of one of your albums. By number of the page, "
        "or by cursor (`after`), which neither repeats nor skips. With `search` all that match, best match first."
    )
    async def images(  # noqa: PLR0913, PLR0917 - a list's every choice; Strawberry passes them by name
        self,
        info: Info,
        page: int = 1,
        limit: int = 20,
        after: str | None = None,
        search: str | None = None,
        tag: str | None = None,
        flagged: bool | None = None,  # noqa: FBT001 - as above
        album_id: strawberry.ID | None = None,
    ) -> GalleryImagePage:
        """See the description."""
        caller = signed_in(info)
        filters = await chosen(info, caller, tag=tag, flagged=flagged, album_id=album_id)
        offset = pagination.offset(page, limit)
        if search and search.strip():
            if after:
                raise ValidationFailed(
                    FieldError(("after",), "does not go with search, whose order is relevance; use page")
                )
            rows = await _searched(info, caller.id, search, filters, limit=limit, offset=offset)
            found = pagination.page_of(rows, page=page, limit=limit, order=_RELEVANCE)
            return {**found, "next_cursor": None}  # type: ignore[return-value] # a mapping stands for its type
        if after and page != 1:
            raise ValidationFailed(FieldError(("page",), "does not go with after; send one of them"))
        place = pagination.Cursor.parse(after, _ORDER) if after else None
        rows = await store.page(info.context.database, caller.id, filters, limit=limit, offset=offset, after=place)
        return pagination.page_of(rows, page=page, limit=limit, order=_ORDER)  # type: ignore[return-value] # as above


async def chosen(
    info: Info, caller: Caller, *, tag: str | None, flagged: bool | None, album_id: str | None
) -> dict[str, Any]:
    """The filters of `store.FILTERS` that were given.

    Raises:
        NotFound: the album's id is none.
        Forbidden: the album is somebody else's. One that is not there only has no images.
    """
    filters = {"tag": tag, "flagged": flagged, "album_id": album_id}
    given: dict[str, Any] = {name: value for name, value in filters.items() if value not in (None, "")}
    if album_id:
        album = await albums.user(info.context.database, known(album_id, "album"))
        if album is not None:
            owned(album, caller, "album")
    return given


async def _searched(  # noqa: PLR0913 - what a search needs
    info: Info, user_id: str, text: str, filters: dict[str, Any], *, limit: int, offset: int
) -> list[Record]:
    database = info.context.database

    def find(words: dict[str, Any], typos: bool) -> Awaitable[list[Record]]:  # noqa: FBT001 - the form that `timed` calls
        return store.found(database, user_id, words, filters, typos=typos, limit=limit, offset=offset)

    return await search.timed(database, "gallery_images", text, find)
