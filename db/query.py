"""Statements built once, at import, compiled once, when first used, and run on the driver's connection.

Building and compiling a `select` for each request costs more than PostgreSQL takes to answer it. A
`Query` is a SQLAlchemy Core statement, compiled once for asyncpg. Its rows are asyncpg Records whose keys are the labels of the
statement, which are the Python names of the GraphQL fields; the codecs of `db.engine` bring ids, times and JSON ready to be served.
"""

from __future__ import annotations

import re
import weakref
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    ColumnElement,
    DateTime,
    Dialect,
    Integer,
    Label,
    Select,
    String,
    Text,
    Uuid,
    any_,
    bindparam,
    case,
    cast,
    exists,
    func,
    literal_column,
    null,
    select,
    true,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.sql.compiler import SQLCompiler

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from asyncpg import Record
    from sqlalchemy import Table
    from sqlalchemy.sql.base import Executable

    from db.engine import Session

_DIALECT: Dialect = PGDialect_asyncpg()  # type: ignore[no-untyped-call] # SQLAlchemy leaves it untyped
_ISO: ColumnElement[str] = literal_column("""'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'""")
_STRINGS: ColumnElement[Any] = literal_column("""'$[*] ? (@.type() == "string")'""")
_MILLISECONDS: ColumnElement[str] = literal_column("'milliseconds'")
# The moment, in UTC, as exactly as clients see it; one for all columns of a statement.
NOW: ColumnElement[Any] = func.date_trunc(
    _MILLISECONDS, func.timezone(literal_column("'utc'"), func.statement_timestamp())
)


_TABLE = re.compile(r"\b(?:FROM|INTO|UPDATE|TABLE) \"?([a-z_]+)")
_queries: weakref.WeakSet[Query] = weakref.WeakSet()


class Query:
    """One statement, compiled when it is first used: its text, and the names of its parameters in the order of their places.

    Attributes:
        summary: what it does, and to which table; empty until it is compiled.
        told: what a span tells of it, by OpenTelemetry's names; no values are in it.
    """

    __slots__ = ("__weakref__", "_defaults", "_names", "_required", "_sql", "_statement", "summary", "told")

    def __init__(self, statement: Executable) -> None:
        self._statement: Executable | None = statement
        self._sql = ""
        self._names: tuple[str, ...] = ()
        self._defaults: dict[str, Any] = {}
        self._required: frozenset[str] = frozenset()
        self.summary = ""
        self.told: Mapping[str, str] = {}
        _queries.add(self)

    @property
    def sql(self) -> str:
        """The statement's text."""
        self.compile()
        return self._sql

    def compile(self) -> None:
        """Compile the statement, unless it is. Doing so with all of them at import would be a fifth of a cold start."""
        if self._statement is None:
            return
        compiled = self._statement.compile(dialect=_DIALECT)  # type: ignore[attr-defined] # every Executable here is a ClauseElement
        assert isinstance(compiled, SQLCompiler)  # noqa: S101 - narrows for mypy; DDL is never wrapped
        self._sql = compiled.string
        self._names = tuple(compiled.positiontup or ())
        self._defaults = compiled.params
        self._required = frozenset(name for name, bind in compiled.binds.items() if bind.required)
        self._statement = None
        self.summary = _summary(self._sql)
        self.told = {"db.query.summary": self.summary, "db.query.text": self._sql}

    def arguments(self, values: dict[str, Any]) -> list[Any]:
        """Put `values` in order. A name that the statement does not have, or has and is not given, is a mistake of the caller.

        Raises:
            KeyError: there is such a name.
        """
        self.compile()
        if not self._required <= values.keys() <= self._defaults.keys():
            unknown, missing = values.keys() - self._defaults.keys(), self._required - values.keys()
            raise KeyError(f"no such parameter: {sorted(unknown)}" if unknown else f"not given: {sorted(missing)}")
        defaults = self._defaults
        return [values[name] if name in values else defaults[name] for name in self._names]


def _summary(sql: str) -> str:
    """`SELECT moc_files`, for a statement's text."""
    table = _TABLE.search(sql)
    verb = sql.split(None, 1)[0].upper()
    return f"{verb} {table[1]}" if table else verb


def compile_all() -> int:
    """Compile every statement that has been built by now, where a start costs nobody anything (SnapStart); how many there are."""
    queries = list(_queries)
    for query in queries:
        query.compile()
    return len(queries)


