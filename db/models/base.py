"""What the tables have in common: their metadata, and the columns that several of them have (contract section 6).

The tables are SQLAlchemy Core's. Nothing is mapped to classes: rows are the objects (docs/decisions/0002), and the ORM would be a tenth of
a cold start.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, Column, DateTime, MetaData, Uuid, func, text

if TYPE_CHECKING:
    from datetime import datetime

# Foreign keys are named as Drizzle named the legacy ones; every other name is written out.
METADATA = MetaData(
    naming_convention={
        "fk": "%(table_name)s_%(column_0_name)s_%(referred_table_name)s_%(referred_column_0_name)s_fk",
    },
)


def identifier() -> Column[Any]:
    """`id`, a primary key made by PostgreSQL."""
    return Column("id", Uuid, primary_key=True, server_default=text("gen_random_uuid()"))


def timestamp(name: str) -> Column[datetime]:
    """A moment in UTC, stored without time zone as the legacy service does; now by default."""
    return Column(name, DateTime, server_default=func.now(), nullable=False)


def version() -> Column[int]:
    """`version`, how often a row was written. A trigger counts, so that every writer does (docs/decisions/0015)."""
    return Column("version", BigInteger, server_default=text("1"), nullable=False)
