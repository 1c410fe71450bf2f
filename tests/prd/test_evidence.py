"""A criterion is proved by tests that passed, all of them, and at least one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.prd import evidence
from tests.prd.document import Story
from tests.prd.evidence import proved

STORY = Story("1.1", "Walls", {"1.1.1": "They stand", "1.1.2": "They have doors", "1.1.10": "They are thick"})
FOUND = {"1.1.1": {"t::a": "passed"}, "1.1.10": {"t::a": "passed", "t::b": "failed"}}


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        (None, False),
        ({}, False),
        ({"a": "passed"}, True),
        ({"a": "passed", "b": "passed"}, True),
        ({"a": "passed", "b": "skipped"}, False),
        ({"a": "passed", "b": "failed"}, False),
    ],
)
def test_all_tests_of_a_criterion_must_pass(outcomes: dict[str, str] | None, *, expected: bool) -> None:
    assert proved(outcomes) is expected


def test_a_story_is_printed_by_the_numbers_of_its_criteria() -> None:
    head, *states = evidence.lines(STORY, FOUND)
    assert head.split() == ["1.1", "Walls", "1", "of", "3"]
    assert [state.split() for state in states] == [["proved", "1"], ["not", "proved", "2"], ["refuted", "10"]]


def test_a_story_is_recorded_with_its_tests() -> None:
    assert evidence.record(STORY, FOUND) == {
        "story": "1.1",
        "title": "Walls",
        "criteria": [
            {"criterion": "1.1.1", "text": "They stand", "proved": True, "tests": {"t::a": "passed"}},
            {"criterion": "1.1.2", "text": "They have doors", "proved": False, "tests": {}},
            {
                "criterion": "1.1.10",
                "text": "They are thick",
                "proved": False,
                "tests": {"t::a": "passed", "t::b": "failed"},
            },
        ],
    }


MARKED = """\
import pytest

@pytest.fixture
def broken():
    yield
    raise AssertionError

@pytest.mark.prd("1")
def test_passes(): pass

@pytest.mark.prd("1")
@pytest.mark.prd("2")
def test_skips(): pytest.skip()

@pytest.mark.prd("3")
def test_breaks_at_its_end(broken): pass

@pytest.mark.prd("4")
@pytest.mark.xfail
def test_fails_as_expected(): raise AssertionError

def test_without_a_mark(): raise AssertionError
"""
PROGRAM = """\
import pytest, sys
from tests.prd.evidence import Evidence
found = Evidence()
pytest.main(["-q", "-m", "prd", "-p", "no:cacheprovider", "--rootdir", sys.argv[1], *sys.argv[1:]], plugins=[found])
print({criterion: sorted(ended.values()) for criterion, ended in sorted(found.outcomes.items())})
"""


@pytest.mark.parametrize("processes", ["0", "2"])
def test_the_worst_phase_of_a_test_counts_wherever_it_ran(processes: str, tmp_path: Path) -> None:
    (tmp_path / "test_marked.py").write_text(MARKED)
    (tmp_path / "conftest.py").write_text("from tests.prd.evidence import pytest_itemcollected\n")
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = prd\n")
    command = [sys.executable, "-c", PROGRAM, str(tmp_path), "-n", processes]
    run = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=True)
    *_, last = run.stdout.splitlines()
    assert last == "{'1': ['passed', 'skipped'], '2': ['skipped'], '3': ['failed'], '4': ['skipped']}"
