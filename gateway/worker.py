"""Does what transactions have left to be done: empties the outbox (docs/decisions/0015).

In AWS a function of its own runs `drain` on a schedule; an API whose process stays runs `keep_draining` beside it. Any number
of both share the work.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable
from contextlib import suppress
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from asyncpg import PostgresError

from db.errors import DatabaseError
from gateway import indexing
from resolvers.files import store as files
from resolvers.idempotency import store as idempotency
from resolvers.outbox import store as outbox
from resolvers.uploads import store as uploads
from services import keys, metrics
from services.aws import Unavailable
from services.breaker import Unreachable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from asyncpg import Record

    from db.engine import Session
    from resolvers.context import Services

BATCH = 500  # rows of one transaction
VERDICT = "GuardDuty Malware Protection Object Scan Result"  # the kind of event
_THREAT = "THREATS_FOUND"
PAUSE = 5.0  # seconds between two looks
SETTLE = 1.0  # seconds between two while Redis has not been told of all changes

# Not the fault of what is to be done.
_AWAY = (Unreachable, Unavailable, DatabaseError, OSError, TimeoutError)
_log = logging.getLogger("brickgate.worker")


Duty = Callable[["Services", "Session", "Sequence[Record]"], Awaitable[dict[int, str]]]
"""Does what rows of one topic ask for, in the transaction that holds them. Returns why single rows failed by a fault of their own; what
it raises concerns them all."""


async def _delete_objects(services: Services, _: Session, rows: Sequence[Record]) -> dict[int, str]:
    await services.storage.delete(key for row in rows for key in row["payload"]["keys"])
    return {}


DUTIES: Mapping[str, Duty] = {"changed": indexing.index, "delete-objects": _delete_objects}


async def drain(services: Services, seconds: float = math.inf) -> int:
    """Do all that is due; the number of things done. What fails is put off, and everything else done all the same.

    Args:
        services: of this process.
        seconds: that it may take to make an index that is missing; the next one goes on with it.
    """
    await _measure(services)
    await _expire(services)
    await indexing.prepare(services, seconds)
    done = 0
    away: set[str] = set()
    while (batch := await _batch(services, away)) is not None:
        done += batch
    return done


async def keep_draining(services: Services) -> None:
    """Look for what is due again and again, and at once when something has changed, until it is cancelled."""
    while True:
        services.changed.clear()
        try:
            await drain(services)
        except Exception as error:  # noqa: BLE001 - whatever is down today, tomorrow's work is not to be missed
            _warn("the outbox was not reached", error)
        metrics.flush()
        with suppress(TimeoutError):
            async with asyncio.timeout(SETTLE if await _owing(services) else PAUSE):
                await services.changed.wait()


async def _owing(services: Services) -> bool:
    """Whether there are changes that Redis still has not been told of."""
    if services.cache is None:
        return False
    with suppress(Unreachable):
        await services.cache.settle()
    return services.cache.owes


async def judge(services: Services, event: Mapping[str, Any]) -> bool:
    """Act on GuardDuty's verdict on an object: where there is a threat, the object goes, and with it the rows that lead to it.

    Source: https://docs.aws.amazon.com/guardduty/latest/ug/monitor-with-eventbridge-s3-malware-protection.html

    Args:
        services: of this process.
        event: as EventBridge sends it; it may come more than once.

    Returns:
        Whether there was a threat.
    """
    detail = event["detail"]
    key, result = detail["s3ObjectDetails"]["objectKey"], detail["scanResultDetails"]
    if result["scanResultStatus"] != _THREAT:
        return False
    threats = ", ".join(threat["name"] for threat in result.get("threats") or ())
    owners: set[str] = set()
    async with services.transaction(owners) as transaction:
        rows = await files.condemn(transaction, services.storage.location(key))
        owners |= {row["user_id"] for row in rows}
        await uploads.forget(transaction, key.rpartition("/")[2])
        await outbox.delete_objects(transaction, [key])
    _log.error("malware found", extra={"key": key, "threats": threats, "files": [row["id"] for row in rows]})
    return True


async def _measure(services: Services) -> None:
    """Note what waits before any of it is done; nobody but the metrics wants to know."""
    if metrics.counting():
        age, dead = await outbox.state(services.database)
        metrics.count(metrics.OUTBOX_AGE, age)
        metrics.count(metrics.OUTBOX_DEAD, dead)


async def _batch(services: Services, away: set[str]) -> int | None:
    """Do some of what is due; how many things were done, None where nothing was due.

    Args:
        services: of this process.
        away: topics whose outside part is away, which are left alone; it gains those that turn out to be.
    """
    done = 0
    async with services.database.transaction() as transaction:
        rows = sorted(await outbox.due(transaction, BATCH, away), key=itemgetter("topic"))
        for topic, group in groupby(rows, key=itemgetter("topic")):
            work = list(group)
            try:
                failures = await _attempt(services, transaction, topic, work)
            except _AWAY as error:
                _warn("put off", error, topic=topic, count=len(work))
                await outbox.put_off(transaction, [row["id"] for row in work], str(error) or repr(error))
                away.add(topic)
                continue
            for row in work:
                if reason := failures.get(row["id"]):
                    await _fail(transaction, row, reason)
            kept = [row["id"] for row in work if row["id"] not in failures]
            await outbox.done(transaction, kept)
            done += len(kept)
    return done if rows else None


async def _attempt(services: Services, session: Session, topic: str, rows: list[Record]) -> dict[int, str]:
    """Do what these rows ask for; why single ones failed. Where one spoils it for all, each gets a try of its own."""
    duty = DUTIES.get(topic)
    if duty is None:
        return dict.fromkeys((row["id"] for row in rows), f"there is no duty for the topic {topic}")
    try:
        return await duty(services, session, rows)
    except _AWAY:
        raise
    except PostgresError:  # nothing more can be said in this transaction
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, the row is tried again, and ends up before an operator
        if len(rows) == 1:
            return {rows[0]["id"]: repr(error)}
    failures: dict[int, str] = {}
    for row in rows:
        failures |= await _attempt(services, session, topic, [row])
    return failures


async def _fail(session: Session, row: Record, reason: str) -> None:
    facts = {"id": row["id"], "topic": row["topic"], "errorMessage": reason}
    if row["attempts"] + 1 < outbox.ATTEMPTS:
        _log.warning("failed", extra=facts)
    else:
        _log.error("given up, see: make outbox", extra=facts)
    await outbox.failed(session, [row["id"]], reason)


async def _expire(services: Services) -> None:
    """Forget uploads that nobody took in time, and have their objects deleted; and answers that were kept for a day."""
    async with services.database.transaction() as transaction:
        rows = await uploads.expire(transaction)
        if expired := [keys.of_upload(row["user_id"], row["id"]) for row in rows if not row["consumed"]]:
            await outbox.delete_objects(transaction, expired)
    while await idempotency.expire(services.database, BATCH) == BATCH:
        pass


def _warn(message: str, error: Exception, **facts: Any) -> None:
    _log.warning(message, extra={"errorType": type(error).__name__, "errorMessage": str(error), **facts})
