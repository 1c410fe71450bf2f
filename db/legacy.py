"""What a database lacks of the legacy service's: read off the tables that revision 0001 makes, so that nothing is written twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from sqlalchemy import Connection

_COLUMNS = text(
    "SELECT relname, attname, format_type(atttypid, atttypmod) || CASE WHEN attnotnull THEN ' NOT NULL' ELSE '' END"
    " FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid"
    " WHERE relnamespace = CASE WHEN :wanted THEN pg_my_temp_schema() ELSE to_regnamespace(current_schema()) END"
    " AND relname = ANY(:tables) AND attnum > 0 AND NOT attisdropped"
)


def differences(connection: Connection, tables: Iterable[str], make: Callable[[], None]) -> list[str]:
    """A clause for each column that is missing or of another type; what there is beyond them does not matter.

    Args:
        connection: to the database, in a transaction, which is rolled back.
        tables: by name.
        make: makes them, by `alembic.op`.
    """
    there = _columns(connection, tables, wanted=False)
    # Temporary tables come and go without a lock on anything that others use.
    connection.execute(text("SET LOCAL search_path TO pg_temp"))
    with Operations.context(MigrationContext.configure(connection)):
        make()
    wanted = _columns(connection, tables, wanted=True)
    connection.rollback()
    return [
        f"{table}.{column} is {there.get((table, column), 'missing')}, not {kind}"
        for (table, column), kind in sorted(wanted.items())
        if there.get((table, column)) != kind
    ]


def _columns(connection: Connection, tables: Iterable[str], *, wanted: bool) -> dict[tuple[str, str], str]:
    rows = connection.execute(_COLUMNS, {"tables": list(tables), "wanted": wanted})
    return {(table, column): kind for table, column, kind in rows}
