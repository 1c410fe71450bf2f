"""Every statement about the files of a MOC."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import ARRAY, Integer, Text, Uuid, bindparam, cast, delete, func, literal_column, null, select, update
from sqlalchemy.dialects.postgresql import insert

from db.models import MocFile, MocInstruction
from db.query import NOW, Query, among, iso, later

if TYPE_CHECKING:
    from asyncpg import Record

    from db.engine import Session

files = MocFile.c
_mocs = MocInstruction.c
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


class NewFile(NamedTuple):
    """A row that is to be; the id was chosen for its object."""

    id: str
    file_type: str
    file_url: str
    original_filename: str
    mime_type: str


_OF_MOCS = Query(select(*COLUMNS).where(files.moc_id == among("moc_ids")).order_by(files.moc_id, *ORDER))
_FIND = Query(select(*COLUMNS).where(files.id == bindparam("id"), files.moc_id == bindparam("moc_id")))
_MOC = Query(select(_mocs.id, _mocs.user_id).where(_mocs.id == bindparam("id")))
# A lock on the file's row keeps it from being deleted between the check and what is to refer to it.
_OWNER = Query(
    select(_mocs.user_id, files.moc_id)
    .join_from(MocFile, MocInstruction, _mocs.id == files.moc_id)
    .where(files.id == bindparam("id"))
    .with_for_update(read=True, key_share=True, of=MocFile)
)
_DELETE = Query(
    delete(MocFile)
    .where(files.id == bindparam("id"), files.moc_id == bindparam("moc_id"))
    .returning(files.id, files.file_url)
)
_arrays = (bindparam(f"new_{name}", type_=ARRAY(Text)) for name in NewFile._fields)
_given = (
    func.unnest(*_arrays)
    .table_valued(*NewFile._fields, with_ordinality="place", name="given")
    .render_derived()  # or else the columns have no names
)
# Files that came together keep their order: clients see milliseconds, the table keeps their microseconds.
_MOMENT = NOW + cast(_given.c.place, Integer) * literal_column("interval '1 microsecond'")
_INSERT = Query(
    insert(MocFile)
    .from_select(
        ["moc_id", *NewFile._fields, "created_at"],
        select(
            cast(bindparam("moc_id", type_=Uuid), Uuid),
            cast(_given.c.id, Uuid),
            *(_given.c[name] for name in NewFile._fields if name != "id"),
            _MOMENT,
        ).order_by(_given.c.place),
    )
    .on_conflict_do_nothing(index_elements=["moc_id", "original_filename"])
    .returning(*COLUMNS)
)

_CONDEMN = Query(
    delete(MocFile)
    .where(files.file_url == bindparam("url"), _mocs.id == files.moc_id)
    .returning(files.id, files.moc_id, _mocs.user_id)
)
_HIDE = Query(
    update(MocInstruction)
    .where(_mocs.thumbnail_url == bindparam("url"))
    .values(thumbnail_url=null(), updated_at=later(_mocs.updated_at))
)


async def of_mocs(session: Session, moc_ids: list[str]) -> list[Record]:
    """The files of these MOCs, each MOC's oldest first."""
    return await session.rows(_OF_MOCS, moc_ids=moc_ids)


async def find(session: Session, moc_id: str, identifier: str) -> Record | None:
    """A file of this MOC; None if the MOC has no such file."""
    return await session.row(_FIND, moc_id=moc_id, id=identifier)


async def moc(session: Session, identifier: str) -> Record | None:
    """The `id` and `user_id` of a MOC, to ask whose it is before its files are looked at."""
    return await session.row(_MOC, id=identifier)


async def owner(session: Session, identifier: str) -> Record | None:
    """The `moc_id` and `user_id` of a file, which stays where it is until the transaction ends."""
    return await session.row(_OWNER, id=identifier)


async def insert_files(session: Session, moc_id: str, rows: list[NewFile]) -> list[Record]:
    """Insert files in this order; those whose name the MOC has already are left out of the rows."""
    columns = {f"new_{name}": [getattr(row, name) for row in rows] for name in NewFile._fields}
    inserted = {row["id"]: row for row in await session.rows(_INSERT, moc_id=moc_id, **columns)}
    return [inserted[row.id] for row in rows if row.id in inserted]


async def condemn(session: Session, file_url: str) -> list[Record]:
    """Delete the files of this URL, and take it off the MOC whose thumbnail it is: their `id`, `moc_id` and `user_id`."""
    await session.rows(_HIDE, url=file_url)
    return await session.rows(_CONDEMN, url=file_url)


async def delete_file(session: Session, moc_id: str, identifier: str) -> Record | None:
    """Delete a file of this MOC; its `id` and `file_url`, None if the MOC has no such file."""
    return await session.row(_DELETE, moc_id=moc_id, id=identifier)
