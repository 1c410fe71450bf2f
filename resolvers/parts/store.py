"""Every statement about parts lists and their parts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import (
    ARRAY,
    Integer,
    Numeric,
    Text,
    Uuid,
    bindparam,
    case,
    cast,
    delete,
    func,
    insert,
    literal_column,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import UUID

from db.models import MocInstruction, MocPart, MocPartsList
from db.query import Query, Update, among, iso, json_rows, later

if TYPE_CHECKING:
    from collections.abc import Iterable

    from asyncpg import Record

    from db.engine import Session
    from services.partslists.parts import Part

lists = MocPartsList.c
parts = MocPart.c
_mocs = MocInstruction.c
# The legacy service leaves these columns without NOT NULL; the contract promises values.
_BUILT = func.coalesce(lists.built, literal_column("false"))
_PURCHASED = func.coalesce(lists.purchased, literal_column("false"))
_PERCENTAGE = func.coalesce(lists.inventory_percentage, literal_column("'0.00'"))
COLUMNS = (
    lists.id,
    lists.moc_id,
    lists.file_id,
    lists.title,
    lists.description,
    _BUILT.label("built"),
    _PURCHASED.label("purchased"),
    _PERCENTAGE.label("inventory_percentage"),
    lists.total_parts_count,
    func.coalesce(lists.acquired_parts_count, literal_column("'0'")).label("acquired_parts_count"),
    lists.cost_estimate,
    lists.actual_cost,
    lists.notes,
    iso(lists.created_at),
    iso(lists.updated_at),
)
ORDER = (lists.created_at.desc(), lists.id)
PART_COLUMNS = (parts.part_id, parts.part_name, parts.quantity, parts.color)
PART_ORDER = (parts.part_id.collate("C"), parts.color.collate("C"), parts.id)  # alike on every server
WRITABLE = ("title", "description", "file_id", "total_parts_count", "cost_estimate", "notes")
RECENT = 10

# -- reads ---------------------------------------------------------------------------------------------------------------------


class Page(NamedTuple):
    """Which parts of a list are to be read: those of `color` (None for any, empty for none), `most` of them after the first `start`."""

    parts_list_id: str
    color: str | None
    start: int
    most: int


_OF_MOCS = Query(select(*COLUMNS).where(lists.moc_id == among("moc_ids")).order_by(lists.moc_id, *ORDER))
# Ids and numbers travel as text, for the reason that `among` tells.
_wanted = (
    func.unnest(
        *(
            cast(bindparam(name, type_=ARRAY(Text)), ARRAY(kind))
            for name, kind in zip(Page._fields, (UUID, Text, Integer, Integer), strict=True)
        )
    )
    .table_valued(*Page._fields, with_ordinality="place")
    .render_derived(name="wanted")
)
_color = _wanted.c.color
_shown = (
    select(*PART_COLUMNS, parts.id)
    .where(
        parts.parts_list_id == _wanted.c.parts_list_id,
        _color.is_(None) | (func.lower(func.coalesce(parts.color, literal_column("''"))) == func.lower(_color)),
    )
    .order_by(*PART_ORDER)
    .offset(_wanted.c.start)
    .limit(_wanted.c.most)
    .correlate(_wanted)
    .lateral("shown")
)
_PAGES_OF_PARTS = Query(
    select(_wanted.c.place, *(_shown.c[str(column.key)] for column in PART_COLUMNS))
    .join_from(_wanted, _shown, true())
    .order_by(_wanted.c.place, _shown.c.part_id.collate("C"), _shown.c.color.collate("C"), _shown.c.id)
)
_PIECES = func.sum(parts.quantity)
_SPELLING = func.min(parts.color.collate("C"))  # of those of one color, as `_shown` takes them for one
_COLORS_OF_LISTS = Query(
    select(
        parts.parts_list_id,
        _SPELLING.label("color"),
        _PIECES.label("pieces"),
        func.count(parts.part_id.distinct()).label("unique_parts"),
    )
    .where(parts.parts_list_id == among("parts_list_ids"))
    .group_by(parts.parts_list_id, func.lower(parts.color))
    .order_by(parts.parts_list_id, _PIECES.desc(), _SPELLING)
)
# A MOC without lists is one row whose id is null, so that it can be told from a MOC that is not there.
_OF_MOC = Query(
    select(_mocs.user_id, *COLUMNS)
    .outerjoin_from(MocInstruction, MocPartsList, lists.moc_id == _mocs.id)
    .where(_mocs.id == bindparam("moc_id"))
    .order_by(*ORDER)
)
_DETAIL = Query(
    select(_mocs.user_id, *COLUMNS)
    .outerjoin_from(
        MocInstruction,
        MocPartsList,
        (lists.moc_id == _mocs.id) & (lists.id == bindparam("id")),
    )
    .where(_mocs.id == bindparam("moc_id"))
)


def _summary() -> Query:
    mine = _mocs.user_id == bindparam("user_id")
    joined = lists.moc_id == _mocs.id
    # Text that is no number, which the legacy column may hold, counts as nothing at hand.
    share = case(
        (_PERCENTAGE.op("~")(literal_column(r"'^\d{1,3}(\.\d+)?$'")), cast(_PERCENTAGE, Numeric)),
        else_=literal_column("0"),
    )
    average = func.round(func.coalesce(func.avg(share), literal_column("0")), literal_column("2"))
    recent = (
        select(*COLUMNS, lists.created_at.label("at"))
        .join_from(MocPartsList, MocInstruction, joined)
        .where(mine)
        .order_by(*ORDER)
        .limit(literal_column(str(RECENT)))
        .subquery("recent")
    )
    shown = [recent.c[column.key] for column in COLUMNS]
    return Query(
        select(
            func.count().label("total_parts_lists"),
            func.count().filter(_BUILT).label("built_count"),
            func.count().filter(_PURCHASED).label("purchased_count"),
            cast(average, Text).label("average_inventory_percentage"),
            select(json_rows(shown, recent.c.at.desc(), recent.c.id)).scalar_subquery().label("recent_parts_lists"),
        )
        .join_from(MocPartsList, MocInstruction, joined)
        .where(mine)
    )


_SUMMARY = _summary()


async def of_mocs(session: Session, moc_ids: list[str]) -> list[Record]:
    """The parts lists of these MOCs, each MOC's newest first."""
    return await session.rows(_OF_MOCS, moc_ids=moc_ids)


