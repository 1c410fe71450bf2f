"""The worker function: acts on verdicts of malware scans, and at each event of its schedule or queue empties the outbox.

It also does what operators ask (gateway/operating.py). That is an event of whoever may invoke the function itself, which are those who
deploy. Nobody else can send one: the schedule's event is EventBridge's, and a message in a queue is never taken for an operator's.

Like the HTTP function it keeps one event loop, and with it the connections of earlier invocations.
"""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Any

from asyncpg import UndefinedTableError
from sqlalchemy import func, select

from db.query import Query
from gateway import telemetry, worker
from gateway.gateway import Gateway
from gateway.invocation import invocation
from gateway.lambdas import ready
from gateway.operating import OperationError, operate
from settings import settings

# An index that takes longer to make is gone on with by the next invocation; the rest of the time is for what one page of it may take.
_SHARE_OF_TIME = 0.5

_MIGRATED = Query(select(func.to_regclass("alembic_version").is_not(None)))

_loop = asyncio.new_event_loop()
asyncio.set_event_loop(_loop)
telemetry.configure(settings())
_services = Gateway.of(settings()).services
_log = logging.getLogger("brickgate.worker")


def handler(event: Any, context: Any) -> dict[str, Any]:
    """Do what the event says, and all that is due."""
    asked = event if isinstance(event, dict) else {}
    seconds = _SHARE_OF_TIME * context.get_remaining_time_in_millis() / 1000
    with invocation(context):
        if "operate" in asked:
            return _loop.run_until_complete(_operate(asked, seconds))
        if "Records" in asked:
            return _loop.run_until_complete(_work_off(asked["Records"], seconds))
        return _loop.run_until_complete(_work(event, seconds))


async def _operate(event: dict[str, Any], seconds: float) -> dict[str, Any]:
    """What an operator asks for. What cannot be done is a sentence in `error`, and no failure that an alarm would tell of."""
    _log.info("an operator asks", extra={"asked": event})
    try:
        return await operate(_services, event, seconds=seconds)
    except OperationError as error:
        return {"error": str(error)}


async def _work(event: Any, seconds: float) -> dict[str, Any]:
    """An event of EventBridge's: a verdict, or the schedule. What fails is sent again as a whole."""
    threat = await _act(event)
    return {"threats": int(threat), "done": await _drain(seconds)}


async def _work_off(records: list[Any], seconds: float) -> dict[str, Any]:
    """Messages of a queue: those that failed are named, and come again without the others.

    A message that says nothing is a hint that something has changed, and never comes again: what it hinted at is in the outbox, at which
    the schedule looks each minute.
    Source: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
    """
    failed = []
    for record in records:
        try:
            await _act(json.loads(record["body"]))
        except Exception as error:  # noqa: BLE001 - whatever it is, the queue keeps the message, and in the end an operator sees it
            _log.exception("message failed", extra={"messageId": record["messageId"], **_facts(error)})
            failed.append({"itemIdentifier": record["messageId"]})
    try:
        await _drain(seconds)
    except Exception as error:  # noqa: BLE001 - verdicts that have been acted on must not come again for it
        _log.exception("the outbox was not emptied", extra=_facts(error))
    return {"batchItemFailures": failed}


async def _drain(seconds: float) -> int:
    """Empty the outbox. Between the first apply and the first migration there is none, which is no failure that an alarm should tell of."""
    try:
        return await worker.drain(_services, seconds)
    except UndefinedTableError:
        if await _services.database.value(_MIGRATED):
            raise
        _log.info("the database is not migrated yet")
        return 0


async def _act(event: Any) -> bool:
    """Act on an event, if it is a verdict; whether it told of a threat."""
    verdict = isinstance(event, dict) and event.get("detail-type") == worker.VERDICT
    return verdict and await worker.judge(_services, event)


def _facts(error: Exception) -> dict[str, str]:
    return {"errorType": type(error).__name__, "errorMessage": str(error)}


ready()
