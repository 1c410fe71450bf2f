"""The gateway answers as the legacy service did, but where somebody asked it not to."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from gateway.dev.parity.differences import declared
from tests.parity.recorded import ENVIRONMENTS

if TYPE_CHECKING:
    from gateway.dev.parity.differences import Declared
    from gateway.dev.parity.replay import Report


@pytest.mark.parametrize("file", ENVIRONMENTS)
def test_answers_are_as_recorded(reports: dict[str, Report], file: str) -> None:
    faults = reports[file].faults
    assert not faults, f"{len(faults)} answers differ:\n" + "\n".join(map(str, faults))


def test_every_declared_difference_still_occurs(reports: dict[str, Report]) -> None:
    occurred: Counter[Declared] = Counter()
    for report in reports.values():
        occurred.update(report.declared)
    assert [entry for entry in declared() if not occurred[entry]] == []
