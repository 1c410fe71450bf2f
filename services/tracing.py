"""What takes how long: one `span()` around each thing that is waited for (PRD 5.3; docs/decisions/0027).

Nobody looks at spans by default, and then one costs a fraction of a microsecond. They are exported where a tracer was given, which is
OpenTelemetry's, and summed up where a request asked for it. Names and attributes are OpenTelemetry's conventions; no value that a user sent
is among them, and an exception is told by its class alone.
Source: https://opentelemetry.io/docs/specs/semconv/
"""

from __future__ import annotations

import time
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol, Self

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    from opentelemetry.trace import Tracer

Part = Literal["request", "auth", "execute", "sql", "cache", "search", "s3", "cognito", "queue"]

_AWS = {"rpc.system": "aws-api"}
# What each part's spans are: the kind, by its name in OpenTelemetry, and the attributes that all of them have.
_PARTS: Mapping[Part, tuple[str, Mapping[str, str]]] = {
    "request": ("SERVER", {}),
    "auth": ("INTERNAL", {}),
    "execute": ("INTERNAL", {}),
    "sql": ("CLIENT", {"db.system.name": "postgresql"}),
    "cache": ("CLIENT", {"db.system.name": "redis"}),
    "search": ("CLIENT", {"db.system.name": "opensearch"}),
    "s3": ("CLIENT", _AWS | {"rpc.service": "S3"}),
    "cognito": ("CLIENT", _AWS | {"rpc.service": "Cognito Identity Provider"}),
    "queue": ("CLIENT", _AWS | {"rpc.service": "SQS"}),
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
_tracer: Tracer | None = None
_clock: ContextVar[dict[Part, Took] | None] = ContextVar("clock", default=None)
_parent: ContextVar[str] = ContextVar("traceparent", default="")


def export(tracer: Tracer | None) -> None:
    """Give spans to this tracer from now on; None for nobody."""
    global _tracer  # noqa: PLW0603 - one for a process, looked at by every span
    _tracer = tracer


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
    if _tracer is not None:
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator  # noqa: PLC0415 - seldom wanted

        carrier: dict[str, str] = {}
        TraceContextTextMapPropagator().inject(carrier)
        return carrier
    parent = _parent.get()
    return {"traceparent": parent} if parent else {}


def span(part: Part, name: str, attributes: Mapping[str, Any] = _NONE) -> Span:
    """Around what is waited for; a context manager.

    Args:
        part: what kind of thing it is.
        name: of few different ones.
        attributes: further ones than all spans of the part have; nothing that a user sent.
    """
    if _tracer is None and _clock.get() is None:
        return _UNSEEN
    return _Seen(part, name, attributes)


class _Seen:
    """A span that is exported, or summed up, or both."""

    __slots__ = ("_attributes", "_began", "_entered", "_name", "_part", "_span")

    def __init__(self, part: Part, name: str, attributes: Mapping[str, Any]) -> None:
        self._part, self._name, self._attributes = part, name, attributes
        self._began = 0.0
        self._span: Any = None
        self._entered: Any = None

    @property
    def recording(self) -> bool:
        """As of `Span`."""
        return self._span is not None

    def tell(self, attributes: Mapping[str, Any], name: str = "") -> None:
        """As of `Span`."""
        if self._span is not None:
            self._span.set_attributes(attributes)
            if name not in {"", "-"}:
                self._span.update_name(name)
            if "error.type" in attributes:
                self._span.set_status(_failure())

    def __enter__(self) -> Self:
        self._began = time.perf_counter()
        if _tracer is not None:
            self._entered = self._started(_tracer)
            self._span = self._entered.__enter__()
        return self

    def _started(self, tracer: Tracer) -> Any:
        from opentelemetry.trace import SpanKind  # noqa: PLC0415 - only where spans are exported
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator  # noqa: PLC0415 - as above

        kind, common = _PARTS[self._part]
        parent = _parent.get() if self._part == "request" else ""
        context = TraceContextTextMapPropagator().extract({"traceparent": parent}) if parent else None
        # Messages of exceptions may quote what a user sent.
        return tracer.start_as_current_span(
            self._name,
            context,
            SpanKind[kind],
            {**common, **self._attributes},
            record_exception=False,
            set_status_on_exception=False,
        )

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        sums = _clock.get()
        if sums is not None:
            seconds, spans = sums.get(self._part, (0.0, 0))
            sums[self._part] = Took(seconds + time.perf_counter() - self._began, spans + 1)
        if self._span is not None:
            if kind is not None:
                self.tell({"error.type": kind.__qualname__})
            self._entered.__exit__(kind, error, traceback)


def _failure() -> Any:
    from opentelemetry.trace import StatusCode  # noqa: PLC0415 - only where spans are exported

    return StatusCode.ERROR
