"""Every statement about wishlists."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Numeric,
    Text,
    Uuid,
    bindparam,
    case,
    cast,
    column,
    delete,
    func,
    insert,
    literal_column,
    select,
    text,
    update,
)

from db.models import WishlistItem
from db.query import NOW, Query, Update, among, iso, later, paged
from resolvers.search.store import best, match

if TYPE_CHECKING:
    from asyncpg import Record

    from db.engine import Session

items = WishlistItem.c
COLUMNS = (
    items.id,
    items.user_id,
    items.title,
    items.description,
    items.product_link,
    items.image_url,
    items.image_width,
    items.image_height,
    items.category,
    items.sort_order,
    iso(items.created_at),
    iso(items.updated_at),
)
WRITABLE = ("title", "description", "product_link", "image_url", "category", "sort_order")

# What `rules.place` takes for a number. Bounded, so that the cast cannot fail; in digits of ASCII, which are all that it reads.
_IS_NUMBER = items.sort_order.bool_op("~")(literal_column(r"'^-?[0-9]{1,50}(\.[0-9]{1,50})?([eE][-+]?[0-9]{1,2})?$'"))
_NUMBER = case((_IS_NUMBER, cast(items.sort_order, Numeric)))
_WORD = case((~_IS_NUMBER, items.sort_order)).collate("C")  # alike on every server
_ORDER = (_NUMBER, _WORD, items.created_at, items.id)  # nulls are last: every number comes before every word

# -- reads ---------------------------------------------------------------------------------------------------------------------

FILTERS: dict[str, ColumnElement[bool]] = {"category": items.category == bindparam("category")}


def _criteria(filters: frozenset[str]) -> list[ColumnElement[bool]]:
    return [items.user_id == bindparam("user_id"), *(FILTERS[name] for name in sorted(filters))]


@cache
def _list(filters: frozenset[str]) -> Query:
    criteria = _criteria(filters)
    number, word = _NUMBER.label("number"), _WORD.label("word")
    rows = (
        select(*COLUMNS, number, word, items.created_at.label("at"), literal_column("''").label("sort_key"))
        .where(*criteria)
        .order_by(*_ORDER)
    )
    return paged(COLUMNS, criteria, rows, "number", "word", "at", "id")


@cache
def _found(filters: frozenset[str], *, typos: bool) -> Query:
    words = match(
        title=items.title, tags=items.category, description=items.description, document=items.search, typos=typos
    )
    return best(COLUMNS, _criteria(filters), words, items.updated_at, items.id)


@cache
def _of_ids(filters: frozenset[str]) -> Query:
    return Query(select(*COLUMNS).where(*_criteria(filters), items.id == among("ids")))


_ITEM = Query(select(*COLUMNS).where(items.id == bindparam("id")))


async def page(
    session: Session, user_id: str, filters: dict[str, Any], *, limit: int | None, offset: int
) -> list[Record]:
    """One user's items in the order of the list: `limit` + 1 rows at most, in the form that `pagination.page_of` reads.

    Without a limit all of them.
    """
    most = None if limit is None else limit + 1
    return await session.rows(_list(frozenset(filters)), user_id=user_id, limit=most, offset=offset, **filters)


async def found(  # noqa: PLR0913 - what a search needs
    session: Session,
    user_id: str,
    search: dict[str, Any],
    filters: dict[str, Any],
    *,
    typos: bool,
    limit: int | None,
    offset: int,
) -> list[Record]:
    """One user's items that match, best first, in the form of `page`.

    Args:
        session: where to ask.
        user_id: whose items.
        search: the parameters that `search.store.parameters` makes of the user's words.
        filters: values of `FILTERS`.
        typos: whether the server has `pg_trgm`.
        limit: items of a page, None for all.
        offset: items before it.
    """
    query = _found(frozenset(filters), typos=typos)
    most = None if limit is None else limit + 1
    return await session.rows(query, user_id=user_id, limit=most, offset=offset, **search, **filters)


async def of_ids(session: Session, user_id: str, filters: dict[str, Any], ids: list[str]) -> list[Record]:
    """Those of one user's items that have these ids and pass the filters, in any order."""
    return await session.rows(_of_ids(frozenset(filters)), user_id=user_id, ids=ids, **filters)


async def item(session: Session, identifier: str) -> Record | None:
    """An item."""
    return await session.row(_ITEM, id=identifier)


# -- writes --------------------------------------------------------------------------------------------------------------------

