"""The two engines that can answer a search, and which of them does (PRD 2.8.7, 2.8.9, 3.8.4, 3.8.9).

OpenSearch yields ids; the rows come from PostgreSQL by these ids, the owner and the same filters. So what is shown is never older than
the last write and never another's, however far the index is behind. Where OpenSearch cannot answer, PostgreSQL searches by itself.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Protocol

from resolvers.permissions import is_id
from resolvers.search import query
from resolvers.search.rules import typed
from resolvers.search.store import parameters, tolerates_typos
from services import metrics
from services.breaker import Refused, Unreachable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from asyncpg import Record

    from db.engine import Database
    from resolvers.context import Services
    from services.search import Search

    Rows = Callable[..., Awaitable[list[Record]]]

OPENSEARCH, DATABASE = "opensearch", "database"
_log = logging.getLogger("brickgate.search")


@dataclass(frozen=True)
class Searchable:
    """A kind of rows that can be searched.

    Args:
        index: where its documents are, one of `services.mappings.INDICES`.
        found: its store's statement of a match, given a match's parameters, `filters`, `typos`, `limit` and `offset`.
        of_ids: its store's statement of one user's rows by id, given `filters` and ids.
        kind: the documents' `type`, where the index holds several kinds.
    """

    index: str
    found: Rows
    of_ids: Rows
    kind: str | None = None


@dataclass(frozen=True)
class Wanted:
    """One page of a search.

    Args:
        kind: what is searched.
        user_id: whose rows.
        text: what the user typed; not blank.
        filters: values of the store's `FILTERS`.
        limit: rows of the page, None for all.
        offset: rows before it.
        argument: that brought the text, for errors.
    """

    kind: Searchable
    user_id: str
    text: str
    filters: dict[str, Any]
    limit: int | None
    offset: int
    argument: str = "search"


class Found(NamedTuple):
    """The rows of a page, the length of the whole list, whether more come after the page, and which engine says so."""

    rows: list[Record]
    total: int
    more: bool
    source: str

    def page(self, number: int, limit: int) -> dict[str, Any]:
        """The page as lists of the schema have it; there are no cursors, since relevance is no place to go on from."""
        return {
            "items": self.rows,
            "total": self.total,
            "page": number,
            "limit": limit,
            "has_more": self.more,
            "next_cursor": None,
            "source": self.source,
        }


class Engine(Protocol):
    """What can answer a search."""

    name: ClassVar[str]

    async def page(self, wanted: Wanted) -> Found:
        """The page, best match first, of equals the latest, of those by id."""


@dataclass(frozen=True)
class OpenSearch:
    """Searches in OpenSearch, reads in PostgreSQL."""

    search: Search
    database: Database
    name: ClassVar[str] = OPENSEARCH

    async def page(self, wanted: Wanted) -> Found:
        """As of `Engine`. Rows that are gone since they were indexed are left out and not counted.

        Raises:
            Unreachable, Refused: PostgreSQL has to answer.
        """
        limit = query.WINDOW if wanted.limit is None else wanted.limit
        if wanted.offset + limit > query.WINDOW:
            raise Refused(f"the page reaches beyond the first {query.WINDOW} hits")
        kind, filters = wanted.kind, wanted.filters
        terms = filters | ({"type": kind.kind} if kind.kind else {})
        body = query.body(
            kind.index, wanted.user_id, typed(wanted.text, wanted.argument), terms, limit=limit, offset=wanted.offset
        )
        ids, total = await self.search.find(kind.index, body)
        if wanted.limit is None and total > len(ids):
            raise Refused(f"there are more than {query.WINDOW} hits, and all are wanted")
        possible = list(filter(is_id, ids))  # whoever else writes to the domain
        stored = await kind.of_ids(self.database, wanted.user_id, filters, possible) if possible else []
        by_id = {row["id"]: row for row in stored}
        rows = [by_id[identifier] for identifier in ids if identifier in by_id]
        gone = len(ids) - len(rows)
        return Found(rows, total - gone, wanted.offset + len(ids) < total, self.name)


@dataclass(frozen=True)
class PostgreSQL:
    """Searches and reads in PostgreSQL, by one statement."""

    database: Database
    name: ClassVar[str] = DATABASE

    async def page(self, wanted: Wanted) -> Found:
        """As of `Engine`."""
        rows = await wanted.kind.found(
            self.database,
            wanted.user_id,
            parameters(wanted.text, wanted.argument),
            wanted.filters,
            typos=await tolerates_typos(self.database),
            limit=wanted.limit,
            offset=wanted.offset,
        )
        found = [row for row in rows if row["id"] is not None]
        page = found[: wanted.limit]
        return Found(page, rows[0]["total"], len(found) > len(page), self.name)


async def searched(services: Services, wanted: Wanted) -> Found:
    """The page, from OpenSearch where it is configured and answers, else from PostgreSQL; how long that took goes to the log.

    Raises:
        ValidationFailed: the text is too long.
    """
    started = time.perf_counter()
    engines: list[Engine] = [PostgreSQL(services.database)]
    if services.search:
        engines.insert(0, OpenSearch(services.search, services.database))
    found, reason = await _first(engines, wanted)
    facts = {"engine": found.source, "index": wanted.kind.index, "total": found.total}
    milliseconds = round((time.perf_counter() - started) * 1000, 1)
    metrics.count(metrics.SEARCHES_PERFORMED, by=found.source)
    _log.info("search", extra={**facts, "ms": milliseconds, **({"reason": reason} if reason else {})})
    return found


async def _first(engines: list[Engine], wanted: Wanted) -> tuple[Found, str]:
    """What the first engine says that answers, and why those before it did not. The last one's failure is the search's."""
    reason = ""
    for engine in engines[:-1]:
        try:
            return await engine.page(wanted), reason
        except (Unreachable, Refused) as error:
            reason = str(error)
    return await engines[-1].page(wanted), reason
