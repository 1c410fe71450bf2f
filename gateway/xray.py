"""Spans for X-Ray: subsegments of a function's own segment, by datagrams to the daemon that Lambda runs beside it (PRD 5.3.2).

X-Ray's SDK is in maintenance, and OpenTelemetry's costs a cold start a quarter of a second; a subsegment is a small document.
Source: https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html
"""

from __future__ import annotations

import re
import secrets
import socket
import time
from contextlib import suppress
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

if TYPE_CHECKING:
    from collections.abc import Mapping

    from services.tracing import Part

_HEADER = b'{"format": "json", "version": 1}\n'
_LARGEST = 60 * 1024  # bytes of a datagram; a document may have 64 KB
_STRANGE = re.compile(r"[^\w\s.:/%&#=+\\\-@]")  # what a name may not have
_LONGEST = 200  # characters of a name
_CLIENT_ERROR, _THROTTLED, _SERVER_ERROR = 400, 429, 500

# What a part is called on the map of services, and whose it is; the others are the function's own.
_NODES: Mapping[str, tuple[str, str]] = {
    "sql": ("PostgreSQL", "remote"),
    "cache": ("Redis", "remote"),
    "search": ("OpenSearch", "remote"),
    "s3": ("S3", "aws"),
    "cognito": ("Cognito Identity Provider", "aws"),
    "queue": ("SQS", "aws"),
}
# What traces can be searched by (PRD 5.3.7); everything else is metadata.
_ANNOTATIONS = {"user.hash": "userId", "graphql.operation.name": "operation", "http.response.status_code": "status"}

_open: ContextVar[str] = ContextVar("subsegment", default="")


class Invocation(NamedTuple):
    """Where the segment of an invocation is.

    Args:
        trace: the trace's id.
        segment: the function's own.
        daemon: host and port.
    """

    trace: str
    segment: str
    daemon: tuple[str, int]

    @classmethod
    def of(cls, trace: str, daemon: str) -> Invocation | None:
        """The one that Lambda tells of; None where X-Ray does not sample it.

        Args:
            trace: X-Ray's header.
            daemon: its daemon's host and port.
        """
        told = {name.strip(): value for name, _, value in (part.partition("=") for part in trace.split(";"))}
        host, _, port = daemon.rpartition(":")
        if told.get("Sampled") != "1" or not (told.get("Root") and told.get("Parent") and host and port.isdecimal()):
            return None
        return cls(told["Root"], told["Parent"], (host, int(port)))


class Recorder:
    """Sends each span of one invocation when it ends (`services.tracing.Recorder`).

    Args:
        invocation: whose they are.
    """

    def __init__(self, invocation: Invocation) -> None:
        self._invocation = invocation
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.settimeout(0)

    def begin(self, part: Part, name: str, attributes: Mapping[str, Any], parent: str) -> _Recording:  # noqa: ARG002 - the function's segment has a caller already
        """As of the protocol."""
        return _Recording(self, part, name, dict(attributes))

    def headers(self) -> dict[str, str]:
        """Nothing: whom we call by HTTP knows the W3C's header alone, which names spans in another way."""
        return {}

    def send(self, document: dict[str, Any]) -> None:
        """Send one subsegment; one that cannot be sent is lost, and nobody waits for it."""
        trace, segment, daemon = self._invocation
        document = {**document, "type": "subsegment", "trace_id": trace, "parent_id": document["parent_id"] or segment}
        datagram = _HEADER + orjson.dumps(document)
        if len(datagram) <= _LARGEST:
            with suppress(OSError):
                self._socket.sendto(datagram, daemon)

    def close(self) -> None:
        """Send no more."""
        self._socket.close()


class _Recording:
    """A subsegment that is not over."""

    __slots__ = ("_attributes", "_began", "_id", "_name", "_outer", "_part", "_recorder")

    def __init__(self, recorder: Recorder, part: Part, name: str, attributes: dict[str, Any]) -> None:
        self._recorder, self._part, self._name, self._attributes = recorder, part, name, attributes
        self._began, self._id = time.time(), secrets.token_hex(8)
        self._outer = _open.get()
        _open.set(self._id)

    def tell(self, attributes: Mapping[str, Any], name: str) -> None:
        """As of the protocol."""
        self._attributes.update(attributes)
        self._name = name or self._name

    def end(self) -> None:
        """As of the protocol."""
        _open.set(self._outer)
        self._recorder.send(self._document())

    def _document(self) -> dict[str, Any]:
        told = self._attributes
        name, namespace = _NODES.get(self._part, (self._name, ""))
        status = told.get("http.response.status_code", 0)
        document = {
            "name": _STRANGE.sub("", name)[:_LONGEST],
            "id": self._id,
            "parent_id": self._outer,
            "start_time": self._began,
            "end_time": time.time(),
            "namespace": namespace,
            "annotations": {key: told[name] for name, key in _ANNOTATIONS.items() if name in told},
            "metadata": {"brickgate": {"span": self._name, **told}},
            "sql": _statement(told),
            "aws": {"operation": told["rpc.method"]} if "rpc.method" in told else {},
            "fault": "error.type" in told or status >= _SERVER_ERROR,
            "error": _CLIENT_ERROR <= status < _SERVER_ERROR,
            "throttle": status == _THROTTLED,
        }
        return {key: value for key, value in document.items() if value or key == "parent_id"}


def _statement(told: Mapping[str, Any]) -> dict[str, str]:
    """A statement of SQL, in which there are no values."""
    text = told.get("db.query.text")
    return {"database_type": "PostgreSQL", "sanitized_query": text} if text else {}
