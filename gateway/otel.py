"""Spans for OpenTelemetry: by its SDK, which whoever wants it installs (docs/decisions/0027)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opentelemetry.trace import SpanKind, StatusCode, Tracer
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

if TYPE_CHECKING:
    from collections.abc import Mapping

    from services.tracing import Part

_KINDS: dict[Part, SpanKind] = {"request": SpanKind.SERVER, "auth": SpanKind.INTERNAL, "execute": SpanKind.INTERNAL}
_W3C = TraceContextTextMapPropagator()


class Recorder:
    """Gives spans to a tracer (`services.tracing.Recorder`).

    Args:
        tracer: of OpenTelemetry's SDK.
    """

    def __init__(self, tracer: Tracer) -> None:
        self._tracer = tracer

    def begin(self, part: Part, name: str, attributes: Mapping[str, Any], parent: str) -> _Recording:
        """As of the protocol."""
        # Messages of exceptions may quote what a user sent.
        return _Recording(
            self._tracer.start_as_current_span(
                name,
                _W3C.extract({"traceparent": parent}) if parent else None,
                _KINDS.get(part, SpanKind.CLIENT),
                attributes,
                record_exception=False,
                set_status_on_exception=False,
            )
        )

    def headers(self) -> dict[str, str]:
        """As of the protocol."""
        carrier: dict[str, str] = {}
        _W3C.inject(carrier)
        return carrier


class _Recording:
    """A span of OpenTelemetry's."""

    __slots__ = ("_entered", "_span")

    def __init__(self, entered: Any) -> None:
        self._entered = entered
        self._span = entered.__enter__()

    def tell(self, attributes: Mapping[str, Any], name: str) -> None:
        """As of the protocol."""
        self._span.set_attributes(attributes)
        if name:
            self._span.update_name(name)
        if "error.type" in attributes:
            self._span.set_status(StatusCode.ERROR)

    def end(self) -> None:
        """As of the protocol."""
        self._entered.__exit__(None, None, None)
