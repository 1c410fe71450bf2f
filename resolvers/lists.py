"""A list that a client reads by number of the page, by cursor, or by searching it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from resolvers import pagination
from resolvers.errors import FieldError, ValidationFailed
from resolvers.search.engines import Wanted, searched

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from asyncpg import Record

    from resolvers.context import Services
    from resolvers.search.engines import Searchable

    Rows = Callable[..., Awaitable[list[Record]]]


def filled(**filters: Any) -> dict[str, Any]:
    """The filters that were given; an empty text is none."""
    return {name: value for name, value in filters.items() if value not in (None, "")}


async def listed(  # noqa: PLR0913 - a list's every choice
    services: Services,
    kind: Searchable,
    order: str,
    rows: Rows,
    *,
    user_id: str,
    filters: dict[str, Any],
    page: int,
    limit: int,
    after: str | None,
    search: str | None,
    orders: Mapping[str, object] | None = None,
) -> dict[str, Any]:
    """One page: in `order`, or with `search` the best match first.

    Args:
        services: where to ask.
        kind: what is listed, as a search sees it.
        order: the order's name, which cursors carry.
        rows: the store's statement of the list, given `limit`, `offset` and `after`.
        user_id: whose list.
        filters: values of the store's `FILTERS`.
        page: number of the page.
        limit: items of a page.
        after: the cursor of the page before.
        search: what the user typed.
        orders: other arguments that choose an order, by name; like `after` they do not go with a search.

    Raises:
        ValidationFailed: an argument is out of bounds, no cursor, or does not go with another.
    """
    offset = pagination.offset(page, limit)
    if search and search.strip():
        for name, given in {"after": after, **(orders or {})}.items():
            if given:
                raise ValidationFailed(
                    FieldError((name,), "cannot be combined with search, which has the best match first, page by page")
                )
        found = await searched(services, Wanted(kind, user_id, search, filters, limit, offset))
        return found.page(page, limit)
    if after and page != 1:
        raise ValidationFailed(FieldError(("page",), "cannot be combined with after: send one of them"))
    place = pagination.Cursor.parse(after, order) if after else None
    return pagination.page_of(await rows(limit=limit, offset=offset, after=place), page=page, limit=limit, order=order)
