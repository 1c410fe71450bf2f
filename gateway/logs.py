"""Logs: one JSON object a line, each with the request it belongs to, and no secret in any of them (PRD 4.8.7; docs/operations.md)."""

from __future__ import annotations

import hashlib
import logging
import re
import sys
from contextvars import ContextVar
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from pythonjsonlogger.orjson import OrjsonFormatter

from gateway import requests
from services import keys

if TYPE_CHECKING:
    from collections.abc import Callable

    from settings import Settings

ACCESS = "brickgate.access"  # whose lines are made of our own words alone
_REMOVED = "[removed]"
_SHORTEST = 8  # characters of a password of ours that is looked for; a shorter one would be found in words
_KNOWN = 4096  # users whose pseudonyms are remembered
# What is secret by its form, wherever it turns up: in a message of a library's, a URL, a traceback. The first group stays.
_SECRET = re.compile(
    r"""
      ()\beyJ[\w-]{4,}\.[\w-]+(?:\.[\w-]*)?                                            # a JWT
    | (\bbearer\s+)[\w.~+/=-]+
    | (\bx-amz-(?:signature|credential|security-token|date)[\\"'\s]*[=:][\\"'\s]*)[^&\s"'\\,}]+     # a presigned URL or form
    | (\b(?:authorization|cookie|set-cookie|x-csrf-token|x-origin-key)\\?["']\s*[:,]\s*b?\\?["'])(?:[^"'\\]|\\\\)*
    | (\b[\w-]*(?:token|password|passwd|secret|signature|api-?key)=)[^&;\s"'\\]+       # a query, a cookie, a DSN
    | (://)[^/\s:@"'\\]*:[^/\s@"'\\]+(?=@)                                                  # who may use a URL
    | ()\b(?:AKIA|ASIA)[A-Z0-9]{16}\b                                                  # an access key of AWS
    """,
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)
# One of which is in whatever that finds: most lines have none, and to look for words takes a hundredth of the time.
_HINTS = (
    *("eyj", "bearer", "x-amz-", "authorization", "cookie", "x-csrf-token", "x-origin-key", "://", "akia", "asia"),
    *("token=", "password=", "passwd=", "secret=", "signature=", "key="),
)
_OWNER = re.compile(rf"\b((?:{'|'.join(keys.OWNED)})/)([0-9a-f]{{8}}(?:-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}})(?=/)")

_function: ContextVar[str] = ContextVar("function_request_id", default="")


def invoked(function_request_id: str) -> None:
    """Have the lines of this invocation tell Lambda's id of it."""
    _function.set(function_request_id)


@lru_cache(_KNOWN)
def pseudonym(user_id: str) -> str:
    """What stands for a user in logs: the same in all of them, and nobody without the user's id can tell whose it is.

    `printf %s USER_ID | sha256sum | cut -c-16` makes it, too. Ids are random, so none can be found by trying.
    """
    return hashlib.sha256(user_id.encode()).hexdigest()[:16] if user_id != "-" else user_id


class _RequestFilter(logging.Filter):
    """Adds what is known of the request that a record belongs to."""

    def __init__(self, named: Callable[[str], str]) -> None:
        super().__init__()
        self._named = named

    def filter(self, record: logging.LogRecord) -> bool:
        served = requests.served()
        record.requestId, record.userId = served.id, self._named(served.caller)
        record.__dict__.setdefault("operation", served.operation)  # a line may be about another one
        if served.trace != "-":
            record.traceId = served.trace
        if function := _function.get():
            record.functionRequestId = function
        return True


class _Formatter(OrjsonFormatter):
    """Writes records as JSON, in which a line break of whoever's is two characters, and takes secrets out of what others have said.

    Args:
        secrets: of this process's own, as they are.
        named: what stands for a user.
    """

    def __init__(self, secrets: set[str], named: Callable[[str], str]) -> None:
        super().__init__(
            "{levelname}{name}{message}{requestId}{userId}{operation}",
            style="{",
            rename_fields={"levelname": "level", "name": "logger"},
            timestamp=True,
        )
        known = sorted(map(re.escape, secrets), key=len, reverse=True)
        self._known = re.compile("|".join(known)) if known else None
        self._named = named

    def format(self, record: logging.LogRecord) -> str:
        line = super().format(record)
        if record.name == ACCESS:
            return line
        if self._known:
            line = self._known.sub(_REMOVED, line)
        lower = line.lower()
        if any(hint in lower for hint in _HINTS):
            line = _SECRET.sub(lambda found: next(filter(None, found.groups()), "") + _REMOVED, line)
        caller = requests.served().caller
        if caller != "-":
            line = line.replace(caller, self._named(caller))
        return (
            _OWNER.sub(lambda found: found[1] + self._named(found[2]), line) if "s/" in line or "t/" in line else line
        )


def configure(settings: Settings) -> None:
    """Log to standard output from `LOG_LEVEL` up; called once, where a process starts."""
    named: Callable[[str], str] = pseudonym if settings.log_user_ids == "hashed" else str
    handler = logging.StreamHandler(sys.stdout)
    handler.addFilter(_RequestFilter(named))
    handler.setFormatter(_Formatter(_secrets(settings), named))
    logger = logging.getLogger("brickgate")
    logger.handlers, logger.propagate = [handler], False
    logger.setLevel(settings.log_level)


def _secrets(settings: Settings) -> set[str]:
    """The passwords that this process knows, as URLs have them and as they are."""
    urls = (settings.database_url, settings.redis_url, settings.opensearch_url)
    written = {urlsplit(url).password or "" for url in urls if url}
    return {one for word in written for one in (word, unquote(word)) if len(one) >= _SHORTEST}
