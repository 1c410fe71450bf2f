"""Every statement about parts lists."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, literal_column, select

from db.models import MocPartsList
from db.query import Query, among, iso

if TYPE_CHECKING:
    from asyncpg import Record

    from db.engine import Session

lists = MocPartsList.__table__.c
# The legacy service leaves these columns without NOT NULL; the contract promises values.
COLUMNS = (
    lists.id,
    lists.moc_id,
    lists.file_id,
    lists.title,
    lists.description,
    func.coalesce(lists.built, literal_column("false")).label("built"),
    func.coalesce(lists.purchased, literal_column("false")).label("purchased"),
    func.coalesce(lists.inventory_percentage, literal_column("'0.00'")).label("inventory_percentage"),
    lists.total_parts_count,
    func.coalesce(lists.acquired_parts_count, literal_column("'0'")).label("acquired_parts_count"),
    lists.cost_estimate,
    lists.actual_cost,
    lists.notes,
    iso(lists.created_at),
    iso(lists.updated_at),
)
ORDER = (lists.created_at.desc(), lists.id)

_OF_MOCS = Query(select(*COLUMNS).where(lists.moc_id == among("moc_ids")).order_by(lists.moc_id, *ORDER))


async def of_mocs(session: Session, moc_ids: list[str]) -> list[Record]:
    """The parts lists of these MOCs, each MOC's newest first."""
    return await session.rows(_OF_MOCS, moc_ids=moc_ids)
