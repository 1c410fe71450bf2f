"""Reading MOCs (PRD 2.2, 2.3, 2.8)."""

from functools import partial
from typing import Annotated, Any

import strawberry

from resolvers import pagination
from resolvers.arguments import WORDS, After, Id, Limit, Page, Search, Tag
from resolvers.context import Info
from resolvers.lists import filled, listed
from resolvers.mocs import store
from resolvers.mocs.types import Moc, MocPage, MocSearch, MocSort, MocType
from resolvers.permissions import known, owned, signed_in
from resolvers.search.engines import DATABASE, Searchable, Wanted, searched
from services.mappings import MOCS

_SEARCHED = Searchable(MOCS, store.found, store.of_ids)
Theme = Annotated[str | None, strawberry.argument(description="Only what has this theme, letter case aside.")]
Type = Annotated[MocType | None, strawberry.argument(description="Only MOCs, or only sets.")]
Sort = Annotated[
    MocSort | None,
    strawberry.argument(
        description="The newest first without one. VALIDATION_ERROR together with `search`, whose order is relevance."
    ),
]
Words = Annotated[str | None, strawberry.argument(description=f"{WORDS} Without any all MOCs are found.")]
Start = Annotated[
    int,
    strawberry.argument(
        name="from", description=f"MOCs to leave out before the first: 0 to {pagination.MAX_OFFSET:,}."
    ),
]
Size = Annotated[int, strawberry.argument(description=f"MOCs to answer, at most: 1 to {pagination.MAX_LIMIT}.")]

_NEWEST: dict[str, Any] = {"order": "createdAt", "descending": True, "after": None}


@strawberry.type
class MocQueries:
    """The root fields about MOCs."""

    @strawberry.field(description="One of your MOCs, with everything that belongs to it.")
    async def moc(self, info: Info, id: Id) -> Moc | None:  # noqa: A002 - the argument's name in the schema
        """See the description; NOT_FOUND and FORBIDDEN as in the contract."""
        caller = signed_in(info)
        row = await store.detail(info.context.database, known(id, "MOC"))
        return owned(row, caller, "MOC")  # type: ignore[return-value] # a row stands for its type

    @strawberry.field(
        description="Your MOCs, newest first; by number of the page, or by cursor (`after`), which neither repeats nor skips while "
        "MOCs come and go; sorted by a field that is changed meanwhile, such as updatedAt, a MOC may be repeated or skipped. With "
        "`search` the best match comes first."
    )
    async def mocs(  # noqa: PLR0913, PLR0917 - a list's every choice; Strawberry passes them by name
        self,
        info: Info,
        page: Page = 1,
        limit: Limit = 20,
        after: After = None,
        search: Search = None,
        tag: Tag = None,
        type: Type = None,  # noqa: A002 - the argument's name in the schema
        theme: Theme = None,
        sort: Sort = None,
    ) -> MocPage | None:
        """See the description."""
        caller = signed_in(info)
        filters = filled(tag=tag, type=type.name if type else None, theme=theme)
        chosen = sort or MocSort()
        by, direction = chosen.field.name, chosen.direction.name
        return await listed(  # type: ignore[return-value] # a mapping stands for its type
            info.context.services,
            _SEARCHED,
            f"{by}:{direction}",
            partial(store.page, info.context.database, caller.id, filters, order=by, descending=direction == "desc"),
            user_id=caller.id,
            filters=filters,
            page=page,
            limit=limit,
            after=after,
            search=search,
            orders={"sort": sort},
        )

    @strawberry.field(
        description='Search your MOCs: words, beginnings of words, misspelt words, "phrases", -excluded; best match first. '
        "Without a query all of them, newest first."
    )
    async def search_mocs(
        self,
        info: Info,
        query: Words = None,
        tag: Tag = None,
        start: Start = 0,
        size: Size = 20,
    ) -> MocSearch | None:
        """See the description."""
        caller = signed_in(info)
        pagination.bounded(size, "size", 1, pagination.MAX_LIMIT)
        pagination.bounded(start, "from", 0, pagination.MAX_OFFSET)
        filters = filled(tag=tag)
        if query and query.strip():
            wanted = Wanted(_SEARCHED, caller.id, query, filters, size, start, "query")
            found = (await searched(info.context.services, wanted)).page(1, size)
        else:
            rows = await store.page(info.context.database, caller.id, filters, **_NEWEST, limit=size, offset=start)
            found = {**pagination.page_of(rows, page=1, limit=size, order="createdAt:desc"), "source": DATABASE}
        message = f"Found {found['total']} MOCs in {found['source']}"
        return {**found, "message": message}  # type: ignore[return-value] # a mapping stands for its type
