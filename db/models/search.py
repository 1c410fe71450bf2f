"""The generated columns of PostgreSQL's full-text search (PRD 2.8 and 3.8, the fallback of OpenSearch)."""

from __future__ import annotations

from sqlalchemy import Column, Computed
from sqlalchemy.dialects.postgresql import TSVECTOR

LONGEST = 50_000
"""Characters of one column that are indexed. A tsvector holds 1 MiB, and the legacy service bounds neither description
nor tags: without a cut its longest write would fail. Three columns of this length fit, whatever their letters."""


def search_vector(**columns: str) -> Column[str]:
    """`search`, a stored `tsvector` in the English configuration, made of text or JSON columns, each under its weight.

    Args:
        columns: weight (A counts most, D least) to column name; a column of another type than text with its cast.
    """
    # Spelled as PostgreSQL prints it back, casts included: Alembic compares the two texts.
    expression = " || ".join(
        f"setweight(to_tsvector('english'::regconfig, COALESCE(\"left\"({column}, {LONGEST}), ''::text)),"
        f" '{weight}'::\"char\")"
        for weight, column in columns.items()
    )
    return Column("search", TSVECTOR, Computed(expression, persisted=True))
