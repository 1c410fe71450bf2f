"""What the marked tests prove: a pytest plugin that remembers how each ended."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pytest

    from tests.prd.document import Story

PASSED = "passed"


def pytest_itemcollected(item: pytest.Item) -> None:
    """Send a test's criteria along with its reports, which may come from another process (pytest-xdist); a hook of tests/conftest.py."""
    item.user_properties.extend(("prd", mark.args[0]) for mark in item.iter_markers("prd"))


@dataclass(eq=False)
class Evidence:
    """How the tests of each criterion ended: `passed`, `failed` or `skipped`, by the test's id."""

    outcomes: dict[str, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note the worst of a test's phases; what only passes by failing (xfail) is noted as pytest does, as skipped."""
        for name, value in report.user_properties:
            if name != "prd":
                continue
            ended = self.outcomes[str(value)]
            if ended.get(report.nodeid, PASSED) == PASSED:
                ended[report.nodeid] = report.outcome


def proved(outcomes: Mapping[str, str] | None) -> bool:
    """Whether a criterion is proved: there are tests of it, and every one passed."""
    return bool(outcomes) and set((outcomes or {}).values()) == {PASSED}


def record(story: Story, evidence: Mapping[str, Mapping[str, str]]) -> dict[str, object]:
    """A story's coverage, as the JSON report has it."""
    return {
        "story": story.number,
        "title": story.title,
        "criteria": [
            {
                "criterion": criterion,
                "text": text,
                "proved": proved(evidence.get(criterion)),
                "tests": evidence.get(criterion, {}),
            }
            for criterion, text in story.criteria.items()
        ],
    }


def lines(story: Story, evidence: Mapping[str, Mapping[str, str]]) -> list[str]:
    """A story's coverage, as it is printed: how many, then which by their numbers within the story."""
    by_state: dict[str, list[str]] = {"proved": [], "not proved": [], "refuted": []}
    for criterion in story.criteria:
        outcomes = evidence.get(criterion)
        state = "proved" if proved(outcomes) else "refuted" if "failed" in (outcomes or {}).values() else "not proved"
        by_state[state].append(criterion.rpartition(".")[2])
    head = f"{story.number}  {story.title[:76]:76}  {len(by_state['proved']):>2} of {len(story.criteria):>2}"
    return [head, *(f"       {state:12}{', '.join(numbers)}" for state, numbers in by_state.items() if numbers)]
