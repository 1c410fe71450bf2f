"""What a span costs that nobody looks at, as every wait of a request has one."""

from __future__ import annotations

import time
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

from services.tracing import span

if TYPE_CHECKING:
    from collections.abc import Callable

_TIMES, _ROUNDS = 100_000, 5
_NOTHING = nullcontext()


def measure() -> dict[str, float]:
    """Microseconds of one `with`: of Python's own `nullcontext`, and of a span."""
    return {"nullcontext": _cost(lambda: _NOTHING), "span": _cost(lambda: span("sql", "SELECT moc_files"))}


def _cost(make: Callable[[], Any]) -> float:
    """The best of some rounds: whatever else the machine does only adds."""
    best = float("inf")
    for _ in range(_ROUNDS):
        began = time.process_time()
        for _ in range(_TIMES):
            with make():
                pass
        best = min(best, time.process_time() - began)
    return best / _TIMES * 1e6
