"""Any value in any place tells the same, interpreted and compiled; so do documents and trees that Hypothesis makes up."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.compiled import trees
from tests.compiled.equality import Both
from tests.compiled.generated import document, tree
from tests.compiled.trees import grown

if TYPE_CHECKING:
    from collections.abc import Callable

SCHEMA = trees.schema()
SHAPES = trees.shapes()


def selection(type_: str) -> str:
    """What is asked of a field of this type."""
    return {
        "Tree": " { __typename name string0 string1 named0 { name } leaf0 { name color } }",
        "Leaf": " { name color }",
        "Named": " { __typename name ... on Leaf { color } }",
        "Thing": " { ... on Tree { name int1 } ... on Leaf { name } }",
    }.get(type_.strip("[]!"), "")


def root(**values: Any) -> Callable[[], Any]:
    return lambda: grown(values)


@pytest.mark.parametrize("field", SHAPES)
async def test_any_value_in_any_shape_tells_the_same(field: str) -> None:
    chosen = selection(SHAPES[field])
    # As the root's field; then below a null that an error may reach, next to others, and in what is waited for.
    above = Both(SCHEMA, f"{{ {field}{chosen} string0 }}")
    within = Both(SCHEMA, f"{{ tree0 {{ string0 {field}{chosen} name }} tree2 {{ {field}{chosen} }} last: string0 }}")
    turn = list(SHAPES).index(field) % 3
    for number, value in enumerate(trees.VALUES.values()):
        await above.same(root=root(**{field: value, "string0": "after"}), times=1)
        if number % 3 != turn:  # each value has its turn with a third of the shapes
            continue
        below = {**trees.TREE, field: value}
        await within.same(root=root(tree0=below, tree2=[below, trees.Soon(below, 1)], string0=5), times=1)


SETTINGS = settings(deadline=None, suppress_health_check=list(HealthCheck), database=None)


async def both(seed: int) -> None:
    random = Random(seed)  # noqa: S311 - a document and a tree, no secret
    grew = tree(random)
    flags = {"a": random.random() < 0.5, "b": random.random() < 0.5}
    await Both(SCHEMA, document(random)).same(flags, root(**grew))


@settings(SETTINGS, max_examples=60)
@given(seed=st.integers(0, 2**32))
async def test_documents_and_trees_made_up_tell_the_same(seed: int) -> None:
    await both(seed)


@pytest.mark.slow
@pytest.mark.timeout(900)
@settings(SETTINGS, max_examples=600)
@given(seed=st.integers(0, 2**32))
async def test_many_documents_and_trees_made_up_tell_the_same(seed: int) -> None:
    await both(seed)
