"""Logs, metrics and spans of a process, as its settings want them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway import logs, traces
from services import metrics

if TYPE_CHECKING:
    from settings import Settings


def configure(settings: Settings) -> None:
    """Log, count and trace as `settings` say; called once, where a process starts."""
    logs.configure(settings)
    metrics.configure(settings.environment if settings.metrics == "emf" else None)
    traces.configure(settings)
