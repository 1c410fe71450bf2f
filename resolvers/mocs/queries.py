"""Reading MOCs (PRD 2.2, 2.3, 2.8)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from resolvers import pagination
from resolvers.context import Info
from resolvers.errors import FieldError, ValidationFailed
from resolvers.mocs import store
from resolvers.mocs.types import Moc, MocPage, MocSearch, MocSort, MocType
from resolvers.permissions import known, owned, signed_in
from resolvers.search import store as search

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from asyncpg import Record

_RELEVANCE = "relevance"


@strawberry.type
class MocQueries:
    """The root fields about MOCs."""

    @strawberry.field(description="One of your MOCs, with everything that belongs to it.")
    async def moc(self, info: Info, id: strawberry.ID) -> Moc | None:  # noqa: A002 - the argument's name in the schema
        """See the description; NOT_FOUND and FORBIDDEN as in the contract."""
        caller = signed_in(info)
        row = await store.detail(info.context.database, known(id, "MOC"))
        return owned(row, caller, "MOC")  # type: ignore[return-value] # a row stands for its type

    @strawberry.field(
        description="Your MOCs, newest first; by number of the page, or by cursor (`after`), which neither repeats nor skips. "
        "With `search` the best match comes first."
    )
    async def mocs(  # noqa: PLR0913, PLR0917 - a list's every choice; Strawberry passes them by name
        self,
        info: Info,
        page: int = 1,
        limit: int = 20,
        after: str | None = None,
        search: str | None = None,
        tag: str | None = None,
        type: MocType | None = None,  # noqa: A002 - the argument's name in the schema
        theme: str | None = None,
        sort: MocSort | None = None,
    ) -> MocPage:
        """See the description."""
        caller = signed_in(info)
        offset = pagination.offset(page, limit)
        filters = _given(tag=tag, type=type.value if type else None, theme=theme)
        if search and search.strip():
            if after or sort:
                wrong = "after" if after else "sort"
                raise ValidationFailed(
                    FieldError((wrong,), "does not go with search, whose order is relevance; use page")
                )
            rows = await _searched(info, caller.id, search, filters, limit=limit, offset=offset)
            found = pagination.page_of(rows, page=page, limit=limit, order=_RELEVANCE)
            return {**found, "next_cursor": None}  # type: ignore[return-value] # a mapping stands for its type
        if after and page != 1:
            raise ValidationFailed(FieldError(("page",), "does not go with after; send one of them"))
        sort = sort or MocSort()
        order = f"{sort.field.value}:{sort.direction.value}"
        rows = await store.page(
            info.context.database,
            caller.id,
            filters,
            order=sort.field.value,
            descending=sort.direction.value == "desc",
            limit=limit,
            offset=offset,
            after=pagination.Cursor.parse(after, order) if after else None,
        )
        return pagination.page_of(rows, page=page, limit=limit, order=order)  # type: ignore[return-value] # as above

    @strawberry.field(
        description='Search your MOCs: words, parts of words, misspelt words, "phrases", -excluded; best match first. '
        "Without a query all of them, newest first."
    )
    async def search_mocs(
        self,
        info: Info,
        query: str | None = None,
        tag: str | None = None,
        start: Annotated[int, strawberry.argument(name="from", description="MOCs to leave out before the first.")] = 0,
        size: int = 20,
    ) -> MocSearch:
        """See the description."""
        caller = signed_in(info)
        pagination.bounded(size, "size", 1, pagination.MAX_LIMIT)
        pagination.bounded(start, "from", 0, pagination.MAX_OFFSET)
        rows = await _searched(info, caller.id, query or "", _given(tag=tag), limit=size, offset=start)
        found = pagination.page_of(rows, page=1, limit=size, order=_RELEVANCE)
        message = f"Found {found['total']} MOCs in {search.ENGINE}"
        return {**found, "source": search.ENGINE, "message": message}  # type: ignore[return-value] # a mapping stands for its type


def _given(**filters: Any) -> dict[str, Any]:
    return {name: value for name, value in filters.items() if value not in (None, "")}


async def _searched(  # noqa: PLR0913 - what a search needs
    info: Info, user_id: str, text: str, filters: dict[str, Any], *, limit: int, offset: int
) -> list[Record]:
    """The rows that match, or all of them where nothing is searched for."""
    database = info.context.database
    if not text.strip():
        return await store.page(
            database, user_id, filters, order="createdAt", descending=True, limit=limit, offset=offset, after=None
        )

    def find(words: dict[str, Any], typos: bool) -> Awaitable[list[Record]]:  # noqa: FBT001 - the form that `timed` calls
        return store.found(database, user_id, words, filters, typos=typos, limit=limit, offset=offset)

    return await search.timed(database, "moc_instructions", text, find)
