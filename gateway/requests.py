"""The request that is being served: its id and its caller, for logs and error bodies."""

from __future__ import annotations

import re
import uuid
from contextvars import ContextVar

_SAFE = re.compile(r"[\w.:-]{1,128}", re.ASCII)
_current: ContextVar[str] = ContextVar("request_id", default="-")
_caller: ContextVar[str] = ContextVar("user_id", default="-")


def begin(proposed: str | None) -> str:
    """Start a request under the id that the client proposed, if it is harmless in a log, else under a new one."""
    identifier = proposed if proposed and _SAFE.fullmatch(proposed) else str(uuid.uuid4())
    _current.set(identifier)
    _caller.set("-")
    return identifier


def called_by(user_id: str) -> None:
    """Remember who sent the current request."""
    _caller.set(user_id)


def current() -> str:
    """The id of the current request; `-` outside of one."""
    return _current.get()


def caller() -> str:
    """The user id of the current request's caller; `-` for nobody."""
    return _caller.get()
