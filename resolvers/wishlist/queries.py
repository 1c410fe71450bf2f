"""Reading wishlists (PRD 3.6, 3.8)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from resolvers import pagination
from resolvers.context import Info
from resolvers.lists import filled
from resolvers.permissions import known, owned, signed_in
from resolvers.search import store as search_store
from resolvers.wishlist import store
from resolvers.wishlist.types import WishlistItem, WishlistPage, WishlistSearch

if TYPE_CHECKING:
    from asyncpg import Record

_LIMIT = 20


@strawberry.type
class WishlistQueries:
    """The root fields about wishlists."""

    @strawberry.field(description="One item of your wishlist.")
    async def wishlist_item(
        self,
        info: Info,
        id: strawberry.ID,  # noqa: A002 - the argument's name in the schema
    ) -> WishlistItem | None:
        """See the description; NOT_FOUND and FORBIDDEN as in the contract."""
        caller = signed_in(info)
        row = await store.item(info.context.database, known(id, "wishlist item"))
        return owned(row, caller, "wishlist item")  # type: ignore[return-value] # a row stands for its type

    @strawberry.field(
        description="Your wishlist, in its order; with `search`, best match first. All of it, unless `page` or `limit` is given."
    )
    async def wishlist(
        self,
        info: Info,
        category: str | None = None,
        search: str | None = None,
        page: int | None = None,
        limit: int | None = None,
    ) -> WishlistPage:
        """See the description; where only one of page and limit is given, the other is 1 or 20."""
        caller = signed_in(info)
        if page is None and limit is None:
            rows = await _rows(info, caller.id, search, category, limit=None, offset=0)
            return _page(rows, 1, rows[0]["total"])  # type: ignore[return-value] # a mapping stands for its type
        page = 1 if page is None else page
        limit = _LIMIT if limit is None else limit
        offset = pagination.offset(page, limit)
        rows = await _rows(info, caller.id, search, category, limit=limit, offset=offset)
        return _page(rows, page, limit)  # type: ignore[return-value] # as above

    @strawberry.field(
        description='Search your wishlist: words, parts of words, misspelt words, "phrases", -excluded; best match first. '
        "Without a query all of it, in its order. `from` counts before `page`."
    )
    async def search_wishlist(  # noqa: PLR0913, PLR0917 - a search's every choice; Strawberry passes them by name
        self,
        info: Info,
        query: str | None = None,
        category: str | None = None,
        page: int = 1,
        limit: int = _LIMIT,
        start: Annotated[
            int | None, strawberry.argument(name="from", description="Items to leave out before the first.")
        ] = None,
    ) -> WishlistSearch:
        """See the description."""
        caller = signed_in(info)
        offset = pagination.offset(page if start is None else 1, limit)
        if start is not None:
            offset = pagination.bounded(start, "from", 0, pagination.MAX_OFFSET)
        rows = await _rows(info, caller.id, query, category, limit=limit, offset=offset)
        found = _page(rows, page, limit)
        message = f"Found {found['total']} wishlist items in {search_store.ENGINE}"
        return {**found, "source": search_store.ENGINE, "message": message}  # type: ignore[return-value] # a mapping stands for its type


def _page(rows: list[Record], page: int, limit: int) -> dict[str, Any]:
    return pagination.page_of(rows, page=page, limit=limit, order="sortOrder")


async def _rows(  # noqa: PLR0913 - a list's every choice
    info: Info, user_id: str, text: str | None, category: str | None, *, limit: int | None, offset: int
) -> list[Record]:
    """The rows that match, or all of them where nothing is searched for."""
    database, filters = info.context.database, filled(category=category)
    if text is None or not text.strip():
        return await store.page(database, user_id, filters, limit=limit, offset=offset)
    find = partial(store.found, database, user_id, filters=filters, limit=limit, offset=offset)
    return await search_store.timed(database, "wishlist_items", text, find)