async def pages_of_parts(session: Session, pages: list[Page]) -> list[Record]:
    """The parts of these pages, with the `place` of their page among them, counted from 1."""
    ids, colors, *numbers = zip(*pages, strict=True)
    start, most = (list(map(str, values)) for values in numbers)
    return await session.rows(_PAGES_OF_PARTS, parts_list_id=ids, color=colors, start=start, most=most)


async def colors_of_lists(session: Session, parts_list_ids: list[str]) -> list[Record]:
    """What these lists need of each color, letter case aside: `parts_list_id`, `color`, `pieces`, `unique_parts`; most pieces first."""
    return await session.rows(_COLORS_OF_LISTS, parts_list_ids=parts_list_ids)


async def of_moc(session: Session, moc_id: str) -> list[Record]:
    """The parts lists of a MOC, newest first, with the MOC's `user_id`; one row without `id` where it has none; none without MOC."""
    return await session.rows(_OF_MOC, moc_id=moc_id)


async def detail(session: Session, moc_id: str, identifier: str | None) -> Record | None:
    """A parts list with its MOC's `user_id`; without `id` where that MOC has no such list."""
    return await session.row(_DETAIL, moc_id=moc_id, id=identifier)


async def summary(session: Session, user_id: str) -> Record:
    """What a user's parts lists amount to, and the `recent_parts_lists`."""
    rows = await session.rows(_SUMMARY, user_id=user_id)
    return rows[0]


# -- writes --------------------------------------------------------------------------------------------------------------------

# Two lists of one MOC, made in one millisecond, still have a newest one, whose pieces the MOC tells.
_NEWEST = select(func.max(lists.created_at)).where(lists.moc_id == bindparam("moc_id")).scalar_subquery()
_INSERT = Query(
    insert(MocPartsList)
    .values(
        moc_id=bindparam("moc_id"),
        created_at=later(_NEWEST),
        updated_at=later(_NEWEST),
        **{name: bindparam(name) for name in WRITABLE},
    )
    .returning(*COLUMNS)
)
_given = (
    func.unnest(
        *(
            cast(bindparam(f"new_{column.key}", type_=ARRAY(kind)), ARRAY(kind))
            for column, kind in zip(PART_COLUMNS, (Text, Text, Integer, Text), strict=True)
        )
    )
    .table_valued(*(str(column.key) for column in PART_COLUMNS), name="given")
    .render_derived()
)
_INSERT_PARTS = Query(
    insert(MocPart).from_select(
        ["parts_list_id", *_given.c.keys()],
        select(cast(bindparam("list_id", type_=Uuid), Uuid), *_given.c),
    )
)
_LOCKED = Query(
    select(lists.id, lists.moc_id, iso(lists.updated_at))
    .where(lists.id == bindparam("id"), lists.moc_id == bindparam("moc_id"))
    .with_for_update()
)
_PIECES_OF_MOC = Query(
    select(cast(_PIECES, Integer))
    .join_from(MocPartsList, MocPart, parts.parts_list_id == lists.id)
    .where(lists.moc_id == bindparam("moc_id"))
    .group_by(lists.id)
    .order_by(*ORDER)
    .limit(literal_column("1"))
)
_DELETE = Query(delete(MocPartsList).where(lists.id == bindparam("id")))
_UPDATE = Update(MocPartsList, lists.updated_at, COLUMNS)


async def insert_list(session: Session, moc_id: str, values: dict[str, Any]) -> Record | None:
    """Insert a parts list; its row."""
    return await session.row(_INSERT, moc_id=moc_id, **values)


async def insert_parts(session: Session, identifier: str, given: Iterable[Part]) -> None:
    """Put parts on a list, all in one statement."""
    rows = list(given)
    columns = {f"new_{column.key}": [getattr(row, str(column.key)) for row in rows] for column in PART_COLUMNS}
    await session.rows(_INSERT_PARTS, list_id=identifier, **columns)


async def locked(session: Session, moc_id: str, identifier: str) -> Record | None:
    """`id`, `moc_id` and `updated_at` of a list of this MOC, which nobody else changes until the transaction ends."""
    return await session.row(_LOCKED, moc_id=moc_id, id=identifier)


async def update_list(session: Session, identifier: str, values: dict[str, Any]) -> Record | None:
    """Set the given columns and a later `updated_at`; the new row."""
    return await _UPDATE.row(session, identifier, values)


async def pieces(session: Session, moc_id: str) -> int | None:
    """All pieces of the newest list of a MOC that has parts; None without one."""
    found: int | None = await session.value(_PIECES_OF_MOC, moc_id=moc_id)
    return found


async def delete_list(session: Session, identifier: str) -> None:
    """Delete a parts list, and by cascade its parts."""
    await session.rows(_DELETE, id=identifier)
