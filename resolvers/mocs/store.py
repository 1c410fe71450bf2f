"""Every statement about MOCs."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    DateTime,
    Integer,
    Text,
    Uuid,
    bindparam,
    cast,
    delete,
    func,
    select,
    tuple_,
)
from sqlalchemy.dialects.postgresql import insert

from db.models import MocInstruction
from db.models.mocs import TYPE
from db.query import NOW, Query, Update, among, iso, json_rows, paged, string_list, tagged
from resolvers.files import store as files_store
from resolvers.parts import store as parts_store
from resolvers.pictures import store as pictures
from resolvers.search.store import best, match

if TYPE_CHECKING:
    from asyncpg import Record

    from db.engine import Session
    from resolvers.pagination import Cursor

mocs = MocInstruction.c
COLUMNS = (
    mocs.id,
    mocs.user_id,
    TYPE.label("type"),
    mocs.title,
    mocs.description,
    mocs.author,
    mocs.parts_count,
    mocs.theme,
    mocs.subtheme,
    iso(mocs.uploaded_date),
    mocs.brand,
    mocs.set_number,
    mocs.release_year,
    mocs.retired,
    string_list(mocs.tags).label("tags"),
    mocs.thumbnail_url,
    mocs.total_piece_count,
    iso(mocs.created_at),
    iso(mocs.updated_at),
)

# -- lists ---------------------------------------------------------------------------------------------------------------------


class Order(NamedTuple):
    """A column to sort by, without nulls, and the type that a cursor's text is read as."""

    value: ColumnElement[Any]
    type: Any


ORDERS = {
    "createdAt": Order(mocs.created_at, DateTime),
    "updatedAt": Order(mocs.updated_at, DateTime),
    "title": Order(func.lower(mocs.title).collate("C"), Text),
    "partsCount": Order(func.coalesce(mocs.parts_count, 0), Integer),
    "releaseYear": Order(func.coalesce(mocs.release_year, 0), Integer),
}

FILTERS: dict[str, ColumnElement[bool]] = {
    "type": bindparam("type", type_=Text) == TYPE,
    "theme": func.lower(mocs.theme) == func.lower(bindparam("theme", type_=Text)),
    "tag": tagged(mocs.tags),
}


def _criteria(filters: frozenset[str]) -> list[ColumnElement[bool]]:
    return [mocs.user_id == bindparam("user_id"), *(FILTERS[name] for name in sorted(filters))]


@cache
def _list(filters: frozenset[str], order: str, *, descending: bool, after: bool) -> Query:
    value, kind = ORDERS[order]
    criteria = _criteria(filters)
    shown = list(criteria)
    if after:
        key = tuple_(value, mocs.id)
        place = tuple_(cast(bindparam("key", type_=Text), kind), bindparam("id", type_=Uuid))
        shown.append(key < place if descending else key > place)
    page = (
        select(*COLUMNS, value.label("sort_value"), cast(value, Text).label("sort_key"))
        .where(*shown)
        .order_by(*((value.desc(), mocs.id.desc()) if descending else (value, mocs.id)))
    )
    direction = " DESC" if descending else ""
    return paged(COLUMNS, criteria, page, f"sort_value{direction}", f"id{direction}")


async def page(  # noqa: PLR0913 - a list's every choice
    session: Session,
    user_id: str,
    filters: dict[str, Any],
    *,
    order: str,
    descending: bool,
    limit: int,
    offset: int,
    after: Cursor | None,
) -> list[Record]:
    """One user's MOCs: `limit` + 1 rows at most, in the form that `pagination.page_of` reads."""
    query = _list(frozenset(filters), order, descending=descending, after=after is not None)
    place = {"key": after.key, "id": after.id} if after else {}
    return await session.rows(query, user_id=user_id, limit=limit + 1, offset=offset, **filters, **place)


@cache
def _found(filters: frozenset[str], *, typos: bool) -> Query:
    text = match(title=mocs.title, tags=mocs.tags, description=mocs.description, document=mocs.search, typos=typos)
    return best(COLUMNS, _criteria(filters), text, mocs.updated_at, mocs.id)


