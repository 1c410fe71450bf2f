"""What an image may be, without a database (contract section 3)."""

from __future__ import annotations

from typing import Any

import pytest

from resolvers.errors import ValidationFailed
from resolvers.images import rules

ALBUM = "40000000-0000-4000-8000-000000000001"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ({}, {}),
        ({"title": " Dawn\n"}, {"title": "Dawn"}),
        ({"title": f" {'t' * 200} "}, {"title": "t" * 200}),
        ({"description": None, "tags": None, "album_id": None}, {"description": None, "tags": None, "album_id": None}),
        ({"description": "  ", "tags": [" a "]}, {"description": "  ", "tags": [" a "]}),
        ({"album_id": ALBUM.upper()}, {"album_id": ALBUM.upper()}),
    ],
)
def test_what_is_given_is_kept_but_for_the_spaces_around_a_title(given: dict[str, Any], kept: dict[str, Any]) -> None:
    assert rules.change(given) == kept


def test_all_that_is_wrong_with_a_change_is_named() -> None:
    wrong = {"title": "\t", "description": "d" * 2001, "tags": ["", "ok"], "album_id": f"{ALBUM}\n"}
    with pytest.raises(ValidationFailed) as failed:
        rules.change(wrong)
    assert [(detail.path, detail.message) for detail in failed.value.details] == [
        (("title",), "must have 1 to 200 characters, has 0"),
        (("description",), "must have at most 2000 characters, has 2001"),
        (("tags", 0), "must have 1 to 50 characters, has 0"),
        (("album_id",), rf"must be a UUID, is '{ALBUM}\n'"),
    ]


def test_a_title_cannot_be_cleared() -> None:
    with pytest.raises(ValidationFailed) as failed:
        rules.change({"title": None})
    assert [(detail.path, detail.message) for detail in failed.value.details] == [(("title",), "must not be null")]
