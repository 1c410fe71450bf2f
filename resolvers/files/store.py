"""Every statement about the files of a MOC."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, select

from db.models import MocFile, MocInstruction
from db.query import Query, among, iso

if TYPE_CHECKING:
    from asyncpg import Record

    from db.engine import Session

files = MocFile.__table__.c
_mocs = MocInstruction.__table__.c
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
# A lock on the file's row keeps it from being deleted between the check and what is to refer to it.
_OWNER = Query(
    select(_mocs.user_id, files.moc_id)
    .join_from(MocFile, MocInstruction, _mocs.id == files.moc_id)
    .where(files.id == bindparam("id"))
    .with_for_update(read=True, key_share=True, of=MocFile)
)
_DELETE = Query(
    delete(MocFile).where(files.id == bindparam("id"), files.moc_id == bindparam("moc_id")).returning(files.id)
)


async def of_mocs(session: Session, moc_ids: list[str]) -> list[Record]:
    """The files of these MOCs, each MOC's oldest first."""
    return await session.rows(_OF_MOCS, moc_ids=moc_ids)


async def owner(session: Session, identifier: str) -> Record | None:
    """The `moc_id` and `user_id` of a file, which stays where it is until the transaction ends."""
    return await session.row(_OWNER, id=identifier)


async def delete_file(session: Session, moc_id: str, identifier: str) -> Record | None:
    """Delete a file of this MOC; its `id`, None if the MOC has no such file."""
    return await session.row(_DELETE, moc_id=moc_id, id=identifier)
