"""docs/performance.md out of figures: what was measured, whether it reaches the target, and the same text for the same figures."""

from __future__ import annotations

from typing import Any

import pytest

from tests.bench.page import Measured, page


def request(
    p50: float, p95: float, p99: float, cpu: float, statements: float = 0, trips: float = 0
) -> dict[str, float]:
    return {"p50": p50, "p95": p95, "p99": p99, "cpu": cpu, "statements": statements, "trips": trips}


def phase(*, rate: int | None = None, answered: float = 100.0, failed: float = 0.0) -> dict[str, Any]:
    latency = {"requests": 10, "p50": 5.0, "p95": 9.0, "p99": 11.5}
    told = {"seconds": 20.0, "asked_per_second": rate, "answered_per_second": answered, "failed": failed}
    return {**told, "latency": {"all": latency}, "connections": 7, "memory_mb": 110}


def measured(*, failed: float = 0.0, saved: str = "5%", start: float = 1.2) -> Measured:
    seen = {"statuses": {"503": 100}, "slowest_seconds": 6.9, "without_retry_after": 0}
    return Measured(
        bench={
            "MOC list": {
                "floor": request(100, 200, 400, 50),
                "gateway": request(150, 250, 1000, 60, 1, 2),
                "alone": request(1, 1, 1, 45),
            },
            "MOC list, kept": {"floor": request(100, 200, 400, 50), "gateway": request(50, 50, 100, 25, 0, 1)},
            "photograph": {"floor": {"seconds": 1}, "gateway": {"seconds": 1}},
        },
        coldstart={"/health": {"imports": 1.0, "init": start, "first_answer": 0.1, "ratio_to_imports": 1.3}},
        load={
            "factor": 0.12,
            "phases": {
                "bare at most": phase(answered=300),
                "gateway at most": phase(answered=240),
                "steady": phase(rate=12),
                "spike": phase(rate=60, failed=failed),
            },
            "saturation": {"crowded": seen | {"statuses": {"200": 97, "503": 3}}, "starved": seen, "afterwards": seen},
        },
        cost="# What\n\n## Against the legacy estate (PRD 5.6.2)\n\n| a | b |\n\n"
        f"| **less here than there** | **-43%** | **{saved}** |\n\n## Levers\n",
        machine="2 cores",
        bench_at="2026-11-26",
        coldstart_at="2026-11-25",
        load_at="2026-11-24",
    )


def test_each_target_is_told_with_what_was_measured_and_whether_it_is_met() -> None:
    text = page(measured())
    assert text == page(measured())
    assert "on 2 cores: requests measured 2026-11-26, cold starts 2026-11-25, load 2026-11-24." in text
    assert "p50 0.5 to 1.5, p95 0.2 to 1.2, p99 0.2 to 2.5 | *open*" in text
    assert "| throughput at peak: ECS's or more | 80% of what the bare service bears, for MOC detail | *open* |" in text
    assert "| 5xx below 0.5% | 0.00% steady, 0.00% spike | yes, at the load below |" in text
    assert "| cold starts below 2 s p99 | 1.30 s of processor time, the best of several | *open* |" in text
    assert "12 a second for 20.0 s, 60 a second for 20.0 s" in text
    assert "| more than 40% less cost | 5% less in production | **no** |" in text


def test_the_tables_hold_the_figures() -> None:
    text = page(measured())
    assert "| MOC list | 1.50 | 1.25 | 2.50 | 1.20 | 0.90 | 1.0 | 2.0 |" in text
    assert "| MOC list, kept | 0.50 | 0.25 | 0.25 | 0.50 | - | 0.0 | 1.0 |" in text
    assert "photograph" not in text
    assert "| spike | 20 | 60 | 100.0 | 5.0 | 9.0 | 11.5 | 0.00% | 7 | 110 |" in text
    assert "97 times 200, 3 times 503, the slowest after 6.9 s" in text
    assert "every refusal says by Retry-After when to come again" in text
    assert "| `/health` | 1.00 | 1.20 | 0.10 | 1.30 |" in text
    assert "| a | b |" in text
    assert "Levers" not in text


@pytest.mark.parametrize(
    ("changes", "row"),
    [
        ({"failed": 0.01}, "| 5xx below 0.5% | 0.00% steady, 1.00% spike | **no** |"),
        ({"start": 2.5}, "| cold starts below 2 s p99 | 2.60 s of processor time, the best of several | no |"),
        ({"saved": "41%"}, "| more than 40% less cost | 41% less in production | yes |"),
    ],
)
def test_a_verdict_follows_its_figure(changes: dict[str, Any], row: str) -> None:
    assert row in page(measured(**changes))
