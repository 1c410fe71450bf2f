"""Every statement that counts MOCs (contract section 7)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, Text, bindparam, func, literal_column, select, true, union_all

from db.models import MocInstruction
from db.models.mocs import TYPE
from db.query import Query, string_list

if TYPE_CHECKING:
    from asyncpg import Record

    from db.engine import Session

_mocs = MocInstruction.c
_MINE = _mocs.user_id == bindparam("user_id")


def _by_name(column: ColumnElement[str]) -> tuple[ColumnElement[str], ...]:
    """An order by name that is the same on every server, whatever its collation."""
    return func.lower(column).collate("C"), column.collate("C")


def _kind(name: str) -> ColumnElement[str]:
    return literal_column(f"'{name}'::text", Text).label("kind")


def _by_category() -> Query:
    themes = (
        select(_kind("theme"), _mocs.theme.label("category"), func.count().label("count"))
        .where(_MINE, _mocs.theme != literal_column("''"))
        .group_by(_mocs.theme)
        .cte("themes")
    )
    tag = func.jsonb_array_elements_text(string_list(_mocs.tags)).table_valued("tag").render_derived()
    category = func.lower(tag.c.tag)
    tags = (
        select(_kind("tag"), category.label("category"), func.count(_mocs.id.distinct()).label("count"))
        .select_from(MocInstruction)
        .join(tag, true())
        .where(_MINE, literal_column("'moc'") == TYPE, category.not_in(select(func.lower(themes.c.category))))
        .group_by(category)
    )
    both = union_all(select(themes), tags).subquery()
    return Query(select(both).order_by(both.c.count.desc(), *_by_name(both.c.category)).limit(literal_column("10")))


def _uploads_over_time() -> Query:
    month = func.to_char(_mocs.created_at, literal_column("'YYYY-MM'"))
    category = func.coalesce(func.nullif(_mocs.theme, literal_column("''")), literal_column("'Unknown'"))
    since = func.timezone(literal_column("'utc'"), func.now()) - literal_column("interval '12 months'")
    return Query(
        select(month.label("date"), category.label("category"), func.count().label("count"))
        .where(_MINE, _mocs.created_at >= since)
        .group_by(month, category)
        .order_by(month, *_by_name(category))
    )


_BY_CATEGORY = _by_category()
_UPLOADS_OVER_TIME = _uploads_over_time()


async def by_category(session: Session, user_id: str) -> list[Record]:
    """The ten largest of a user's categories: themes of MOCs and sets, and the tags of MOCs that are no theme."""
    return await session.rows(_BY_CATEGORY, user_id=user_id)


async def uploads_over_time(session: Session, user_id: str) -> list[Record]:
    """A user's MOCs of the last twelve months by month and theme, oldest first."""
    return await session.rows(_UPLOADS_OVER_TIME, user_id=user_id)
