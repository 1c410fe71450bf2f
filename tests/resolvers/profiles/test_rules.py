"""What a name may be (PRD 4.3.2)."""

from __future__ import annotations

import pytest

from resolvers.errors import ValidationFailed
from resolvers.profiles import rules

GOOD = ["A", "x" * 100, "Alice B", "R2 D2", "José", "Łukasz 3", "山田 太郎", "हिन्दी", "Zoe\u0308", "٣"]
BAD = [
    "",
    " ",
    "x" * 101,
    "a-b",
    "a_b",
    "O'Neil",
    "a\tb",
    "a\nb",
    "a\u00a0b",
    "a\0",
    "<b>",
    "a.b",
    "☕",
    "½",
    "a\u200bb",
]


@pytest.mark.prd("4.3.2")
@pytest.mark.parametrize("name", GOOD)
def test_letters_digits_and_spaces_are_a_name(name: str) -> None:
    assert rules.change({"name": name}) == {"name": name}


@pytest.mark.prd("4.3.2")
@pytest.mark.parametrize("name", [*BAD, None])
def test_anything_else_is_not(name: str | None) -> None:
    with pytest.raises(ValidationFailed) as wrong:
        rules.change({"name": name})
    assert [detail.path for detail in wrong.value.details] == [("name",)]


def test_nothing_changes_nothing() -> None:
    assert rules.change({}) == {}
