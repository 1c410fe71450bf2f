"""What a complaint may say, without a database (contract sections 3 and 7)."""

from __future__ import annotations

import pytest

from resolvers.errors import ValidationFailed
from resolvers.flags import rules

IMAGE = "30000000-0000-4000-8000-000000000001"


@pytest.mark.parametrize("reason", [None, "", "r" * 2000])
def test_a_complaint_may_give_a_reason(reason: str | None) -> None:
    rules.flag(IMAGE, reason)


def test_all_that_is_wrong_with_a_complaint_is_named_the_value_by_its_beginning() -> None:
    with pytest.raises(ValidationFailed) as failed:
        rules.flag("x" * 5000, "r" * 2001)
    assert [(detail.path, detail.message) for detail in failed.value.details] == [
        (("image_id",), f"must be a UUID, is {'x' * 50!r}"),
        (("reason",), "must have at most 2000 characters, has 2001"),
    ]
