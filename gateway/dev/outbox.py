"""Commands for whoever looks after what happens outside of the database: the outbox, and indices made anew (docs/decisions/0015)."""

from __future__ import annotations

import asyncio
import json
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from gateway.dev.process import StartError
from gateway.dev.state import folder_of, running
from settings import SECRET_ARN_SUFFIX, Settings

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence

    from resolvers.context import Services

SHOWN = 50  # dead ones
_IRRELEVANT = {"S3_BUCKET": "unused", "COGNITO_USER_POOL_ID": "local_unused", "COGNITO_CLIENT_ID": "unused"}
_USAGE = "Say nothing to see what waits and what is dead, or: replay all, replay ID ..., drop ID ..."


def outbox(environ: Mapping[str, str], arguments: Sequence[str]) -> int:
    """Show what waits and what is dead; or have dead ones tried again, or forget them.

    Raises:
        StartError: the arguments make no sense, or there is no database.
    """
    verb, *given = arguments or ("list",)
    if verb == "list" and not given:
        return _run(environ, _shown)
    every = verb == "replay" and given == ["all"]
    if verb not in {"replay", "drop"} or not given or not (every or all(one.isdecimal() for one in given)):
        raise StartError(_USAGE)
    ids = None if every else [int(one) for one in given]

    async def change(services: Services) -> int:
        from resolvers.outbox import store  # noqa: PLC0415 - half a second that a refusal need not take

        async with services.database.transaction() as transaction:
            changed = await (store.replay(transaction, ids) if verb == "replay" else store.drop(transaction, ids or []))
        print(f"{'Due again' if verb == 'replay' else 'Forgotten'}: {len(changed)}.")
        if missing := sorted(set(ids or []) - set(changed)):
            print(f"No dead one has the id {', '.join(map(str, missing))}.", file=sys.stderr)
            return 1
        return 0

    return _run(environ, change)


def reindex(environ: Mapping[str, str], indices: Sequence[str]) -> int:
    """Make indices of OpenSearch anew from the database, while changes go on; all of them, or those that are named.

    Raises:
        StartError: there is no such index or no OpenSearch, another process is at it, or it failed; then searches go on as before.
    """
    from services import mappings  # noqa: PLC0415 - beside the others

    if unknown := sorted(set(indices) - set(mappings.INDICES)):
        raise StartError(f"There is no index {', '.join(unknown)}; there are {', '.join(mappings.INDICES)}.")

    async def rebuild(services: Services) -> int:
        from gateway import indexing  # noqa: PLC0415 - as above
        from resolvers.outbox.store import Claimed  # noqa: PLC0415 - as above
        from services.breaker import Refused, Unreachable  # noqa: PLC0415 - as above

        if services.indices is None:
            raise StartError("OPENSEARCH_URL is not set: PostgreSQL answers searches, and has its own index.")
        try:
            with _progress() as report:
                refused = await indexing.rebuild(services, indices or mappings.INDICES, report)
        except Claimed:
            raise StartError("Another process is making indices anew: wait for it, then try again.") from None
        except (Refused, Unreachable) as error:
            raise StartError(f"Not made anew, searches go on as before: {error}") from None
        for name, count in refused.items():
            if count:
                print(f"{name}: OpenSearch refused {count} rows, which only searches in PostgreSQL find.")
        return 0

    return _run(environ, rebuild)


async def _shown(services: Services) -> int:
    from resolvers.outbox import store  # noqa: PLC0415 - as above

    waiting = await store.waiting(services.database)
    dead = await store.dead(services.database, SHOWN + 1)
    for row in waiting:
        print(f"{row['count']} of {row['topic']} wait, the oldest for {row['seconds']} s", end="")
        print(f"; last error: {row['error']}" if row["error"] else "")
    for row in dead[:SHOWN]:
        print(f"{row['id']} is dead since {row['dead_at']}, after {row['attempts']} attempts: {row['topic']}", end=" ")
        print(f"{json.dumps(row['payload'], ensure_ascii=False)}\n    {row['error']}")
    if len(dead) > SHOWN:
        print("... and more.")
    if not waiting and not dead:
        print("The outbox is empty.")
    return 0


def _run(environ: Mapping[str, str], work: Callable[[Services], Awaitable[int]]) -> int:
    """Do something with the clients of DATABASE_URL and its like; without that setting, the running stack's."""
    given = environ.get("DATABASE_URL") or environ.get("DATABASE_URL" + SECRET_ARN_SUFFIX)
    told: dict[str, str] = {} if given else running(folder_of(environ))["environment"]
    from db.errors import Unavailable  # noqa: PLC0415 - as above
    from gateway.gateway import Gateway  # noqa: PLC0415 - as above

    services = Gateway.of(Settings.read({"ENVIRONMENT": "dev", **_IRRELEVANT, **told, **environ})).services

    async def run() -> int:
        try:
            return await work(services)
        except Unavailable as error:
            raise StartError(f"The database gave no answer: {error}") from None
        finally:
            await services.close()

    return asyncio.run(run())


@contextmanager
def _progress() -> Iterator[Callable[[str, int, int], None]]:
    """A bar for each index at a terminal; else a line at its beginning and its end."""
    if not sys.stderr.isatty():

        def line(name: str, done: int, total: int) -> None:
            if done in {0, total}:
                print(f"{name}: {done} of {total} rows", file=sys.stderr)

        yield line
        return
    from rich.console import Console  # noqa: PLC0415 - where there is a terminal
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn  # noqa: PLC0415 - as above

    columns = (TextColumn("{task.description:<20}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as bars:
        tasks: dict[str, Any] = {}

        def bar(name: str, done: int, total: int) -> None:
            if name not in tasks:
                tasks[name] = bars.add_task(name, total=total)
            bars.update(tasks[name], completed=done, total=total)

        yield bar
