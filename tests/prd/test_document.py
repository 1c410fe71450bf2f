"""The stories and criteria that docs/prd.md has."""

from __future__ import annotations

from tests.prd.document import Story, required, stories

TEXT = """\
### Story 1.1: Walls

**As a** builder, I want
1. no criterion, for it stands before the list

**Acceptance Criteria**:

1. They stand
   - on all sides
   1. and this is detail
2. They have doors

---

## Epic 2: Roofs

1. no criterion, for no story is open

### Story 2.1: Tiles

**Acceptance Criteria**:

1. They are red
"""


def test_criteria_are_the_numbered_list_of_a_story() -> None:
    assert stories(TEXT) == [
        Story("1.1", "Walls", {"1.1.1": "They stand", "1.1.2": "They have doors"}),
        Story("2.1", "Tiles", {"2.1.1": "They are red"}),
    ]


def test_every_story_of_the_product_is_found() -> None:
    found = {story.number: story for story in required()}
    assert list(found)[::9] == ["1.1", "2.2", "3.3", "4.4", "5.5"]
    assert found["1.1"].title == "Initialize SST v3 Project Structure"
    assert found["5.8"].title == "Decommission Legacy ECS Infrastructure"
    assert (len(found), sum(len(story.criteria) for story in found.values())) == (40, 358)


def test_criteria_are_numbered_as_in_the_document() -> None:
    listing = next(story for story in required() if story.number == "2.2")
    assert list(listing.criteria) == [f"2.2.{number}" for number in range(1, 12)]
    assert listing.criteria["2.2.6"] == "Tag filtering applies to `tags` JSONB column"
