"""What a database lacks of the legacy service's: read off the tables that revision 0001 makes, so that nothing is written twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from sqlalchemy import Connection

TABLES = frozenset(
    {
        "gallery_albums",
        "gallery_flags",
        "gallery_images",
        "moc_files",
        "moc_gallery_albums",
        "moc_gallery_images",
        "moc_instructions",
        "moc_parts_lists",
        "wishlist_items",
    }
)
"""Its tables (PRD 1.7.4)."""
_SHOWN = 5  # differences; a database that has more is another one
_COLUMNS = text(
    "SELECT relname, attname, format_type(atttypid, atttypmod) || CASE WHEN attnotnull THEN ' NOT NULL' ELSE '' END"
    " FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid"
    " WHERE relnamespace = CASE WHEN :wanted THEN pg_my_temp_schema() ELSE to_regnamespace(current_schema()) END"
    " AND relname = ANY(:tables) AND attnum > 0 AND NOT attisdropped"
)


def complaint(connection: Connection, tables: Collection[str], make: Callable[[], None]) -> str | None:
    """What the database lacks of a legacy one, and what would help; None where it has all. What it has beyond that does not matter.

    Args:
        connection: to the database; its transaction is rolled back.
        tables: of the database.
        make: makes the legacy tables, by `alembic.op`.
    """
    if missing := TABLES - set(tables):
        return f"it has no {', '.join(sorted(missing))}: check the URL; a new database needs upgrade, not adopt"
    if found := _differences(connection, make):
        more = "; ..." if len(found) > _SHOWN else ""
        return f"{'; '.join(found[:_SHOWN])}{more}: check the URL; nothing was changed"
    return None


def _differences(connection: Connection, make: Callable[[], None]) -> list[str]:
    """A clause for each column that is missing or of another type."""
    there = _columns(connection, wanted=False)
    # Temporary tables come and go without a lock on anything that others use.
    connection.execute(text("SET LOCAL search_path TO pg_temp"))
    with Operations.context(MigrationContext.configure(connection)):
        make()
    wanted = _columns(connection, wanted=True)
    connection.rollback()
    return [
        f"{table}.{column} is {there.get((table, column), 'missing')}, not {kind}"
        for (table, column), kind in sorted(wanted.items())
        if there.get((table, column)) != kind
    ]


def _columns(connection: Connection, *, wanted: bool) -> dict[tuple[str, str], str]:
    rows = connection.execute(_COLUMNS, {"tables": sorted(TABLES), "wanted": wanted})
    return {(table, column): kind for table, column, kind in rows}
