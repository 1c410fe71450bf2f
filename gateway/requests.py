"""The request that is being served, and what becomes known of it on its way: for logs, metrics and error bodies."""

from __future__ import annotations

import os
import re
from contextvars import ContextVar
from dataclasses import dataclass, replace

_SAFE = re.compile(r"[\w.:-]{1,128}", re.ASCII)


@dataclass(slots=True, eq=False)
class Served:
    """One request; `-` for what is not known.

    Args:
        id: its id, the client's own where that is harmless.
        trace: the trace that it belongs to, as W3C or X-Ray names it.
        caller: the user id of who sent it.
        kind: what spoke for them: `bearer`, `cookie` or `authorizer`; `nobody` where nothing did.
        route: method and template of the path that it was for.
        operation: the GraphQL operation that served it.
        cache: `HIT` or `MISS`, where the answer might have been kept.
        code: of the error that it ended with.
    """

    id: str = "-"
    trace: str = "-"
    caller: str = "-"
    kind: str = "nobody"
    route: str = "-"
    operation: str = "-"
    cache: str = "-"
    code: str = "-"


_NONE = Served()
_current: ContextVar[Served] = ContextVar("served", default=_NONE)


def begin(proposed: str | None, trace: str = "-") -> Served:
    """Start a request under the id that the client proposed, if it is harmless in a log, else under a new one."""
    identifier = proposed if proposed and _SAFE.fullmatch(proposed) else _identifier()
    served = Served(identifier, trace)
    _current.set(served)
    return served


def _identifier() -> str:
    """A random UUID (RFC 9562, version 4), in a quarter of the time that Python's takes."""
    digits = os.urandom(16).hex()
    return (
        f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{'89ab'[int(digits[16], 16) & 3]}{digits[17:20]}-{digits[20:]}"
    )


def part() -> Served:
    """Start a part of the current request, which from here on has a caller and an outcome of its own."""
    served = replace(_current.get())
    _current.set(served)
    return served


def served() -> Served:
    """The current request; outside of one something that knows nothing and is nobody's to change."""
    return _current.get()


def current() -> str:
    """The id of the current request; `-` outside of one."""
    return _current.get().id


def called_by(user_id: str, kind: str) -> None:
    """Remember who sent the current request, and what spoke for them."""
    _note(caller=user_id, kind=kind)


def reached(route: str) -> None:
    """Remember by which route the current request came: its method, and the template of its path."""
    _note(route=route)


def runs(operation: str | None) -> None:
    """Remember which operation serves the current request; None for one without a name."""
    _note(operation=operation or "anonymous")


def cached(state: str) -> None:
    """Remember whether the answer to the current request had been kept."""
    _note(cache=state)


def failed(code: str) -> None:
    """Remember the error that the current request ends with; a later one replaces it."""
    _note(code=code)


def _note(**facts: str) -> None:
    served = _current.get()
    if served is not _NONE:
        for name, value in facts.items():
            setattr(served, name, value)
