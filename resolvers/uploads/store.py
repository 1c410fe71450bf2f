"""Every statement about uploads that have not been taken yet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Integer, Text, bindparam, cast, delete, insert, literal_column, select, update

from db.models import Upload
from db.query import NOW, Query, among, iso

if TYPE_CHECKING:
    from asyncpg import Record

    from db.engine import Session

uploads = Upload.c
_LIFETIME = cast(bindparam("seconds", type_=Integer), Integer) * literal_column("interval '1 second'")
_INSERT = Query(
    insert(Upload)
    .values(
        user_id=bindparam("user_id"),
        created_at=NOW,
        expires_at=NOW + _LIFETIME,
        **{name: bindparam(name) for name in ("kind", "filename", "content_type", "size")},
    )
    .returning(uploads.id, iso(uploads.expires_at))
)
_FIND = Query(
    select(
        uploads.id,
        uploads.user_id,
        uploads.kind,
        uploads.filename,
        uploads.consumed_at.is_not(None).label("consumed"),
        (uploads.expires_at <= NOW).label("expired"),
    ).where(uploads.id == bindparam("id"))
)
_KINDS = Query(select(uploads.id, uploads.user_id, uploads.kind).where(uploads.id == among("ids")))
_CONSUME = Query(
    update(Upload)
    .where(uploads.id == bindparam("upload_id"), uploads.consumed_at.is_(None))
    .values(consumed_at=NOW)
    .returning(uploads.id)
)
_EXPIRE = Query(
    delete(Upload)
    .where(uploads.expires_at < NOW - literal_column("interval '1 hour'"))
    .returning(uploads.id, uploads.user_id, uploads.consumed_at.is_not(None).label("consumed"))
)
_FORGET = Query(delete(Upload).where(cast(uploads.id, Text) == bindparam("upload_id", type_=Text)))


async def insert_upload(session: Session, user_id: str, values: dict[str, Any], *, seconds: int) -> Record | None:
    """A new upload that expires after `seconds`: its `id` and `expires_at`."""
    return await session.row(_INSERT, user_id=user_id, seconds=seconds, **values)


async def find(session: Session, identifier: str) -> Record | None:
    """An upload: `user_id`, `kind`, `filename`, and whether it was `consumed` or has `expired`."""
    return await session.row(_FIND, id=identifier)


async def kinds(session: Session, ids: list[str]) -> list[Record]:
    """Those uploads among `ids` that there are: `id`, `user_id` and `kind`."""
    return await session.rows(_KINDS, ids=ids)


async def consume(session: Session, identifier: str) -> bool:
    """Take an upload; False if somebody has taken it already."""
    return await session.row(_CONSUME, upload_id=identifier) is not None


async def expire(session: Session) -> list[Record]:
    """Forget uploads that expired an hour ago or more: `id`, `user_id`, and whether they were `consumed`."""
    return await session.rows(_EXPIRE)


async def forget(session: Session, identifier: str) -> None:
    """Delete an upload, if `identifier` is the id of one."""
    await session.rows(_FORGET, upload_id=identifier)
