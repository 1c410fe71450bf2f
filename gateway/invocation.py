"""One invocation of a function: what its log lines are known by, and what must be told before Lambda freezes the process."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from gateway import logs, traces
from services import metrics

if TYPE_CHECKING:
    from collections.abc import Iterator

_log = logging.getLogger("brickgate.invocation")
_cold = iter([True])  # an instance is cold once; of a snapshot, each copy


@contextmanager
def invocation(context: Any) -> Iterator[None]:
    """Around the work of one invocation.

    Args:
        context: Lambda's.
    """
    logs.invoked(getattr(context, "aws_request_id", ""))
    if next(_cold, False):
        metrics.count(metrics.COLD_STARTS)
        _log.info("cold start", extra={"coldStart": True})
    try:
        with traces.invoked():
            yield
    finally:
        metrics.flush()
