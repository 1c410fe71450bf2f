"""How a field's value is read from its source where no resolver has to be called for it."""

from __future__ import annotations

from dataclasses import dataclass
from operator import getitem
from typing import TYPE_CHECKING, Any, Literal

from strawberry.types.field import StrawberryField

if TYPE_CHECKING:
    from collections.abc import Callable

    from graphql import GraphQLField

# Marks among the extensions of a GraphQLField: promises about its resolver, which must have no arguments and no effects.
READS = "compiled.reads"
"""The resolver is `source[key]`; the mark's value is the key."""
BRINGS = "compiled.brings"
"""The resolver is `source[key]` for a source that has the key; for others it is called."""
SHOWN = "compiled.shown"
"""What is read is passed through a function, which a function of the context returns: `shown(context)(source[key])`. Null stays null."""

STRAWBERRY = "strawberry-definition"  # where Strawberry keeps its own definition of a field


@dataclass(frozen=True, slots=True)
class Reading:
    """How to read.

    Args:
        way: `source[key]`, `getattr(source, key)`, or graphql-core's default for a dict, `source.get(key)`.
        key: what is read.
        certain: whether every source has the key; else the resolver is called where it is missing.
        shown: returns, for a context, what a value passes through that is not null.
    """

    way: Literal["item", "attribute", "default"]
    key: str
    certain: bool = True
    shown: Callable[[Any], Callable[[Any], Any]] | None = None


def reading(name: str, field: GraphQLField) -> Reading | None:
    """How the field of this name is read; None where its resolver must be called.

    A field is read that bears a mark, or has no resolver but the default one of graphql-core or Strawberry.
    """
    marks = field.extensions
    if field.args:
        return None
    if READS in marks or BRINGS in marks:
        return Reading("item", marks.get(READS) or marks[BRINGS], READS in marks, marks.get(SHOWN))
    return Reading("default", name) if field.resolve is None else _strawberrys(field)


def _strawberrys(field: GraphQLField) -> Reading | None:
    definition = field.extensions.get(STRAWBERRY)
    if not getattr(field.resolve, "_is_default", False) or type(definition) is not StrawberryField:
        return None
    if definition.is_basic_field and definition.default_resolver is getattr:
        return Reading("attribute", definition.python_name)
    if definition.is_basic_field and definition.default_resolver is getitem:
        return Reading("item", definition.python_name)
    return None
