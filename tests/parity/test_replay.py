"""The gateway answers as the legacy service did, but where somebody asked it not to."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from gateway.dev.parity.differences import declared
from gateway.dev.parity.replay import Outcome
from tests.parity.recorded import ENVIRONMENTS

if TYPE_CHECKING:
    from gateway.dev.parity.differences import Declared
    from gateway.dev.parity.replay import Report


@pytest.mark.parametrize("file", ENVIRONMENTS)
def test_answers_are_as_recorded(reports: dict[str, Report], file: str) -> None:
    faults = reports[file].faults
    assert not faults, f"{len(faults)} answers differ:\n" + "\n".join(map(str, faults))


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        pytest.param("/api/images", {"GET", "POST"}, marks=pytest.mark.prd("3.3.9")),
        pytest.param("/api/images/{id}", {"PATCH", "DELETE"}, marks=pytest.mark.prd("3.3.9")),
        pytest.param("/api/albums", {"GET"}, marks=pytest.mark.prd("3.4.10")),
        pytest.param("/api/albums/{id}", {"GET"}, marks=pytest.mark.prd("3.4.10")),
    ],
)
def test_the_gallery_answers_as_it_did_to_the_last_field(
    reports: dict[str, Report], path: str, methods: set[str]
) -> None:
    """The legacy service had no other routes of them that answered."""
    outcomes = reports["exchanges.jsonl"].outcomes
    assert {
        route.split()[0] for route, outcome in outcomes if route.split()[1] == path and outcome is Outcome.EQUAL
    } == methods
    assert [route for route, outcome in outcomes if route.split()[1] == path and outcome is Outcome.DIFFERENT] == []


def test_every_declared_difference_still_occurs(reports: dict[str, Report]) -> None:
    occurred: Counter[Declared] = Counter()
    for report in reports.values():
        occurred.update(report.declared)
    assert [entry for entry in declared() if not occurred[entry]] == []
