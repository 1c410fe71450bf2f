"""What an album may be, without a database (contract section 3)."""

from __future__ import annotations

from typing import Any

import pytest

from resolvers.albums import rules
from resolvers.errors import ValidationFailed

COVER = "30000000-0000-4000-8000-000000000001"


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"title": " Castles "},
        {"title": "t" * 200, "description": "d" * 2000, "cover_image_id": COVER},
        {"description": None, "cover_image_id": None},
    ],
)
def test_right_values_stay_as_they_were_sent(given: dict[str, Any]) -> None:
    assert rules.columns(given) == given


@pytest.mark.parametrize(
    ("title", "message"),
    [
        (None, "must not be null"),
        ("", "must have 1 to 200 characters, has 0"),
        (" \n", "must not be blank"),
        ("t" * 201, "must have 1 to 200 characters, has 201"),
        ("\0", "must not contain the NUL character"),
    ],
)
def test_what_is_no_title_is_refused(title: str | None, message: str) -> None:
    with pytest.raises(ValidationFailed) as failed:
        rules.columns({"title": title})
    assert [(detail.path, detail.message) for detail in failed.value.details] == [(("title",), message)]


def test_all_that_is_wrong_is_named_the_value_by_its_beginning() -> None:
    with pytest.raises(ValidationFailed) as failed:
        rules.columns({"title": "", "description": "d" * 2001, "cover_image_id": "x" * 5000})
    assert [(detail.path, detail.message) for detail in failed.value.details] == [
        (("title",), "must have 1 to 200 characters, has 0"),
        (("description",), "must have at most 2000 characters, has 2001"),
        (("cover_image_id",), f"must be a UUID, is {'x' * 50!r}"),
    ]
