"""Every statement about what is to be done outside of the database, later (docs/decisions/0015).

A row is written in the transaction that makes it necessary, and deleted when it is done: at least once, whatever crashes in between.
Rows are taken under a lock that others skip, so that any number of workers share them. What fails by a fault of its own is tried ten times
and dead then, until an operator has it tried again or drops it; what fails because an outside part is away waits for as long as that lasts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import asyncpg
from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Integer,
    Text,
    all_,
    and_,
    any_,
    bindparam,
    case,
    cast,
    delete,
    func,
    insert,
    literal_column,
    null,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB

from db.models import Outbox
from db.query import NOW, Query, iso

if TYPE_CHECKING:
    from collections.abc import Iterable

    from asyncpg import Record

    from db.engine import Session

Topic = Literal["changed", "delete-objects"]
FIRST_WAIT, LONGEST_WAIT = 5, 60  # seconds that something is put off for
ATTEMPTS = 10  # that failed by a fault of its own, and it is dead
_LONGEST_ERROR = 500  # characters

outbox = Outbox.c
_SECOND: Any = literal_column("interval '1 second'")
_IDS = any_(bindparam("ids", type_=ARRAY(BigInteger)))
_ERROR = bindparam("error", type_=Text)
_AFTER = NOW + cast(bindparam("seconds", type_=Integer), Integer) * _SECOND
_CHANGED = outbox.topic == literal_column("'changed'")
_ADD = Query(
    insert(Outbox)
    .values(topic=bindparam("topic"), payload=bindparam("payload", type_=JSONB), created_at=NOW, due_at=_AFTER)
    .returning(outbox.id)
)
_DUE = Query(
    select(outbox.id, outbox.topic, outbox.payload, outbox.attempts)
    .where(
        outbox.due_at <= NOW,
        outbox.dead_at.is_(None),
        outbox.topic != all_(bindparam("without", type_=ARRAY(Text))),
    )
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
_FAILED = Query(
    update(Outbox)
    .where(outbox.id == _IDS)
    .values(
        attempts=outbox.attempts + 1,
        error=_ERROR,
        due_at=NOW + FIRST_WAIT * func.power(2, outbox.attempts) * _SECOND,
        dead_at=case((outbox.attempts + 1 >= ATTEMPTS, NOW), else_=null()),
    )
)
# As long as it has waited already, which doubles its age each time.
_AGE: ColumnElement[Any] = NOW - outbox.created_at
_PUT_OFF = Query(
    update(Outbox)
    .where(outbox.id == _IDS)
    .values(error=_ERROR, due_at=NOW + func.least(func.greatest(_AGE, FIRST_WAIT * _SECOND), LONGEST_WAIT * _SECOND))
)
_WAITING = Query(
    select(
        outbox.topic,
        func.count().label("count"),
        cast(func.extract("epoch", func.max(_AGE)), Integer).label("seconds"),
        func.max(outbox.error).label("error"),
    )
    .where(outbox.dead_at.is_(None))
    .group_by(outbox.topic)
    .order_by(outbox.topic)
)
# What was tried in vain waits since it was made; what was not, since it is due.
_WAIT: ColumnElement[Any] = NOW - case((outbox.error.is_(None), outbox.due_at), else_=outbox.created_at)
_AWAITED = and_(outbox.dead_at.is_(None), or_(outbox.due_at <= NOW, outbox.error.is_not(None)))
_STATE = Query(
    select(
        func.coalesce(cast(func.extract("epoch", func.max(_WAIT).filter(_AWAITED)), Integer), literal_column("0")),
        func.count().filter(outbox.dead_at.is_not(None)),
    )
)
_DEAD = Query(
    select(outbox.id, outbox.topic, outbox.payload, outbox.attempts, iso(outbox.dead_at), outbox.error)
    .where(outbox.dead_at.is_not(None))
    .order_by(outbox.id)
    .limit(bindparam("limit", type_=Integer))
)
_REVIVED = update(Outbox).values(dead_at=null(), attempts=literal_column("0"), due_at=NOW).returning(outbox.id)
_REPLAY = Query(_REVIVED.where(outbox.dead_at.is_not(None), outbox.id == _IDS))
_REPLAY_ALL = Query(_REVIVED.where(outbox.dead_at.is_not(None)))
_DROP = Query(delete(Outbox).where(outbox.dead_at.is_not(None), outbox.id == _IDS).returning(outbox.id))
# One rebuild of indices at a time; it keeps nobody from writing rows, and ends with the transaction.
_CLAIM = Query(text("LOCK TABLE outbox IN SHARE UPDATE EXCLUSIVE MODE NOWAIT"))
_SETTLED = Query(
    select(func.count()).select_from(select(outbox.id).where(_CHANGED).with_for_update().subquery("changed"))
)


class Claimed(Exception):
    """Another process is rebuilding indices."""


async def add(session: Session, topic: Topic, payload: dict[str, Any], *, seconds: int = 0) -> int:
    """Leave something to be done, not before `seconds` have passed; the row's id."""
    return int(await session.value(_ADD, topic=topic, payload=payload, seconds=seconds))


