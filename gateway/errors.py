"""The one table from codes to statuses, and the one error body of every door (contract section 1)."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NoReturn

import orjson
from graphql import GraphQLError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from db.errors import Unavailable, Unstorable
from gateway import requests
from resolvers.errors import AppError
from services import aws
from services.scanner import ScannerUnavailable

if TYPE_CHECKING:
    from collections.abc import Mapping

STATUS = {
    "BAD_REQUEST": 400,
    "VALIDATION_ERROR": 400,
    "FILE_ERROR": 400,
    "PARSING_FAILED": 400,
    "MISSING_FIELDS": 400,
    "UNAUTHORIZED": 401,
    "FORBIDDEN": 403,
    "CSRF_FAILED": 403,
    "INVALID_ORIGIN": 403,
    "NOT_FOUND": 404,
    "METHOD_NOT_ALLOWED": 405,
    "CONFLICT": 409,
    "PRECONDITION_FAILED": 412,
    "PAYLOAD_TOO_LARGE": 413,
    "UNSUPPORTED_MEDIA_TYPE": 415,
    "IDEMPOTENCY_MISMATCH": 422,
    "TOO_MANY_REQUESTS": 429,
    "INTERNAL_ERROR": 500,
    "SERVICE_UNAVAILABLE": 503,
}
# What /graphql alone tells, in `errors[].extensions`; a request that was not executed has the status of its media type.
_OF_GRAPHQL = {
    "QUERY_TOO_COMPLEX": 400,
    "QUERY_TOO_COSTLY": 400,
    "PERSISTED_QUERY_NOT_FOUND": 400,
    "DOCUMENT_NOT_TRUSTED": 400,
}
# Starlette names no codes; these are the statuses that it raises by itself.
_CODES = {400: "BAD_REQUEST", 404: "NOT_FOUND", 405: "METHOD_NOT_ALLOWED", 413: "PAYLOAD_TOO_LARGE"}

_log = logging.getLogger("brickgate.errors")


def now() -> str:
    """The moment, as every envelope tells it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass(eq=False)  # not frozen: Python itself writes to exceptions
class Problem(Exception):
    """What went wrong with a request, ready to be told to the client; `more` are further keys of the body."""

    code: str
    message: str
    details: tuple[dict[str, object], ...] = ()
    headers: Mapping[str, str] | None = None
    more: Mapping[str, object] = field(default_factory=dict)
    timestamp: str = field(default_factory=now)

    @property
    def status(self) -> int:
        """The HTTP status of the code."""
        return STATUS.get(self.code) or _OF_GRAPHQL[self.code]

    @property
    def extensions(self) -> dict[str, Any]:
        """The same facts, as GraphQL carries them."""
        return {"code": self.code, **({"details": self.details} if self.details else {}), **self.more}

    def body(self) -> dict[str, Any]:
        """The error body of the contract."""
        details = {"details": self.details} if self.details else {}
        return {
            "success": False,
            "statusCode": self.status,
            "code": self.code,
            "message": self.message,
            "error": {"type": self.code, "code": self.code, "message": self.message, **details},
            **details,
            "requestId": requests.current(),
            "timestamp": self.timestamp,
            **self.more,
        }

    def response(self) -> Response:
        """The answer of REST."""
        content = orjson.dumps(self.body())
        return Response(content, self.status, self.headers, media_type="application/json")


def problem(error: BaseException) -> Problem:
    """What to tell a client about `error`. The unexpected is logged, once, and told as INTERNAL_ERROR (PRD 4.8.7, 4.8.8)."""
    told = _problem(error)
    requests.failed(told.code)
    return told


def _problem(error: BaseException) -> Problem:  # noqa: PLR0911 - a table of kinds of errors, one return each
    match error:
        case Problem():
            return error
        case AppError():
            return Problem(error.code, error.message, tuple(detail.as_dict() for detail in error.details))
        case GraphQLError(path=list(), original_error=GraphQLError(original_error=None) as cause) if _of_row(cause):
            return _unexpected(cause)
        case GraphQLError(original_error=Exception() as cause):
            return _problem(cause)
        case GraphQLError():
            return Problem("BAD_REQUEST", error.message)
        case HTTPException():
            return Problem(_CODES.get(error.status_code, "BAD_REQUEST"), str(error.detail), headers=error.headers)
        case ClientDisconnect():
            return Problem("BAD_REQUEST", "The request broke off before its body was complete")
        case Unstorable():
            _log.info("value refused by the database", extra=_facts(error))
            return Problem(
                "VALIDATION_ERROR", "A value cannot be stored: text must be valid Unicode without NUL characters"
            )
        case Unavailable() | aws.Unavailable() | ScannerUnavailable():
            _log.error("a part is unavailable", exc_info=error, extra=_facts(error))
            return Problem(
                "SERVICE_UNAVAILABLE",
                "The service is unavailable for a moment; try again",
                headers={"Retry-After": "1"},
            )
        case _:
            return _unexpected(error)


def _of_row(error: GraphQLError) -> bool:
    """Whether a value of a row has not the type of its field: what clients send is looked at before anything is executed."""
    return "cannot represent" in error.message


def _unexpected(error: BaseException) -> Problem:
    _log.error("unexpected error", exc_info=error, extra=_facts(error))
    return Problem("INTERNAL_ERROR", "Something went wrong on our side; the request id tells us what")


def refuse(code: str, message: str, **headers: str) -> NoReturn:
    """Raise a Problem; underscores in header names stand for hyphens."""
    raise Problem(code, message, headers={name.replace("_", "-"): value for name, value in headers.items()} or None)


def _facts(error: BaseException) -> dict[str, str]:
    return {"errorType": type(error).__name__, "errorMessage": str(error)}
