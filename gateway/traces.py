"""Where spans go: to OpenTelemetry's exporter where one is configured, else in Lambda to X-Ray (docs/decisions/0027)."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from gateway import xray
from services import tracing
from settings import SettingsError, invocation_trace, xray_daemon

if TYPE_CHECKING:
    from collections.abc import Iterator

    from settings import Settings

SERVICE = "brickgate"
_provider: Any = None


def configure(settings: Settings) -> None:
    """Send spans to `OTEL_EXPORTER_OTLP_ENDPOINT`, where it is set; called once, where a process starts.

    Raises:
        SettingsError: it is set, and OpenTelemetry's SDK is not installed.
    """
    global _provider  # noqa: PLW0603 - one for a process
    if settings.otel_exporter_otlp_endpoint is None:
        return
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415 - an extra
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415 - as above
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415 - as above
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415 - as above

        from gateway import otel  # noqa: PLC0415 - as above
    except ImportError:
        raise SettingsError(
            "OTEL_EXPORTER_OTLP_ENDPOINT is set, and what sends spans is not installed: uv sync --extra otel"
        ) from None
    about = {"service.name": SERVICE, "deployment.environment.name": settings.environment}
    endpoint = f"{settings.otel_exporter_otlp_endpoint.rstrip('/')}/v1/traces"
    _provider = TracerProvider(resource=Resource.create(about))
    _provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint)))
    tracing.record(otel.Recorder(_provider.get_tracer(SERVICE)))


@contextmanager
def invoked() -> Iterator[None]:
    """Around an invocation by Lambda: its spans are sent before the process is frozen."""
    if _provider is not None:
        try:
            yield
        finally:
            _provider.force_flush()
    elif invocation := xray.Invocation.of(invocation_trace(), xray_daemon()):
        recorder = xray.Recorder(invocation)
        tracing.record(recorder)
        try:
            yield
        finally:
            tracing.record(None)
            recorder.close()
    else:
        yield


def close() -> None:
    """Send what there is, and no more from now on."""
    global _provider  # noqa: PLW0603 - as above
    tracing.record(None)
    if _provider is not None:
        _provider.shutdown()
        _provider = None
