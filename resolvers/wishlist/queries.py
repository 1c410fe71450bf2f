"""Reading wishlists (PRD 3.6, 3.8)."""

from typing import Annotated, Any

import strawberry

from resolvers import pagination
from resolvers.context import Info
from resolvers.lists import filled
from resolvers.permissions import known, owned, signed_in
from resolvers.search.engines import DATABASE, Searchable, Wanted, searched
from resolvers.wishlist import store
from resolvers.wishlist.types import WishlistItem, WishlistPage, WishlistSearch
from services.mappings import WISHLIST

_LIMIT = 20
_SEARCHED = Searchable(WISHLIST, store.found, store.of_ids)


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
            return await _page(info, caller.id, search, category, limit=None, offset=0)  # type: ignore[return-value] # a mapping stands for its type
        page = 1 if page is None else page
        limit = _LIMIT if limit is None else limit
        offset = pagination.offset(page, limit)
        return await _page(info, caller.id, search, category, page=page, limit=limit, offset=offset)  # type: ignore[return-value] # as above

    @strawberry.field(
        description='Search your wishlist: words, beginnings of words, misspelt words, "phrases", -excluded; best match first. '
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
        found = await _page(info, caller.id, query, category, page=page, limit=limit, offset=offset, argument="query")
        message = f"Found {found['total']} wishlist items in {found['source']}"
        return {**found, "message": message}  # type: ignore[return-value] # a mapping stands for its type


async def _page(  # noqa: PLR0913 - a list's every choice
    info: Info,
    user_id: str,
    text: str | None,
    category: str | None,
    *,
    page: int = 1,
    limit: int | None,
    offset: int,
    argument: str = "search",
) -> dict[str, Any]:
    """What matches, or everything where nothing is searched for; without a limit on one page as long as the list."""
    filters = filled(category=category)
    if text and text.strip():
        wanted = Wanted(_SEARCHED, user_id, text, filters, limit, offset, argument)
        found = await searched(info.context.services, wanted)
        return found.page(page, pagination.whole(found.total) if limit is None else limit)
    rows = await store.page(info.context.database, user_id, filters, limit=limit, offset=offset)
    size = pagination.whole(rows[0]["total"]) if limit is None else limit
    return {**pagination.page_of(rows, page=page, limit=size, order="sortOrder"), "source": DATABASE}
