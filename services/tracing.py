"""What takes how long: one `span()` around each thing that is waited for (PRD 5.3; docs/decisions/0027).

Nobody looks at spans by default, and then one costs a fraction of a microsecond. They are recorded where somebody does (`gateway.traces`),
and summed up where a request asked for it. Names and attributes are OpenTelemetry's conventions; no value that a user sent is among them,
and an exception is told by its class alone.
Source: https://opentelemetry.io/docs/specs/semconv/
"""

from __future__ import annotations

import time
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol, Self

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

Part = Literal["request", "auth", "execute", "sql", "cache", "search", "s3", "cognito", "queue"]

_AWS = {"rpc.system": "aws-api"}
# The attributes that all spans of a part have.
_PARTS: Mapping[Part, Mapping[str, str]] = {
    "request": {},
    "auth": {},
    "execute": {},
    "sql": {"db.system.name": "postgresql"},
    "cache": {"db.system.name": "redis"},
    "search": {"db.system.name": "opensearch"},
    "s3": _AWS | {"rpc.service": "S3"},
    "cognito": _AWS | {"rpc.service": "Cognito Identity Provider"},
    "queue": _AWS | {"rpc.service": "SQS"},
}
_NONE: Mapping[str, Any] = {}


class Took(NamedTuple):
    """How long the spans of a part took together, in seconds, and how many there were."""

    seconds: float
    spans: int


class Span(Protocol):
    """What is being waited for."""

    @property
    def recording(self) -> bool:
        """Whether what it is told goes anywhere."""

    def tell(self, attributes: Mapping[str, Any], name: str = "") -> None:
        """Add attributes, of which `error.type` makes it one that failed, and a better name than it began under."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None: ...


class Recording(Protocol):
    """A span that is being recorded."""

    def tell(self, attributes: Mapping[str, Any], name: str) -> None:
        """As of `Span`."""

    def end(self) -> None:
        """It is over."""


class Recorder(Protocol):
    """Takes down the spans of this process."""

    def begin(self, part: Part, name: str, attributes: Mapping[str, Any], parent: str) -> Recording:
        """A span that begins now, within the one that this task is in.

        Args:
            part: what kind of thing it is.
            name: of few different ones.
            attributes: what is known of it by now.
            parent: the span of a caller that a request belongs to (https://www.w3.org/TR/trace-context/); empty for none.
        """

    def headers(self) -> dict[str, str]:
        """What tells an outside part which span it belongs to; empty where it cannot be told."""


class _Unseen:
    """A span that nobody looks at."""

    __slots__ = ()
    recording = False

    def tell(self, attributes: Mapping[str, Any], name: str = "") -> None:
        """As of `Span`."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: object, traceback: object) -> None:
        pass


_UNSEEN = _Unseen()
_recorder: Recorder | None = None
_clock: ContextVar[dict[Part, Took] | None] = ContextVar("clock", default=None)
_parent: ContextVar[str] = ContextVar("traceparent", default="")


def record(recorder: Recorder | None) -> None:
    """Have spans taken down from now on; None for nobody."""
    global _recorder  # noqa: PLW0603 - one for a process, looked at by every span
    _recorder = recorder


def clock() -> dict[Part, Took]:
    """Sum up the spans of this request from now on: what each part took by now."""
    sums: dict[Part, Took] = {}
    _clock.set(sums)
    return sums


def follow(traceparent: str) -> None:
    """Belong to the trace that a caller began (https://www.w3.org/TR/trace-context/); empty for a trace of one's own."""
    _parent.set(traceparent)


def headers() -> dict[str, str]:
    """What to send along with a request to an outside part, so that its spans belong to the same trace."""
    told = _recorder.headers() if _recorder else {}
    parent = _parent.get()
    return told or ({"traceparent": parent} if parent else {})


def span(part: Part, name: str, attributes: Mapping[str, Any] = _NONE) -> Span:
    """Around what is waited for; a context manager.

    Args:
        part: what kind of thing it is.
        name: of few different ones.
        attributes: further ones than all spans of the part have; nothing that a user sent.
    """
    if _recorder is None and _clock.get() is None:
        return _UNSEEN
    return _Seen(part, name, attributes)


class _Seen:
    """A span that is recorded, or summed up, or both."""

    __slots__ = ("_attributes", "_began", "_name", "_part", "_recording")

    def __init__(self, part: Part, name: str, attributes: Mapping[str, Any]) -> None:
        self._part, self._name, self._attributes = part, name, attributes
        self._began = 0.0
        self._recording: Recording | None = None

    @property
    def recording(self) -> bool:
        """As of `Span`."""
        return self._recording is not None

    def tell(self, attributes: Mapping[str, Any], name: str = "") -> None:
        """As of `Span`."""
        if self._recording:
            self._recording.tell(attributes, "" if name == "-" else name)

    def __enter__(self) -> Self:
        self._began = time.perf_counter()
        if _recorder:
            parent = _parent.get() if self._part == "request" else ""
            known = {**_PARTS[self._part], **self._attributes}
            self._recording = _recorder.begin(self._part, self._name, known, parent)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        sums = _clock.get()
        if sums is not None:
            seconds, spans = sums.get(self._part, (0.0, 0))
            sums[self._part] = Took(seconds + time.perf_counter() - self._began, spans + 1)
        if self._recording:
            if kind is not None:
                self.tell({"error.type": kind.__qualname__})
            self._recording.end()
