"""SECURITY.md names what is there, and forgets none of the attacks."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "SECURITY.md").read_text()
RISKS = [
    *(f"API{number}" for number in range(1, 11)),
    "injection",
    "batching",
    "introspection",
    "access control",
    "excessive errors",
]


@pytest.mark.parametrize("path", sorted({*re.findall(r"`(tests/[^`]+)`", PAGE), *re.findall(r"\]\(([^)]+)\)", PAGE)}))
def test_what_it_names_is_there(path: str) -> None:
    assert (ROOT / path).is_file()


@pytest.mark.parametrize("risk", RISKS)
def test_every_risk_has_what_defends_and_what_attacks(risk: str) -> None:
    (row,) = re.findall(rf"^\| {risk}\b.*$", PAGE, re.MULTILINE)
    _, _, defends, attacks, _ = (cell.strip() for cell in row.split("|"))
    assert defends
    assert re.fullmatch(r"`tests/[^`]+`(, `tests/[^`]+`)*", attacks)


def test_every_attack_is_told_of() -> None:
    attacks = {path.relative_to(ROOT).as_posix() for path in (ROOT / "tests/gateway/attacks").glob("test_*.py")}
    assert len(attacks) > 10
    assert attacks <= set(re.findall(r"`(tests/[^`]+)`", PAGE))
