"""Reading the feed that mixes images and albums (contract section 2).

A search of it stays with PostgreSQL: the feed keeps its order, the newest first, and is read by cursors, which relevance has none of.
"""

import re
from typing import Annotated, Any

import strawberry

from resolvers import pagination
from resolvers.arguments import WORDS, Flagged, Limit, OfAlbum, Tag
from resolvers.context import Info
from resolvers.gallery import store
from resolvers.gallery.types import GalleryFeed, GalleryKind
from resolvers.images.queries import chosen
from resolvers.permissions import signed_in
from resolvers.search import store as search_store

_ORDER = "gallery:createdAt:desc"
_OFFSET = re.compile(r"\d{1,18}", re.ASCII)

Kind = Annotated[GalleryKind, strawberry.argument(description="Only images, only albums, or both.")]
Search = Annotated[
    str | None, strawberry.argument(description=f"{WORDS} What matches stays in order, the newest first.")
]
After = Annotated[
    str | None,
    strawberry.argument(
        description="The nextCursor of the page before, or how many items to leave out, such as 20; the first page without one."
    ),
]


@strawberry.type
class GalleryQueries:
    """The root field about images and albums alike."""

    @strawberry.field(
        description="Your images outside of albums and your albums, newest first; by cursor, which neither repeats nor skips. `tag`, "
        "`albumId` and `flagged` are about images: with one of them no albums are listed. A number as `after` leaves out that many."
    )
    async def gallery(  # noqa: PLR0913, PLR0917 - a list's every choice; Strawberry passes them by name
        self,
        info: Info,
        type: Kind = GalleryKind.all,  # noqa: A002 - the argument's name in the schema
        tag: Tag = None,
        album_id: OfAlbum = None,
        flagged: Flagged = None,
        search: Search = None,
        limit: Limit = 20,
        after: After = None,
    ) -> GalleryFeed | None:
        """See the description; FORBIDDEN for another user's album."""
        caller = signed_in(info)
        database = info.context.database
        filters = await chosen(info, caller, tag=tag, flagged=flagged, album_id=album_id)
        pagination.bounded(limit, "limit", 1, pagination.MAX_LIMIT)
        offset, place = _place(after)
        kinds = {"image", "album"} if type is GalleryKind.all else {type.name}
        if filters:
            kinds -= {"album"}
        words: dict[str, Any] = {}
        choice = store.Choice(frozenset(kinds), frozenset(filters))
        if search and search.strip():
            words = search_store.parameters(search)
            choice = choice._replace(searched=True, typos=await search_store.tolerates_typos(database))
        values = filters | words
        rows = (
            await store.feed(database, caller.id, choice, values, limit=limit, offset=offset, after=place)
            if kinds
            else []
        )
        items, more = rows[:limit], len(rows) > limit
        cursor = str(pagination.Cursor(_ORDER, items[-1]["sort_key"], items[-1]["id"])) if more else None
        return {"items": items, "has_more": more, "next_cursor": cursor}  # type: ignore[return-value] # a mapping stands for its type


def _place(after: str | None) -> tuple[int, pagination.Cursor | None]:
    """How many items to leave out, or after which to go on: old clients count, and begin with 0."""
    if not after:
        return 0, None
    if _OFFSET.fullmatch(after):
        return pagination.bounded(int(after), "after", 0, pagination.MAX_OFFSET), None
    return 0, pagination.Cursor.parse(after, _ORDER, "after")