async def delete_objects(session: Session, keys: Iterable[str], *, seconds: int = 0) -> int:
    """Leave the objects of these keys to be deleted, as `add`."""
    return await add(session, "delete-objects", {"keys": list(keys)}, seconds=seconds)


async def expire(session: Session, user_id: str) -> int:
    """Leave it to be told to all caches that what a user sees has changed elsewhere than in a table, whose triggers do this; as `add`."""
    return await add(session, "changed", {"table": "", "user_id": user_id})


async def due(session: Session, limit: int, without: Iterable[str] = ()) -> list[Record]:
    """What is due by now and nobody else is at: `id`, `topic`, `payload`, `attempts`; held until the transaction ends.

    Args:
        session: the transaction.
        limit: rows at most.
        without: topics to leave alone.
    """
    return await session.rows(_DUE, limit=limit, without=list(without))


async def done(session: Session, ids: list[int]) -> None:
    """Forget what was done, or need not be done."""
    await session.rows(_DONE, ids=ids)


async def keep(session: Session, key: str) -> None:
    """Do not delete the one object of this key, if that was to be done later."""
    await session.rows(_KEEP, payload={"keys": [key]})


async def hasten(session: Session, ids: list[int]) -> None:
    """Make what was to be done later due now."""
    await session.rows(_HASTEN, ids=ids)


async def failed(session: Session, ids: list[int], error: str) -> None:
    """Put off what has failed by a fault of its own, for twice as long as the last time; the tenth time it is dead."""
    await session.rows(_FAILED, ids=ids, error=_storable(error))


async def put_off(session: Session, ids: list[int], error: str) -> None:
    """Put off what cannot be done while an outside part is away, for a minute at most, and as often as need be."""
    await session.rows(_PUT_OFF, ids=ids, error=_storable(error))


async def waiting(session: Session) -> list[Record]:
    """What waits, by `topic`: `count`, the oldest one's age in `seconds`, and an `error` if there was one."""
    return await session.rows(_WAITING)


async def state(session: Session) -> tuple[int, int]:
    """For how many seconds the oldest row has been waiting to be done, and how many are dead."""
    age, dead = await session.row(_STATE) or (0, 0)
    return age, dead


async def dead(session: Session, limit: int) -> list[Record]:
    """The first of the dead: `id`, `topic`, `payload`, `attempts`, `dead_at`, `error`."""
    return await session.rows(_DEAD, limit=limit)


async def replay(session: Session, ids: list[int] | None = None) -> list[int]:
    """Have dead ones tried again, as if for the first time: these, or all; the ids of those that were dead."""
    rows = await (session.rows(_REPLAY_ALL) if ids is None else session.rows(_REPLAY, ids=ids))
    return [row["id"] for row in rows]


async def drop(session: Session, ids: list[int]) -> list[int]:
    """Forget dead ones; the ids of those that were dead."""
    return [row["id"] for row in await session.rows(_DROP, ids=ids)]


async def claim(session: Session) -> None:
    """Be the one that rebuilds indices, until the transaction ends; again, to be sure that one still is.

    Raises:
        Claimed: another is.
    """
    try:
        await session.rows(_CLAIM)
    except asyncpg.LockNotAvailableError as error:
        raise Claimed("another process is rebuilding indices") from error


async def settled(session: Session) -> None:
    """Wait until all workers are done with what they are indexing now."""
    await session.value(_SETTLED)


def _storable(error: str) -> str:
    return error.replace("\0", "")[:_LONGEST_ERROR].encode("utf-8", "replace").decode()
