"""Any value in any place tells the same, interpreted and compiled; so do documents and trees that Hypothesis makes up."""

from __future__ import annotations

from random import Random  # noqa: TC003 - Hypothesis reads annotations
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
    for value in trees.VALUES.values():
        await above.same(root=root(**{field: value, "string0": "after"}), times=1)
        below = {**trees.TREE, field: value}
        await within.same(root=root(tree0=below, tree2=[below, trees.Soon(below, 1)], string0=5), times=1)


SETTINGS = settings(deadline=None, suppress_health_check=list(HealthCheck), database=None)


async def both(random: Random, flags: tuple[bool, bool]) -> None:
    grew = tree(random)
    await Both(SCHEMA, document(random)).same({"a": flags[0], "b": flags[1]}, root(**grew))


@settings(SETTINGS, max_examples=60)
@given(random=st.randoms(use_true_random=False), flags=st.tuples(st.booleans(), st.booleans()))
async def test_documents_and_trees_made_up_tell_the_same(random: Random, flags: tuple[bool, bool]) -> None:
    await both(random, flags)


@pytest.mark.slow
@pytest.mark.timeout(900)
@settings(SETTINGS, max_examples=2_000)
@given(random=st.randoms(use_true_random=True), flags=st.tuples(st.booleans(), st.booleans()))
async def test_many_documents_and_trees_made_up_tell_the_same(random: Random, flags: tuple[bool, bool]) -> None:
    await both(random, flags)
