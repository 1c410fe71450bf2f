"""Reads the stories and acceptance criteria out of `docs/prd.md`."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

PRD = Path(__file__).parents[2] / "docs" / "prd.md"
_STORY = re.compile(r"### Story (\d+\.\d+): (.+)")
_CRITERION = re.compile(r"(\d+)\. (.+)")


@dataclass(frozen=True)
class Story:
    """A story, its criteria by number: `2.4.11` is criterion 11 of story 2.4."""

    number: str
    title: str
    criteria: dict[str, str] = field(default_factory=dict)


def stories(text: str) -> list[Story]:
    """The stories of a requirements document, in its order.

    A story begins with `### Story N.M: title`; its criteria are the numbered list below `**Acceptance Criteria**:`.
    """
    found: list[Story] = []
    listing = False
    for line in text.splitlines():
        if heading := _STORY.fullmatch(line):
            found.append(Story(heading[1], heading[2]))
        if line.startswith("#"):
            listing = False
        elif line == "**Acceptance Criteria**:":
            listing = True
        elif listing and (item := _CRITERION.fullmatch(line)):
            found[-1].criteria[f"{found[-1].number}.{item[1]}"] = item[2]
    return found


def required() -> list[Story]:
    """The stories of the product's own document."""
    return stories(PRD.read_text())
