"""Every statement about keys of requests that must not take effect twice (docs/decisions/0024).

A request claims its key before it is carried out, marks it in each transaction of its own, and leaves its answer there in the end. A claim
is a row and a lease, no lock: nothing waits in PostgreSQL, no session is pinned, and whoever dies loses its key when the lease ends.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import Integer, bindparam, cast, delete, func, literal_column, null, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from db.models import IdempotencyKey
from db.query import NOW, Query
from resolvers.errors import Conflict

if TYPE_CHECKING:
    from collections.abc import Mapping

    from asyncpg import Record

    from db.engine import Session

LEASE = 60  # seconds in which a request must be done; API Gateway waits for half as long
KEPT = 86_400  # seconds for which an answer is kept

keys = IdempotencyKey.c
_SECOND: Any = literal_column("interval '1 second'")
_OWN = (keys.id == bindparam("key_id"), keys.owner == bindparam("key_owner"))
_new = insert(IdempotencyKey).values(
    id=bindparam("id"),
    user_id=bindparam("user_id"),
    fingerprint=bindparam("fingerprint"),
    owner=bindparam("owner"),
    created_at=NOW,
    leased_until=NOW + LEASE * _SECOND,
    expires_at=NOW + KEPT * _SECOND,
)
_given = ("user_id", "fingerprint", "owner", "created_at", "leased_until", "expires_at")
_CLAIM = Query(
    _new.on_conflict_do_update(
        index_elements=["id"],
        set_={name: _new.excluded[name] for name in _given}
        | dict.fromkeys(("committed_at", "status", "headers", "content"), null()),
        where=or_(
            keys.expires_at <= NOW,
            keys.owner == _new.excluded.owner,  # the same statement, sent again on another connection
            keys.status.is_(None) & keys.committed_at.is_(None) & (keys.leased_until <= NOW),
        ),
    ).returning(keys.id)
)
_FIND = Query(
    select(
        keys.fingerprint,
        keys.status,
        keys.headers,
        keys.content,
        (keys.leased_until > NOW).label("leased"),
        keys.committed_at.is_not(None).label("committed"),
    ).where(keys.id == bindparam("id"))
)
_COMMIT = Query(update(IdempotencyKey).where(*_OWN).values(committed_at=NOW).returning(keys.id))
_KEEP = Query(
    update(IdempotencyKey)
    .where(*_OWN)
    .values(status=bindparam("new_status"), headers=bindparam("new_headers"), content=bindparam("new_content"))
)
_RELEASE = Query(update(IdempotencyKey).where(*_OWN).values(leased_until=NOW).returning(keys.committed_at.is_(None)))
_expired = (
    select(keys.id)
    .where(keys.expires_at <= NOW)
    .order_by(keys.expires_at)
    .limit(cast(bindparam("limit", type_=Integer), Integer))
    .with_for_update(skip_locked=True)
)
_gone = delete(IdempotencyKey).where(keys.id.in_(_expired)).returning(keys.id).cte("gone")
_EXPIRE = Query(select(func.count()).select_from(_gone))


class Claim(NamedTuple):
    """The claim of one request to one key: the key's `id` in the table, and who the request is."""

    id: str
    owner: str


async def claim(session: Session, own: Claim, user_id: str, fingerprint: str) -> bool:
    """Claim a key for `LEASE` seconds; False where another request has it, or has answered under it.

    A key is free again when its day is over, and when whoever had it is late and has changed nothing.
    """
    row = await session.row(_CLAIM, id=own.id, owner=own.owner, user_id=user_id, fingerprint=fingerprint)
    return row is not None


async def find(session: Session, identifier: str) -> Record | None:
    """What is known of a key: `fingerprint`, whether it is `leased` and something has `committed` under it, and the answer.

    The answer is `status`, None while there is none, `headers` and `content`.
    """
    return await session.row(_FIND, id=identifier)


async def commit(transaction: Session, own: Claim) -> None:
    """Mark the key in a transaction of its request: either both take effect, or neither does.

    Raises:
        Conflict: the request was late, and another one has its key.
    """
    if await transaction.row(_COMMIT, key_id=own.id, key_owner=own.owner) is None:
        raise Conflict("Another request with this Idempotency-Key has been faster")


async def keep(session: Session, own: Claim, status: int, headers: Mapping[str, str], content: bytes) -> None:
    """Keep the answer, unless another request has the key by now."""
    answer = {"new_status": status, "new_headers": dict(headers), "new_content": content}
    await session.rows(_KEEP, key_id=own.id, key_owner=own.owner, **answer)


async def release(session: Session, own: Claim) -> bool:
    """End the lease; whether the key is free with it, which it is not where something has taken effect."""
    return bool(await session.value(_RELEASE, key_id=own.id, key_owner=own.owner))


async def expire(session: Session, limit: int) -> int:
    """Forget keys whose day is over, so many at most; how many they were."""
    return int(await session.value(_EXPIRE, limit=limit))
