"""Reading wishlists (PRD 3.6, 3.8)."""

from typing import Annotated, Any

import strawberry

from resolvers import pagination
from resolvers.arguments import WORDS, Category, Id, Limit, Page
from resolvers.context import Info
from resolvers.lists import filled
from resolvers.permissions import known, owned, signed_in
from resolvers.search.engines import DATABASE, Searchable, Wanted, searched
from resolvers.wishlist import store
from resolvers.wishlist.types import WishlistItem, WishlistPage, WishlistSearch
from services.mappings import WISHLIST

_LIMIT = 20
_ALL = "Without either the whole list is one page."
_SEARCHED = Searchable(WISHLIST, store.found, store.of_ids)

Search = Annotated[str | None, strawberry.argument(description=f"{WORDS} The best match comes first.")]
Words = Annotated[str | None, strawberry.argument(description=f"{WORDS} Without any the whole wishlist is found.")]
PageOfAll = Annotated[
    int | None,
    strawberry.argument(description=f"Number of the page, from 1; 1 where only `limit` is given. {_ALL}"),
]
LimitOfAll = Annotated[
    int | None,
    strawberry.argument(
        description=f"Items of a page: 1 to {pagination.MAX_LIMIT}; {_LIMIT} where only `page` is given. {_ALL}"
    ),
]
Start = Annotated[
    int | None,
    strawberry.argument(
        name="from",
        description=f"Items to leave out before the first, 0 to {pagination.MAX_OFFSET:,}, in place of the pages before `page`.",
    ),
]


@strawberry.type
class WishlistQueries:
    """The root fields about wishlists."""

    @strawberry.field(description="One item of your wishlist.")
    async def wishlist_item(
        self,
        info: Info,
        id: Id,  # noqa: A002 - the argument's name in the schema
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
        category: Category = None,
        search: Search = None,
        page: PageOfAll = None,
        limit: LimitOfAll = None,
    ) -> WishlistPage | None:
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
        query: Words = None,
        category: Category = None,
        page: Page = 1,
        limit: Limit = _LIMIT,
        start: Start = None,
    ) -> WishlistSearch | None:
        """See the description."""
        caller = signed_in(info)
        offset = pagination.offset(page if start is None else 1, limit)
        if start is not None:
            offset = pagination.bounded(start, "from", 0, pagination.MAX_OFFSET)
            page = offset // limit + 1
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
