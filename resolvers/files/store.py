"""Every statement about the files of a MOC."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from db.models import MocFile
from db.query import Query, among, iso

if TYPE_CHECKING:
    from asyncpg import Record

    from db.engine import Session

files = MocFile.__table__.c
COLUMNS = (
    files.id,
    files.moc_id,
    files.file_type,
    files.file_url,
    files.original_filename,
    files.mime_type,
    iso(files.created_at),
)
ORDER = (files.created_at, files.id)

_OF_MOCS = Query(select(*COLUMNS).where(files.moc_id == among("moc_ids")).order_by(files.moc_id, *ORDER))


async def of_mocs(session: Session, moc_ids: list[str]) -> list[Record]:
    """The files of these MOCs, each MOC's oldest first."""
    return await session.rows(_OF_MOCS, moc_ids=moc_ids)
