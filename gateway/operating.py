"""What operators ask of the outbox and the indices, as JSON in and out (docs/decisions/0015; docs/runbooks).

`make outbox` and `make reindex` ask it of their own process beside the stack on a laptop, and of the worker function in AWS, which alone
reaches the database and rules over the indices there.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from db.errors import Unavailable
from gateway import indexing
from resolvers.outbox import store
from services import mappings
from services.breaker import Refused, Unreachable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from resolvers.context import Services

SHOWN = 50  # dead ones


class OperationError(Exception):
    """What was asked for makes no sense, or cannot be done now; the text says why."""


async def operate(
    services: Services,
    event: Mapping[str, Any],
    *,
    seconds: float = math.inf,
    report: Callable[[str, int, int], None] = lambda *_: None,
) -> dict[str, Any]:
    """Do what an operator asks for.

    Args:
        services: of this process.
        event: `{"operate": "outbox"}` shows what waits and what is dead; `{"operate": "outbox replay", "ids": [1, 2]}`, or `"all"`, has
            dead ones tried again; `{"operate": "outbox drop", "ids": [1, 2]}` forgets them; `{"operate": "reindex", "indices": []}`
            makes these indices anew, all where none is named; with `"resume": true` it goes on with what there was no time to finish.
        seconds: for which `reindex` may begin another page.
        report: as for `indexing.rebuild`.

    Returns:
        Of `outbox` what is `waiting`, the first of the `dead`, and whether there are `more`; of `replay` and `drop` the ids that were
        `changed` and those that are `unknown`; of `reindex` how many rows were `refused` of each index that is made, and the `next`
        event to send, null when all of them are.

    Raises:
        OperationError: see its text.
    """
    try:
        match event:
            case {"operate": "outbox"}:
                return await _shown(services)
            case {"operate": "outbox replay", "ids": "all"}:
                return await _changed(services, "replay", None)
            case {"operate": "outbox replay" | "outbox drop" as asked, "ids": [*ids]} if ids and _numbers(ids):
                return await _changed(services, asked.removeprefix("outbox "), ids)
            case {"operate": "reindex", "indices": [*names]}:
                return await _rebuilt(services, names or list(mappings.INDICES), event, seconds, report)
    except Unavailable as error:
        raise OperationError(f"The database gave no answer: {error}") from None
    raise OperationError(f"This is nothing to be done: {dict(event)!r}")


def _numbers(ids: list[Any]) -> bool:
    return all(isinstance(one, int) and 0 < one < 2**63 for one in ids)


async def _shown(services: Services) -> dict[str, Any]:
    dead = [dict(row) for row in await store.dead(services.database, SHOWN + 1)]
    waiting = [dict(row) for row in await store.waiting(services.database)]
    return {"waiting": waiting, "dead": dead[:SHOWN], "more": len(dead) > SHOWN}


async def _changed(services: Services, verb: str, ids: list[int] | None) -> dict[str, Any]:
    async with services.database.transaction() as transaction:
        changed = await (store.replay(transaction, ids) if verb == "replay" else store.drop(transaction, ids or []))
    return {"changed": sorted(changed), "unknown": sorted(set(ids or []) - set(changed))}


async def _rebuilt(
    services: Services,
    names: list[str],
    event: Mapping[str, Any],
    seconds: float,
    report: Callable[[str, int, int], None],
) -> dict[str, Any]:
    if unknown := [name for name in names if name not in mappings.INDICES]:
        raise OperationError(
            f"There is no index {', '.join(map(str, unknown))}; there are {', '.join(mappings.INDICES)}."
        )
    if services.indices is None:
        raise OperationError("OPENSEARCH_URL is not set: PostgreSQL answers searches, and has its own index.")
    resume = event.get("resume") is True
    try:
        refused, left = await indexing.rebuild(services, names, report, seconds=seconds, resume=resume)
    except store.Claimed:
        raise OperationError("Another process is making indices anew: wait for it, then try again.") from None
    except (Refused, Unreachable) as error:
        raise OperationError(f"Not made anew, searches go on as before: {error}") from None
    return {"refused": refused, "next": {"operate": "reindex", "indices": left, "resume": True} if left else None}
