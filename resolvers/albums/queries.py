"""Reading albums (PRD 3.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import strawberry

from resolvers import pagination
from resolvers.albums import store
from resolvers.albums.types import GalleryAlbum, GalleryAlbumPage
from resolvers.context import Info
from resolvers.errors import FieldError, ValidationFailed
from resolvers.permissions import known, owned, signed_in
from resolvers.search import store as search

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from asyncpg import Record

_ORDER = "albums:createdAt:desc"
_RELEVANCE = "relevance"


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
        offset = pagination.offset(page, limit)
        if search and search.strip():
            if after:
                raise ValidationFailed(
                    FieldError(("after",), "does not go with search, whose order is relevance; use page")
                )
            rows = await _searched(info, caller.id, search, limit=limit, offset=offset)
            found = pagination.page_of(rows, page=page, limit=limit, order=_RELEVANCE)
            return {**found, "next_cursor": None}  # type: ignore[return-value] # a mapping stands for its type
        if after and page != 1:
            raise ValidationFailed(FieldError(("page",), "does not go with after; send one of them"))
        place = pagination.Cursor.parse(after, _ORDER) if after else None
        rows = await store.page(info.context.database, caller.id, limit=limit, offset=offset, after=place)
        return pagination.page_of(rows, page=page, limit=limit, order=_ORDER)  # type: ignore[return-value] # as above


async def _searched(info: Info, user_id: str, text: str, *, limit: int, offset: int) -> list[Record]:
    database = info.context.database

    def find(words: dict[str, Any], typos: bool) -> Awaitable[list[Record]]:  # noqa: FBT001 - the form that `timed` calls
        return store.found(database, user_id, words, typos=typos, limit=limit, offset=offset)

    return await search.timed(database, "gallery_albums", text, find)
