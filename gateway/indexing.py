"""Brings what has changed into the indices, and makes indices anew while changes go on (docs/decisions/0015; PRD 1.5.5)."""

from __future__ import annotations

import asyncio
import logging
import math
import time
import uuid
from collections import defaultdict
from typing import TYPE_CHECKING, Any, NamedTuple

from db.errors import Unavailable
from resolvers.documents import store as documents
from resolvers.outbox import store as outbox
from services.breaker import Refused, Unreachable
from services.indices import Document, Indices

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from asyncpg import Record

    from db.engine import Session
    from resolvers.context import Services

PAGE = 500  # rows read, and documents written, at once
SWEEP = 3600.0  # seconds between two sweeps of tombstones, and two admissions of readers
RETRY = 60.0  # seconds before an index that could not be made is tried again

_PATIENCE = 10  # waits of the database's time limit each, for a worker to finish what it does
_log = logging.getLogger("brickgate.worker")


class _Change(NamedTuple):
    """One row of the outbox: a row of a table is there, or gone, at this version; without an id only its owner matters."""

    outbox_id: int
    table: str
    user_id: str
    id: str | None
    version: int
    deleted: bool

    @classmethod
    def of(cls, outbox_id: int, payload: Any) -> _Change:
        """Read a payload.

        Raises:
            ValueError, KeyError, TypeError: it is not what a trigger writes.
        """
        table, user_id = payload["table"], payload["user_id"]
        if not (isinstance(table, str) and isinstance(user_id, str)):
            raise TypeError("table and user_id are text")
        if table not in documents.INDEX_OF:
            return cls(outbox_id, table, user_id, None, 0, deleted=False)
        identifier, version, deleted = str(uuid.UUID(payload["id"])), payload["version"], payload["deleted"]
        if not (isinstance(version, int) and isinstance(deleted, bool)):
            raise TypeError("version is a number, deleted true or false")
        return cls(outbox_id, table, user_id, identifier, version, deleted)


async def index(services: Services, session: Session, rows: Sequence[Record]) -> dict[int, str]:
    """Index what these rows of the outbox say has changed, and have the owners' answers read anew.

    Args:
        services: of this process.
        session: the transaction that holds the rows: only then are the targets asked for, so that whoever waits for it to end knows
            that later ones write to an index that is there by now.
        rows: of the topic `changed`.

    Returns:
        Why a row could not be indexed, by its id in the outbox.

    Raises:
        Unreachable: OpenSearch or Redis does not answer.
    """
    failures: dict[int, str] = {}
    changes = []
    for row in rows:
        try:
            changes.append(_Change.of(row["id"], row["payload"]))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            failures[row["id"]] = f"no duty understands this payload: {error!r}"
    try:
        if services.indices:
            failures |= await _write(services.indices, session, changes)
    finally:
        # Also where indexing failed: what is cached is stale all the same. And not before: what a search finds is cached, too.
        if services.cache:
            await services.cache.expire({change.user_id for change in changes})
    return failures


async def _write(indices: Indices, session: Session, changes: Iterable[_Change]) -> dict[int, str]:
    of_row: dict[tuple[str, str], list[_Change]] = defaultdict(list)
    ids: dict[str, set[str]] = defaultdict(set)
    for change in changes:
        if change.id:
            of_row[change.table, change.id].append(change)
            ids[change.table].add(change.id)
    if not of_row:
        return {}
    try:
        targets = await indices.targets()
    except Refused as error:  # an operator's to mend, and no fault of these rows
        raise Unreachable(str(error)) from error
    wanted: list[tuple[Document, list[_Change]]] = []
    for table, of_table in ids.items():
        present = {row["id"]: row for row in await documents.present(session, table, list(of_table))}
        for identifier in of_table:
            told = of_row[table, identifier]
            if identifier in present:
                wanted.append((_document(table, present[identifier]), told))
            # A row that is gone though nobody says so here has been deleted since: that is told by a row of its own.
            elif deleted := [change.version for change in told if change.deleted]:
                wanted.append((Document(documents.INDEX_OF[table], identifier, max(deleted), None), told))
    rejected = await indices.write([document for document, _ in wanted], targets, visible=True)
    return {change.outbox_id: reason for place, reason in rejected.items() for change in wanted[place][1]}


def _document(table: str, row: Record) -> Document:
    contents = dict(row)
    return Document(documents.INDEX_OF[table], row["id"], contents.pop("version"), contents)


