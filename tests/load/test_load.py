"""The PRD's load in short: no answer fails, and what has no connection is refused and comes back. Figures are `make load`'s matter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.load import plan
from tests.load.__main__ import lines, sound
from tests.load.mix import MIX
from tests.load.phase import Latency, uv
from tests.load.saturation import ALLOWED, BOUND

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.dev.aws import Aws
    from gateway.dev.postgres import Postgres

POOL = 12  # connections: ten, and two more under load


def test_four_of_five_requests_read() -> None:
    shares = {kind: sum(one.share for one in MIX if one.kind == kind) for kind in ("read", "search", "write", "upload")}
    assert (shares["read"], sum(shares.values())) == (80, 100)
    assert min(shares.values()) > 0


def test_the_load_is_scaled_by_what_the_machine_bears_and_never_beyond_the_prd() -> None:
    assert plan.scale(250) * plan.SPIKE == pytest.approx(50)
    assert plan.scale(1_000_000) == 1


def test_percentiles() -> None:
    assert Latency.of(range(1, 101)) == Latency(100, 50.5, 95.0, 99.0)
    assert Latency.of([3.0]) == Latency(1, 3.0, 3.0, 3.0)


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_under_load_nothing_fails_and_nothing_hangs(
    postgres: Postgres, valkey_url: str, aws: Aws, tmp_path: Path
) -> None:
    if uv() is None:
        pytest.skip("there is no uv here, which runs Locust")
    said: list[str] = []
    figures = await plan.run(tmp_path, postgres, valkey_url, aws, 9, said.append)
    phases: dict[str, Any] = figures["phases"]
    assert list(phases) == ["bare at most", "gateway at most", "steady", "spike"]
    for name, phase in phases.items():
        assert set(phase["statuses"]) <= {"200", "201"}, (name, phase["statuses"])
        assert phase["connections"] <= POOL
    assert phases["spike"]["asked_per_second"] == max(
        1, round(500 * plan.scale(phases["bare at most"]["answered_per_second"]))
    )
    crowded, starved, afterwards = figures["saturation"].values()
    assert set(crowded["statuses"]) <= {"200", "503"}
    assert starved["statuses"] == {"503": plan.CROWD}
    assert afterwards["statuses"] == {"200": ALLOWED}
    for told in (crowded, starved):
        assert sum(told["statuses"].values()) == plan.CROWD
        assert (told["without_retry_after"], told["slowest_seconds"] < BOUND) == (0, True)
    assert sound(figures)
    assert any("the PRD's 100 and 500" in line for line in lines(figures))