_INSERT = Query(
    insert(WishlistItem)
    .values(
        user_id=bindparam("user_id"),
        created_at=NOW,
        updated_at=NOW,
        **{name: bindparam(name) for name in WRITABLE},
    )
    .returning(*COLUMNS)
)
_LOCKED = Query(
    select(items.id, items.user_id, items.image_url, iso(items.updated_at))
    .where(items.id == bindparam("id"))
    .with_for_update()
)
_OWNER = Query(select(items.user_id).where(items.id == bindparam("id")))
_PICTURE = func.split_part(items.image_url, literal_column("'?'"), literal_column("1"))  # without its version
_SHOWN = Query(
    select(items.id)
    .where(items.user_id == bindparam("user_id"), bindparam("image_url", type_=Text) == _PICTURE)
    .limit(literal_column("1"))
)
_DELETE = Query(delete(WishlistItem).where(items.id == bindparam("id")))
_UPDATE = Update(WishlistItem, items.updated_at, COLUMNS)


async def insert_item(session: Session, user_id: str, values: dict[str, Any]) -> Record | None:
    """Insert an item; its row."""
    return await session.row(_INSERT, user_id=user_id, **values)


async def locked(session: Session, identifier: str) -> Record | None:
    """`id`, `user_id`, `image_url` and `updated_at` of an item, which nobody else changes until the transaction ends."""
    return await session.row(_LOCKED, id=identifier)


async def owner(session: Session, identifier: str) -> Record | None:
    """The `user_id` of an item."""
    return await session.row(_OWNER, id=identifier)


async def shows(session: Session, user_id: str, image_url: str) -> bool:
    """Whether any item of a user has the picture of this URL, in whatever version."""
    return await session.row(_SHOWN, user_id=user_id, image_url=image_url) is not None


async def update_item(session: Session, identifier: str, values: dict[str, Any]) -> Record | None:
    """Set the given columns and a later `updated_at`; the new row."""
    return await _UPDATE.row(session, identifier, values)


async def delete_item(session: Session, identifier: str) -> None:
    """Delete an item."""
    await session.rows(_DELETE, id=identifier)


# -- positions -----------------------------------------------------------------------------------------------------------------

# Advisory locks would pin the session that RDS Proxy lends; locks of rows and tables end with the transaction. Rows are locked from the
# oldest on: whoever waits for it holds no newer one, which the transaction that goes first may have seen since, and moves. Where a user
# has no rows, nothing but the table can be locked against a second first item. Whoever holds rows enters the table, too, before
# looking: it would overtake a first item that is being written.
_ROWS = Query(
    select(items.id).where(items.user_id == bindparam("user_id")).order_by(items.created_at, items.id).with_for_update()
)
_ENTER = Query(text("LOCK TABLE wishlist_items IN ROW EXCLUSIVE MODE"))
_ALONE = Query(text("LOCK TABLE wishlist_items IN SHARE ROW EXCLUSIVE MODE"))
_POSITIONS = Query(select(items.id, items.sort_order).where(items.user_id == bindparam("user_id")).order_by(*_ORDER))
_OWNERS = Query(select(items.id, items.user_id).where(items.id == among("ids")))


def _move() -> Query:
    ids = cast(bindparam("ids", type_=ARRAY(Text)), ARRAY(Uuid))
    pairs = func.unnest(ids, bindparam("positions", type_=ARRAY(Text)))
    moved = pairs.table_valued(column("id", Uuid), column("sort_order", Text)).render_derived(name="moved")
    statement = update(WishlistItem).where(items.id == moved.c.id)
    return Query(statement.values(sort_order=moved.c.sort_order, updated_at=later(items.updated_at)))


_MOVE = _move()


async def positions(session: Session, user_id: str) -> dict[str, str]:
    """Every position of a user's wishlist by id, in its order; nobody else gives one until the transaction ends.

    What was committed while this waited for its locks is seen, because each statement looks anew (READ COMMITTED).
    """
    held = await session.rows(_ROWS, user_id=user_id)
    await session.rows(_ENTER if held else _ALONE)
    return {row["id"]: row["sort_order"] for row in await session.rows(_POSITIONS, user_id=user_id)}


async def owners(session: Session, ids: list[str]) -> dict[str, Record]:
    """`id` and `user_id` of those of these items that there are, by id."""
    return {row["id"]: row for row in await session.rows(_OWNERS, ids=ids)}


async def move(session: Session, sort_orders: dict[str, str]) -> None:
    """Give items new positions, by id, and a later `updated_at`."""
    await session.rows(_MOVE, ids=[*sort_orders], positions=[*sort_orders.values()])
