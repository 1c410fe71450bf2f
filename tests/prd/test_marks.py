"""Every mark names a criterion that exists; a mistyped one would prove nothing, silently."""

from __future__ import annotations

from pathlib import Path

from tests.prd.document import required
from tests.prd.marks import Mark, in_folder, in_source

SOURCE = """\
@pytest.mark.prd("1.1.1")
@pytest.mark.prd(NAME)
@pytest.mark.prd()
@pytest.mark.parametrize("x", [pytest.param(1, marks=pytest.mark.prd("1.1.2"))])
@pytest.mark.slow
def test_walls(x): ...
"""


def test_marks_are_found_wherever_pytest_takes_them() -> None:
    assert sorted(in_source(SOURCE, "test_walls.py"), key=lambda mark: mark.place) == [
        Mark("1.1.1", "test_walls.py:1"),
        Mark(None, "test_walls.py:2"),
        Mark(None, "test_walls.py:3"),
        Mark("1.1.2", "test_walls.py:4"),
    ]


def test_every_mark_names_a_criterion_of_the_product() -> None:
    criteria = {criterion for story in required() for criterion in story.criteria}
    assert [mark for mark in in_folder(Path(__file__).parents[1]) if mark.criterion not in criteria] == []
