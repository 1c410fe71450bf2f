"""A snapshot of the HTTP function and two copies of it, in the manner of SnapStart; run as a script by `test_snapshot`.

Reads an event from standard input. Prints, for each copy, a random number, its answer's status, and the process of its database
connection; before that, what was open when the snapshot was taken.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import sys
from typing import Any

import psutil
from snapshot_restore_py import get_after_restore, get_before_snapshot
from sqlalchemy import func, select

from db.query import Query
from gateway.lambdas import http
from gateway.lambdas.http import handler

_BACKEND = Query(select(func.pg_backend_pid()))


def call(hooks: list[tuple[Any, Any, Any]]) -> None:
    for function, arguments, named in hooks:
        function(*arguments, **named)


def copy(event: dict[str, Any], state: Any) -> dict[str, Any]:
    random.setstate(state)  # fork seeds anew, a snapshot does not
    call(get_after_restore())
    answer = handler(event, None)
    database = http._gateway.services.database  # noqa: SLF001 - what is looked into
    backend = asyncio.get_event_loop().run_until_complete(database.value(_BACKEND))
    return {"random": random.random(), "status": answer["statusCode"], "backend": backend}  # noqa: S311 - no secret


def tell(facts: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(facts) + "\n")
    sys.stdout.flush()


def main() -> None:
    event = json.load(sys.stdin)
    call(get_before_snapshot())
    sockets = [connection.laddr for connection in psutil.Process().net_connections()]
    tell({"connections": sockets, "modules": sorted(sys.modules)})
    state = random.getstate()
    for _ in range(2):
        if os.fork() == 0:
            tell(copy(event, state))
            os._exit(0)
        os.wait()


if __name__ == "__main__":
    main()