async def found(  # noqa: PLR0913 - what a search needs
    session: Session,
    user_id: str,
    search: dict[str, Any],
    filters: dict[str, Any],
    *,
    typos: bool,
    limit: int,
    offset: int,
) -> list[Record]:
    """One user's MOCs that match, best first: `limit` + 1 rows at most, in the form that `pagination.page_of` reads.

    Args:
        session: where to ask.
        user_id: whose MOCs.
        search: the parameters that `search.store.parameters` makes of the user's words.
        filters: values of `FILTERS`.
        typos: whether the server has `pg_trgm`.
        limit: MOCs of a page.
        offset: MOCs before it.
    """
    query = _found(frozenset(filters), typos=typos)
    return await session.rows(query, user_id=user_id, limit=limit + 1, offset=offset, **search, **filters)


@cache
def _of_ids(filters: frozenset[str]) -> Query:
    return Query(select(*COLUMNS).where(*_criteria(filters), mocs.id == among("ids")))


async def of_ids(session: Session, user_id: str, filters: dict[str, Any], ids: list[str]) -> list[Record]:
    """Those of one user's MOCs that have these ids and pass the filters, in any order."""
    return await session.rows(_of_ids(frozenset(filters)), user_id=user_id, ids=ids, **filters)


# -- one MOC -------------------------------------------------------------------------------------------------------------------


_pictures = pictures.of(mocs.id)
_DETAIL = Query(
    select(
        *COLUMNS,
        select(json_rows(files_store.COLUMNS, *files_store.ORDER))
        .where(files_store.files.moc_id == mocs.id)
        .correlate(MocInstruction)
        .scalar_subquery()
        .label("files"),
        select(json_rows(*pictures.shown(_pictures))).scalar_subquery().label("images"),
        select(json_rows(parts_store.COLUMNS, *parts_store.ORDER))
        .where(parts_store.lists.moc_id == mocs.id)
        .correlate(MocInstruction)
        .scalar_subquery()
        .label("parts_lists"),
    ).where(mocs.id == bindparam("id"))
)


async def detail(session: Session, identifier: str) -> Record | None:
    """A MOC with its `files`, `images` and `parts_lists` as lists, in one statement."""
    return await session.row(_DETAIL, id=identifier)


# -- writes --------------------------------------------------------------------------------------------------------------------

_TAKEN = Query(select(mocs.id).where(mocs.user_id == bindparam("user_id"), mocs.title == bindparam("title")))
_it = mocs.id == bindparam("id")
_head = select(
    mocs.id, mocs.user_id, TYPE.label("type"), mocs.thumbnail_url, mocs.total_piece_count, iso(mocs.updated_at)
).where(_it)
_HEAD, _LOCKED, _DELETE = Query(_head), Query(_head.with_for_update()), Query(delete(MocInstruction).where(_it))


@cache
def _insert(columns: frozenset[str]) -> Query:
    values = {name: bindparam(f"new_{name}", type_=mocs[name].type) for name in sorted(columns)}
    owned = {"user_id": bindparam("user_id"), "type": bindparam("type"), "created_at": NOW, "updated_at": NOW}
    statement = insert(MocInstruction).values(**owned, **values)
    return Query(statement.on_conflict_do_nothing(index_elements=["user_id", "title"]).returning(*COLUMNS))


_UPDATE = Update(MocInstruction, mocs.updated_at, COLUMNS)


async def insert_moc(session: Session, user_id: str, kind: str, values: dict[str, Any]) -> Record | None:
    """Insert a MOC with the given columns, an `id` among them if one was chosen; None if the user has one of that title."""
    given = {f"new_{name}": value for name, value in values.items()}
    return await session.row(_insert(frozenset(values)), user_id=user_id, type=kind, **given)


async def taken(session: Session, user_id: str, title: str) -> bool:
    """Whether the user has a MOC of that title."""
    return await session.row(_TAKEN, user_id=user_id, title=title) is not None


async def head(session: Session, identifier: str) -> Record | None:
    """A MOC's `id`, `user_id`, `type`, `thumbnail_url` and `updated_at`."""
    return await session.row(_HEAD, id=identifier)


async def locked(session: Session, identifier: str) -> Record | None:
    """As `head`; nobody else changes the MOC until the transaction ends."""
    return await session.row(_LOCKED, id=identifier)


async def update_moc(session: Session, identifier: str, values: dict[str, Any], **only: str | None) -> Record | None:
    """Set the given columns and a later `updated_at`; the new row. `only` of what `owner` and `version`, as `Update.row` has it.

    Raises:
        Duplicate: the user has another MOC of that title (told when the transaction ends).
    """
    return await _UPDATE.row(session, identifier, values, **only)


async def delete_moc(session: Session, identifier: str) -> None:
    """Delete a MOC, and by cascade its files, parts lists and links."""
    await session.rows(_DELETE, id=identifier)
