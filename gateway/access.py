"""The end of a request: one line of the access log, and what it counts for (docs/operations.md)."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from gateway.logs import ACCESS, pseudonym
from services import metrics

if TYPE_CHECKING:
    from gateway.requests import Served

_log = logging.getLogger(ACCESS)
_SERVER_ERROR = 500


def ended(served: Served, method: str, status: int, seconds: float, size: int) -> None:
    """Tell of a request that has its answer.

    Args:
        served: what is known of it.
        method: of HTTP, or `APPSYNC`.
        status: of its answer.
        seconds: since it came.
        size: bytes of the answer's body.
    """
    if served.code != "-":
        metrics.count(metrics.ERRORS, by=served.code)
        if served.code == "TOO_MANY_REQUESTS":
            metrics.count(metrics.RATE_LIMITED)
    if _log.isEnabledFor(logging.INFO):
        facts = {
            "method": method,
            "route": served.route,
            "status": status,
            "duration": round(seconds * 1000, 1),
            "callerKind": served.kind,
            "cache": served.cache,
            "bytes": size,
        }
        _log.info("request", extra=facts if served.code == "-" else {**facts, "errorType": served.code})


def attributes(served: Served, received: str, status: int, size: int) -> dict[str, Any]:
    """What the span of a request tells (PRD 5.3.7, 5.3.8). The user is told by a pseudonym.

    Source: https://opentelemetry.io/docs/specs/semconv/http/http-spans/

    Args:
        served: what is known of it.
        received: the length of its body, as the client has it.
        status: of its answer.
        size: bytes of the answer's body.
    """
    known = {
        "http.route": served.route.partition(" ")[2],
        "graphql.operation.name": served.operation.strip("-"),
        "user.hash": pseudonym(served.caller).strip("-"),
        "error.type": served.code if status >= _SERVER_ERROR else "",
    }
    return {
        "http.response.status_code": status,
        "http.request.body.size": int(received) if received.isdecimal() else 0,
        "http.response.body.size": size,
        **{name: value for name, value in known.items() if value},
    }
