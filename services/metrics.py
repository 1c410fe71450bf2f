"""What is counted for operators (PRD 5.1.3), as one table, and the lines of the log that CloudWatch makes metrics of.

The process keeps sums and writes them when a request or an invocation ends, one line for all that has come together: nothing is sent,
and nobody waits. AWS's Powertools write the same lines, but have one set of dimensions for all that an invocation counts, and know no
requests that overlap.
Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

from __future__ import annotations

import sys
import time
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import orjson

if TYPE_CHECKING:
    from collections.abc import Mapping

NAMESPACE = "LEGO-API"
DIMENSION = "Environment"  # that every metric has


@dataclass(frozen=True, eq=False)
class Metric:
    """Something that is counted or measured.

    Args:
        name: in CloudWatch.
        meaning: what it says, for `docs/operations.md`.
        unit: of its values.
        by: a further dimension; the metric is there with and without it.
        latest: whether the latest value replaces those before it, which are summed otherwise.
    """

    name: str
    meaning: str
    unit: Literal["Count", "Seconds"] = "Count"
    by: str = ""
    latest: bool = False


MOCS_CREATED = Metric("MocsCreated", "MOCs and sets that were created")
IMAGES_UPLOADED = Metric("ImagesUploaded", "Pictures that were stored: of galleries, MOCs, wishlists and profiles")
SEARCHES_PERFORMED = Metric(
    "SearchesPerformed",
    "Searches that were answered; by what answered: `opensearch`, `database` (PostgreSQL) or `cache`",
    by="Engine",
)
CACHE_HITS = Metric("CacheHits", "Reads that Redis still had the answer to")
CACHE_MISSES = Metric("CacheMisses", "Reads that Redis might have had the answer to, and had not")
OUTBOX_AGE = Metric(
    "OutboxAge", "How long the oldest row of the outbox has been waiting to be done", unit="Seconds", latest=True
)
OUTBOX_DEAD = Metric("OutboxDead", "Rows of the outbox that were given up, see `make outbox`", latest=True)
COLD_STARTS = Metric("ColdStarts", "First invocations of an instance of a function")
RATE_LIMITED = Metric("RateLimited", "Requests that were one too many of their caller")
ERRORS = Metric(
    "Errors", "Requests that ended with an error of any kind, by the code that the client was told", by="Code"
)

METRICS = (
    MOCS_CREATED,
    IMAGES_UPLOADED,
    SEARCHES_PERFORMED,
    CACHE_HITS,
    CACHE_MISSES,
    OUTBOX_AGE,
    OUTBOX_DEAD,
    COLD_STARTS,
    RATE_LIMITED,
    ERRORS,
)


class _Ledger:
    """What this process has counted and not told yet; nothing while it has no environment."""

    def __init__(self) -> None:
        self.environment: str | None = None
        self.sums: dict[str, dict[Metric, float]] = defaultdict(dict)


_ledger = _Ledger()


def configure(environment: str | None) -> None:
    """Count from now on, under this value of `Environment`; None for not at all."""
    _ledger.environment = environment
    _ledger.sums.clear()


def counting() -> bool:
    """Whether anything is counted: what has to be asked for first need not be asked for otherwise."""
    return _ledger.environment is not None


def count(metric: Metric, value: float = 1, *, by: str = "") -> None:
    """Count `value` more, or note it where the latest counts.

    Args:
        metric: one of `METRICS`.
        value: how many, or how much.
        by: the value of the metric's further dimension, where it has one.
    """
    if _ledger.environment is not None:
        sums = _ledger.sums[by]
        sums[metric] = value if metric.latest else sums.get(metric, 0) + value


def flush() -> None:
    """Write what was counted since the last time to standard output, which in Lambda is the log."""
    if not _ledger.sums:
        return
    sums, _ledger.sums = _ledger.sums, defaultdict(dict)
    now = time.time_ns() // 1_000_000
    lines = [orjson.dumps(_document(values, by, _ledger.environment or "", now)) for by, values in sums.items()]
    sys.stdout.write(b"\n".join([*lines, b""]).decode())
    sys.stdout.flush()


def _document(values: Mapping[Metric, float], by: str, environment: str, now: int) -> dict[str, Any]:
    """One line: metrics of one value of their further dimensions, at most one of which any metric has."""
    directives: dict[str, list[Metric]] = defaultdict(list)
    for metric in values:
        directives[metric.by].append(metric)
    told = [
        {
            "Namespace": NAMESPACE,
            "Dimensions": [[DIMENSION], [DIMENSION, name]] if name else [[DIMENSION]],
            "Metrics": [{"Name": metric.name, "Unit": metric.unit} for metric in metrics],
        }
        for name, metrics in directives.items()
    ]
    return {
        "_aws": {"Timestamp": now, "CloudWatchMetrics": told},
        DIMENSION: environment,
        **{name: by for name in directives if name},
        **{metric.name: value for metric, value in values.items()},
    }