class Update:
    """The statements that change one row of a table: one for each set of columns, compiled when it is first wanted.

    Args:
        table: which it is.
        version: its column that each change makes later.
        returning: what is told of the changed row.
    """

    def __init__(self, table: Table, version: ColumnElement[Any], returning: Sequence[ColumnElement[Any]]) -> None:
        self._table, self._version, self._returning = table, version, returning
        self._queries: dict[tuple[frozenset[str], frozenset[str]], Query] = {}

    async def row(self, session: Session, identifier: str, values: dict[str, Any], **only: str | None) -> Record | None:
        """Set the given columns of the row of this id, and a later version; the new row, None where there is no such row.

        Args:
            session: where to.
            identifier: of the row.
            values: by column.
            only: what the row must have when it is changed: its `owner`, its `version` as clients see it; None for any.
        """
        conditions = {name: value for name, value in only.items() if value is not None}
        kind = (frozenset(values), frozenset(conditions))
        if kind not in self._queries:
            self._queries[kind] = self._query(*kind)
        given = {f"new_{name}": value for name, value in values.items()}
        return await session.row(self._queries[kind], row_id=identifier, **given, **conditions)

    def _query(self, columns: frozenset[str], conditions: frozenset[str]) -> Query:
        table = self._table.c
        new: dict[str, ColumnElement[Any]] = {
            name: bindparam(f"new_{name}", type_=table[name].type) for name in sorted(columns)
        }
        new[str(self._version.key)] = later(self._version)
        statement = update(self._table).where(table["id"] == bindparam("row_id")).values(**new)
        if "owner" in conditions:
            statement = statement.where(table["user_id"] == bindparam("owner"))
        if "version" in conditions:
            statement = statement.where(iso(self._version).element == bindparam("version", type_=Text))
        return Query(statement.returning(*self._returning))


def iso(column: ColumnElement[Any], label: str | None = None) -> Label[str]:
    """`column`, a timestamp in UTC, as the contract's ISO-8601 text with milliseconds and Z (contract section 3)."""
    return func.to_char(column, _ISO, type_=String).label(label or column.key or "")


def later(version: ColumnElement[Any]) -> ColumnElement[Any]:
    """The moment, yet after `version`: what only grows, also for two updates within one millisecond, which is all that clients see."""
    return func.date_trunc(_MILLISECONDS, func.greatest(NOW, version + literal_column("interval '1 millisecond'")))


def json_rows(columns: Iterable[ColumnElement[Any]], *order: ColumnElement[Any]) -> ColumnElement[Any]:
    """An aggregate of rows as a JSON array of objects, keys as labelled, in `order`; an empty array for none."""
    pairs: list[ColumnElement[Any]] = []
    for column in columns:
        pairs += [literal_column(f"'{column.key}'"), column.element if isinstance(column, Label) else column]
    rows = func.jsonb_agg(func.jsonb_build_object(*pairs, type_=JSONB), type_=JSONB).aggregate_order_by(*order)
    return func.coalesce(rows, literal_column("'[]'::jsonb"), type_=JSONB)


def string_list(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """`column`, JSONB, as an array of strings or null: the legacy service stored single tags as bare strings, and checked none of them.

    A path in lax mode takes a bare string for a list of one.
    """
    lists = func.jsonb_typeof(column).in_([literal_column("'array'"), literal_column("'string'")])
    return case((lists, func.jsonb_path_query_array(column, _STRINGS, type_=JSONB)), else_=null())


def among(name: str) -> ColumnElement[Any]:
    """What an id is compared with to be one of the list of ids that is given as the parameter `name`.

    It travels as text: for an array of ids, whose codec is ours, asyncpg would ask the server about the type on each new connection.
    """
    return any_(cast(bindparam(name, type_=ARRAY(Text)), ARRAY(UUID)))


def tagged(tags: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether `tags`, JSONB, holds the parameter `tag`, letter case aside."""
    tag = func.jsonb_array_elements_text(string_list(tags)).column_valued("tag")
    return exists(select(literal_column("1")).where(func.lower(tag) == func.lower(bindparam("tag", type_=Text))))


def older(at: ColumnElement[Any], identifier: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether a row comes after the parameters `key` and `key_id`, a cursor's, where the newest come first, of equals by id."""
    place = tuple_(cast(bindparam("key", type_=Text), DateTime), bindparam("key_id", type_=Uuid))
    return tuple_(at, identifier) < place


def paged(
    columns: Iterable[ColumnElement[Any]], criteria: Iterable[ColumnElement[bool]], page: Select[Any], *order: str
) -> Query:
    """A statement that yields a page together with the length of the whole list, in one round trip, also where the page is empty.

    Args:
        columns: what a row of the page shows; `page` has them, and `sort_key`.
        criteria: what belongs to the list.
        page: the rows of the list, in order; the parameters `limit` and `offset` cut the page out of them.
        order: how to sort the page again outside; text of SQL over its columns.
    """
    total = select(func.count().label("total")).where(*criteria).subquery("whole")
    cut = page.limit(bindparam("limit", type_=Integer)).offset(bindparam("offset", type_=Integer))
    rows = cut.subquery("page")
    kept = [rows.c[str(column.key)] for column in columns]
    joined = select(total.c.total, *kept, rows.c.sort_key).select_from(total.outerjoin(rows, true()))
    return Query(joined.order_by(*(literal_column(f"page.{term}") for term in order)))
