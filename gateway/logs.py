"""Logs: one JSON object a line, each with the request it belongs to (PRD 4.8.7)."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING

from pythonjsonlogger.orjson import OrjsonFormatter

from gateway import requests

if TYPE_CHECKING:
    from settings import Settings


class _RequestFilter(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        record.requestId = requests.current()
        record.userId = requests.caller()
        return True


def configure(settings: Settings) -> None:
    """Log to standard output from `LOG_LEVEL` up; called once, where a process starts."""
    handler = logging.StreamHandler(sys.stdout)
    handler.addFilter(_RequestFilter())
    handler.setFormatter(
        OrjsonFormatter(
            "{levelname}{name}{message}{requestId}{userId}",
            style="{",
            rename_fields={"levelname": "level", "name": "logger"},
            timestamp=True,
        )
    )
    logger = logging.getLogger("brickgate")
    logger.handlers, logger.propagate = [handler], False
    logger.setLevel(settings.log_level)
