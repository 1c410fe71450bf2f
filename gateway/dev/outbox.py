"""Commands for whoever looks after what happens outside of the database: the outbox, and indices made anew (docs/decisions/0015)."""

from __future__ import annotations

import asyncio
import json
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from gateway.dev.account import Account, sentences
from gateway.dev.process import StartError
from gateway.dev.release.functions import Functions
from gateway.dev.state import folder_of, running
from settings import SECRET_ARN_SUFFIX, Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

_IRRELEVANT = {"S3_BUCKET": "unused", "COGNITO_USER_POOL_ID": "local_unused", "COGNITO_CLIENT_ID": "unused"}
_USAGE = "Say nothing to see what waits and what is dead, or: replay all, replay ID ..., drop ID ..."


def outbox(environ: Mapping[str, str], arguments: Sequence[str], workspace: str | None = None) -> int:
    """Show what waits and what is dead; or have dead ones tried again, or forget them; here, or in a workspace in AWS.

    Raises:
        StartError: the arguments make no sense, or there is no database.
    """
    verb, *given = arguments or ("list",)
    if verb == "list" and not given:
        _show(_asked(environ, workspace, {"operate": "outbox"}))
        return 0
    every = verb == "replay" and given == ["all"]
    if verb not in {"replay", "drop"} or not given or not (every or all(one.isdecimal() for one in given)):
        raise StartError(_USAGE)
    ids = "all" if every else [int(one) for one in given]
    answer = _asked(environ, workspace, {"operate": f"outbox {verb}", "ids": ids})
    print(f"{'Due again' if verb == 'replay' else 'Forgotten'}: {len(answer['changed'])}.")
    if answer["unknown"]:
        print(f"No dead one has the id {', '.join(map(str, answer['unknown']))}.", file=sys.stderr)
        return 1
    return 0


def reindex(environ: Mapping[str, str], indices: Sequence[str], workspace: str | None = None) -> int:
    """Make indices of OpenSearch anew from the database, while changes go on; all of them, or those that are named.

    A function that has no time to finish says what is left, and is asked for that.

    Raises:
        StartError: there is no such index or no OpenSearch, another process is at it, or it failed; then searches go on as before.
    """
    refused: dict[str, int] = {}
    event: Mapping[str, Any] | None = {"operate": "reindex", "indices": list(indices)}
    with _progress() as report:
        while event:
            answer = _asked(environ, workspace, event, report)
            refused |= answer["refused"]
            event = answer["next"]
            if workspace:  # a function reports nothing while it works
                for name in answer["refused"]:
                    print(f"{name}: made anew", file=sys.stderr)
                if event:
                    print(f"{event['indices'][0]}: goes on", file=sys.stderr)
    for name, count in refused.items():
        if count:
            print(f"{name}: OpenSearch refused {count} rows, which only searches in PostgreSQL find.")
    return 0


def _show(answer: Mapping[str, Any]) -> None:
    for row in answer["waiting"]:
        print(f"{row['count']} of {row['topic']} wait, the oldest for {row['seconds']} s", end="")
        print(f"; last error: {row['error']}" if row["error"] else "")
    for row in answer["dead"]:
        print(f"{row['id']} is dead since {row['dead_at']}, after {row['attempts']} attempts: {row['topic']}", end=" ")
        print(f"{json.dumps(row['payload'], ensure_ascii=False)}\n    {row['error']}")
    if answer["more"]:
        print("... and more.")
    if not answer["waiting"] and not answer["dead"]:
        print("The outbox is empty.")


def _asked(
    environ: Mapping[str, str],
    workspace: str | None,
    event: Mapping[str, Any],
    report: Callable[[str, int, int], None] = lambda *_: None,
) -> Mapping[str, Any]:
    """What gateway/operating.py answers.

    In the worker function of a workspace; else here, with the clients of DATABASE_URL and its like, without it the running stack's.
    """
    if workspace:
        with sentences():
            said = Functions(Account(environ, workspace)).ask("worker", event)
        if "error" in said:
            raise StartError(said["error"])
        return said
    given = environ.get("DATABASE_URL") or environ.get("DATABASE_URL" + SECRET_ARN_SUFFIX)
    told: dict[str, str] = {} if given else running(folder_of(environ))["environment"]
    from gateway.gateway import Gateway  # noqa: PLC0415 - half a second that a refusal need not take
    from gateway.operating import OperationError, operate  # noqa: PLC0415 - as above

    services = Gateway.of(Settings.read({"ENVIRONMENT": "dev", **_IRRELEVANT, **told, **environ})).services

    async def run() -> Mapping[str, Any]:
        try:
            return await operate(services, event, report=report)
        except OperationError as error:
            raise StartError(str(error)) from None
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
