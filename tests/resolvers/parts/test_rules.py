"""What a parts list may be, without a database (contract section 3)."""

from __future__ import annotations

from typing import Any

import pytest

from resolvers.errors import ValidationFailed
from resolvers.parts import rules

FILE = "20000000-0000-4000-8000-000000000003"


def test_right_values_stay_as_they_were_sent() -> None:
    values: dict[str, Any] = {
        "title": "Parts",
        "description": None,
        "file_id": FILE,
        "total_parts_count": "00812",
        "cost_estimate": "249.90",
        "notes": "",
    }
    assert rules.columns(values) == values


def test_nothing_is_added_to_what_was_given() -> None:
    assert rules.columns({}) == {}
    assert rules.columns({"actual_cost": None, "file_id": None}) == {"actual_cost": None, "file_id": None}


@pytest.mark.parametrize(
    ("given", "kept"), [("0", "0.00"), ("5.5", "5.50"), ("99.99", "99.99"), ("100", "100.00"), ("00.1", "0.10")]
)
def test_a_percentage_has_two_decimals(given: str, kept: str) -> None:
    assert rules.columns({"inventory_percentage": given}) == {"inventory_percentage": kept}


@pytest.mark.parametrize(
    "given", ["", "-0", "+1", "100.001", "100.01", "1.234", "1.", ".5", "1e1", "inf", " 5", "5\n", "\u0665"]
)
def test_what_is_no_percentage_is_refused(given: str) -> None:
    with pytest.raises(ValidationFailed) as failed:
        rules.columns({"inventory_percentage": given})
    (detail,) = failed.value.details
    assert detail.path == ("inventory_percentage",)
    assert detail.message == f"must be from 0.00 to 100.00, at most two decimals, is {given!r}"


@pytest.mark.parametrize("field", rules.COUNTS)
@pytest.mark.parametrize("given", ["", "-1", "1.0", "1e3", "9" * 21, "1\n", "٣"])
def test_what_is_no_count_is_refused(field: str, given: str) -> None:
    with pytest.raises(ValidationFailed) as failed:
        rules.columns({field: given})
    assert [(detail.path, detail.message) for detail in failed.value.details] == [
        ((field,), f"must be a whole number of 0 or more, is {given!r}")
    ]


@pytest.mark.parametrize("field", rules.COSTS)
@pytest.mark.parametrize("given", ["", "-0.5", "1,5", ".5", "1.", "1e3", "inf", "$5", "9" * 21, "0." + "1" * 11])
def test_what_is_no_cost_is_refused(field: str, given: str) -> None:
    with pytest.raises(ValidationFailed) as failed:
        rules.columns({field: given})
    assert [(detail.path, detail.message) for detail in failed.value.details] == [
        ((field,), f"must be a number of 0 or more, such as 49.99, is {given!r}")
    ]


def test_a_long_wrong_value_is_shown_by_its_beginning() -> None:
    with pytest.raises(ValidationFailed) as failed:
        rules.columns({"actual_cost": "x" * 5000})
    assert failed.value.details[0].message == f"must be a number of 0 or more, such as 49.99, is {'x' * 50!r}"


def test_all_that_is_wrong_is_named() -> None:
    wrong = {
        "title": None,
        "built": None,
        "description": "d" * 2001,
        "file_id": "x",
        "total_parts_count": "x",
        "actual_cost": "x",
        "inventory_percentage": "x",
    }
    with pytest.raises(ValidationFailed) as failed:
        rules.columns(wrong)
    assert sorted(detail.path[0] for detail in failed.value.details) == sorted(wrong)
