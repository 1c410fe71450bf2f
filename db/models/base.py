"""The base of all mapped tables, and the column types that they share (contract section 6).

Mappings describe the tables for Alembic and for writes; reads run prepared statements (`db.query`). Annotations stay
evaluated in this folder, without the `__future__` import, because SQLAlchemy reads them.
"""

import uuid
from datetime import datetime
from typing import Annotated, ClassVar

from sqlalchemy import BigInteger, DateTime, MetaData, Text, Uuid, func, text
from sqlalchemy.orm import DeclarativeBase, mapped_column

Id = Annotated[uuid.UUID, mapped_column(primary_key=True, server_default=text("gen_random_uuid()"))]
"""A primary key, made by PostgreSQL."""

Timestamp = Annotated[datetime, mapped_column(server_default=func.now())]
"""A moment in UTC, stored without time zone as the legacy service does; now by default."""

Version = Annotated[int, mapped_column(BigInteger, server_default=text("1"))]
"""How often a row was written. A trigger counts, so that every writer does (docs/decisions/0015)."""


class Base(DeclarativeBase):
    """Base of all tables. Foreign keys are named as Drizzle named the legacy ones; every other name is written out."""

    metadata = MetaData(
        naming_convention={
            "fk": "%(table_name)s_%(column_0_name)s_%(referred_table_name)s_%(referred_column_0_name)s_fk",
        },
    )
    type_annotation_map: ClassVar = {str: Text(), datetime: DateTime(), uuid.UUID: Uuid()}
