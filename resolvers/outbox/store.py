"""Every statement about what is to be done outside of the database, later (design.md, "Search", "Uploads").

A row is written in the transaction that makes it necessary, and deleted when it is done: at least once, whatever crashes in between.
Rows are taken under a lock that others skip, so that any number of workers share them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Integer,
    any_,
    bindparam,
    cast,
    delete,
    func,
    insert,
    literal_column,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB

from db.models import Outbox
from db.query import NOW, Query

if TYPE_CHECKING:
    from collections.abc import Iterable

    from asyncpg import Record

    from db.engine import Session

Topic = Literal["delete-objects"]
FIRST_WAIT, LONGEST_WAIT = 5, 3600  # seconds after a failure, doubling

outbox = Outbox.__table__.c
_SECOND: Any = literal_column("interval '1 second'")
_IDS = any_(bindparam("ids", type_=ARRAY(BigInteger)))
_AFTER = NOW + cast(bindparam("seconds", type_=Integer), Integer) * _SECOND
_ADD = Query(
    insert(Outbox)
    .values(topic=bindparam("topic"), payload=bindparam("payload", type_=JSONB), created_at=NOW, due_at=_AFTER)
    .returning(outbox.id)
)
_DUE = Query(
    select(outbox.id, outbox.topic, outbox.payload, outbox.attempts)
    .where(outbox.due_at <= NOW)
    .order_by(outbox.due_at, outbox.id)
    .limit(bindparam("limit", type_=Integer))
    .with_for_update(skip_locked=True)
)
_DONE = Query(delete(Outbox).where(outbox.id == _IDS))
_KEEP = Query(
    delete(Outbox).where(
        outbox.topic == literal_column("'delete-objects'"), outbox.payload == bindparam("payload", type_=JSONB)
    )
)
_HASTEN = Query(update(Outbox).where(outbox.id == _IDS).values(due_at=NOW))
_WAIT = func.least(FIRST_WAIT * func.power(2, outbox.attempts), LONGEST_WAIT)
_FAILED = Query(
    update(Outbox).where(outbox.id == _IDS).values(attempts=outbox.attempts + 1, due_at=NOW + _WAIT * _SECOND)
)


async def add(session: Session, topic: Topic, payload: dict[str, Any], *, seconds: int = 0) -> int:
    """Leave something to be done, not before `seconds` have passed; the row's id."""
    return int(await session.value(_ADD, topic=topic, payload=payload, seconds=seconds))


async def delete_objects(session: Session, keys: Iterable[str], *, seconds: int = 0) -> int:
    """Leave the objects of these keys to be deleted, as `add`."""
    return await add(session, "delete-objects", {"keys": list(keys)}, seconds=seconds)


async def due(session: Session, limit: int) -> list[Record]:
    """What is due by now and nobody else is at: `id`, `topic`, `payload`, `attempts`; held until the transaction ends."""
    return await session.rows(_DUE, limit=limit)


async def done(session: Session, ids: list[int]) -> None:
    """Forget what was done, or need not be done."""
    await session.rows(_DONE, ids=ids)


async def keep(session: Session, key: str) -> None:
    """Do not delete the one object of this key, if that was to be done later."""
    await session.rows(_KEEP, payload={"keys": [key]})


async def hasten(session: Session, ids: list[int]) -> None:
    """Make what was to be done later due now."""
    await session.rows(_HASTEN, ids=ids)


async def failed(session: Session, ids: list[int]) -> None:
    """Put off what failed, for twice as long as the last time."""
    await session.rows(_FAILED, ids=ids)
