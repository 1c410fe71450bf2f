"""Does what transactions have left to be done: empties the outbox (design.md, "Search", "Uploads").

In AWS a function of its own runs `drain` on a schedule; an API whose process stays runs `keep_draining` beside it. Any number
of both share the work.
"""

from __future__ import annotations

import asyncio
import logging
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from resolvers.files import store as files
from resolvers.outbox import store as outbox
from resolvers.uploads import store as uploads
from resolvers.uploads.loaders import key_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from resolvers.context import Services

BATCH = 100  # rows of one transaction
VERDICT = "GuardDuty Malware Protection Object Scan Result"  # the kind of event
_THREAT = "THREATS_FOUND"
PAUSE = 5.0  # seconds between two looks

_log = logging.getLogger("brickgate.worker")


async def _delete_objects(services: Services, payloads: list[Any]) -> None:
    await services.storage.delete(key for payload in payloads for key in payload["keys"])


DUTIES: Mapping[str, Callable[[Services, list[Any]], Awaitable[None]]] = {"delete-objects": _delete_objects}


async def drain(services: Services) -> int:
    """Do all that is due; the number of things done. What fails is put off, and everything else done all the same."""
    await _expire(services)
    done = 0
    while batch := await _batch(services):
        done += batch
    return done


async def keep_draining(services: Services) -> None:
    """Look for what is due again and again, until it is cancelled."""
    while True:
        try:
            await drain(services)
        except Exception as error:  # noqa: BLE001 - whatever is down today, tomorrow's work is not to be missed
            _warn("the outbox was not reached", error)
        await asyncio.sleep(PAUSE)


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
    async with services.database.transaction() as transaction:
        rows = await files.condemn(transaction, services.storage.location(key))
        await uploads.forget(transaction, key.rpartition("/")[2])
        await outbox.delete_objects(transaction, [key])
    _log.error("malware found", extra={"key": key, "threats": threats, "files": [row["id"] for row in rows]})
    return True


async def _batch(services: Services) -> int:
    done: list[int] = []
    failed: list[int] = []
    async with services.database.transaction() as transaction:
        rows = sorted(await outbox.due(transaction, BATCH), key=itemgetter("topic"))
        for topic, group in groupby(rows, key=itemgetter("topic")):
            work = list(group)
            try:
                await DUTIES[topic](services, [row["payload"] for row in work])
            except Exception as error:  # noqa: BLE001 - as above
                _warn("put off", error, topic=topic, count=len(work))
                failed += [row["id"] for row in work]
            else:
                done += [row["id"] for row in work]
        await outbox.done(transaction, done)
        await outbox.failed(transaction, failed)
    return len(done)


async def _expire(services: Services) -> None:
    """Forget uploads that nobody took in time, and have their objects deleted."""
    async with services.database.transaction() as transaction:
        rows = await uploads.expire(transaction)
        if keys := [key_of(row["user_id"], row["id"]) for row in rows if not row["consumed"]]:
            await outbox.delete_objects(transaction, keys)


def _warn(message: str, error: Exception, **facts: Any) -> None:
    _log.warning(message, extra={"errorType": type(error).__name__, "errorMessage": str(error), **facts})
