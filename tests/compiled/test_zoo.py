"""Every operation of `operations` on the zoo tells the same, interpreted and compiled."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.compiled import operations
from tests.compiled.equality import Both
from tests.compiled.zoo import SCHEMA


@pytest.mark.parametrize(("query", "variables"), operations.ALL)
async def test_interpreted_and_compiled_tell_the_same(query: str, variables: dict[str, object]) -> None:
    await Both(SCHEMA, query).same(variables)


def test_there_are_enough_operations_and_none_twice() -> None:
    counted = Counter((query, repr(variables)) for query, variables in operations.ALL)
    assert len(operations.ALL) >= 300
    assert counted.most_common(1)[0][1] == 1