async def prepare(services: Services, seconds: float = math.inf) -> None:
    """Make the indices that are missing, admit their readers, sweep tombstones now and then; what cannot be done now is left for later.

    So is what of an index cannot be made in so many seconds: the next one to come goes on where this one has stopped.
    """
    if not services.indices:
        return
    now, rests = time.monotonic(), services.indices.rests
    try:
        if now >= rests.get("build", 0) and await services.indices.missing():
            await rebuild(services, None, seconds=seconds, resume=True)
        if now >= rests.get("sweep", 0):
            await services.indices.sweep()
            rests["sweep"] = now + SWEEP
        if services.indices.readers and now >= rests.get("admit", 0):
            rests["admit"] = now + SWEEP
            await services.indices.admit()
    except (Unreachable, outbox.Claimed):
        pass  # the breaker has said so, and searches go to PostgreSQL; or another process is at it
    except Refused as error:
        rests["build"] = now + RETRY
        _log.warning("the indices could not be prepared", extra={"errorMessage": str(error)})


class Rebuilt(NamedTuple):
    """How many rows OpenSearch refused of each index that is made, and the indices that there was no time for."""

    refused: dict[str, int]
    left: list[str]


async def rebuild(
    services: Services,
    names: Iterable[str] | None,
    report: Callable[[str, int, int], None] = lambda *_: None,
    *,
    seconds: float = math.inf,
    resume: bool = False,
) -> Rebuilt:
    """Make indices anew from the database while changes go on, then have them read in place of the old ones.

    Args:
        services: of this process; OpenSearch is configured.
        names: of the indices; None for those that are missing.
        report: is told of an index how many documents of how many are written.
        seconds: after which no other page is begun. An index that is not finished then is not read yet, and notes how far it is; it is
            written to by workers, so that the rest of its pages may come at any time.
        resume: whether to go on with such indices; otherwise what they hold is thrown away.

    Raises:
        outbox.Claimed: another process is at it.
        Unreachable, Refused: OpenSearch does not answer, or not as it should; searches go on as they did.
    """
    assert services.indices  # noqa: S101 - said above
    until = time.monotonic() + seconds
    refused: dict[str, int] = {}
    async with services.database.transaction() as claim:
        await outbox.claim(claim)
        left = list(await services.indices.missing() if names is None else names)
        if not resume:
            for name in left:
                await services.indices.clean(name)
        while left:
            count = await _rebuilt(services, services.indices, claim, left[0], report, until)
            if count is None:
                break
            refused[left.pop(0)] = count
    return Rebuilt(refused, left)


async def _rebuilt(  # noqa: PLR0913, PLR0917 - what `rebuild` has found out
    services: Services,
    indices: Indices,
    claim: Session,
    name: str,
    report: Callable[[str, int, int], None],
    until: float,
) -> int | None:
    """One of them, by the transaction that keeps others from it; None where there was no time to finish it."""
    tables = [table for table, of in documents.INDEX_OF.items() if of == name]
    refused: int
    if unfinished := await indices.unfinished(name):
        concrete, (first, after, done, refused) = unfinished
    else:
        await indices.clean(name)
        concrete = await indices.create(name)
        # Workers that began before do not know of it. Whatever changes from here on is written to it by a worker, too, so that it does not
        # matter what of it the pages below still show.
        await _settle(services)
        first, after, done, refused = tables[0], None, 0, 0
    total = sum([await documents.count(services.database, table) for table in tables])
    report(name, done, total)
    for table in tables[tables.index(first) :]:
        while rows := await documents.page(services.database, table, after, PAGE):
            page = [_document(table, row) for row in rows]
            refused += len(await indices.write(page, {name: [concrete]}, visible=False))
            after = rows[-1]["id"]
            done += len(rows)
            report(name, done, max(done, total))
            await outbox.claim(claim)
            if time.monotonic() > until:
                await indices.leave(concrete, [table, after, done, refused])
                _log.info("index to be gone on with", extra={"index": concrete, "documents": done, "of": total})
                return None
        after = None
    await outbox.claim(claim)
    await indices.swap(name, concrete)
    _log.info("index made", extra={"index": concrete, "documents": done, "refused": refused})
    return refused


async def _settle(services: Services) -> None:
    for waited in range(_PATIENCE):
        try:
            async with services.database.transaction() as transaction:
                await outbox.settled(transaction)
        except Unavailable:  # a worker takes longer than a statement may
            if waited == _PATIENCE - 1:
                raise
            await asyncio.sleep(1)
        else:
            return
