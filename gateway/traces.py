"""Where spans go: to OpenTelemetry's exporter, where one is configured (docs/decisions/0027)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from services import tracing
from settings import SettingsError

if TYPE_CHECKING:
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
    except ImportError:
        raise SettingsError(
            "OTEL_EXPORTER_OTLP_ENDPOINT is set, and what sends spans is not installed: uv sync --extra otel"
        ) from None
    about = {"service.name": SERVICE, "deployment.environment.name": settings.environment}
    endpoint = f"{settings.otel_exporter_otlp_endpoint.rstrip('/')}/v1/traces"
    _provider = TracerProvider(resource=Resource.create(about))
    _provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint)))
    tracing.export(_provider.get_tracer(SERVICE))


def flush() -> None:
    """Send what there is, before Lambda freezes the process."""
    if _provider is not None:
        _provider.force_flush()


def close() -> None:
    """Send what there is, and no more from now on."""
    global _provider  # noqa: PLW0603 - as above
    tracing.export(None)
    if _provider is not None:
        _provider.shutdown()
        _provider = None
