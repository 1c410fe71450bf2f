"""A schema of default resolvers over result trees, with every shape of type, and what such trees may hold: ordinary values and odd ones."""

from __future__ import annotations

import asyncio
import enum
import math
from collections import OrderedDict
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from graphql import GraphQLScalarType, GraphQLSchema, Undefined, build_schema

if TYPE_CHECKING:
    from collections.abc import Generator

LEAVES = ("String", "Int", "Float", "Boolean", "ID", "Color", "Anything", "Text")
COMPOSITES = ("Tree", "Leaf", "Named", "Thing")
WRAPPINGS = ("{}", "{}!", "[{}]", "[{}!]", "[{}]!", "[{}!]!", "[[{}!]]", "[[{}]!]!")


def shapes() -> dict[str, str]:
    """Fields and their types: each leaf and each composite in each wrapping."""
    return {
        f"{name.lower()}{number}": wrapping.format(name)
        for name in LEAVES + COMPOSITES
        for number, wrapping in enumerate(WRAPPINGS)
    }


_FIELDS = "\n".join(f"{name}: {type_}" for name, type_ in shapes().items())
SDL = f"""
type Query {{ {_FIELDS} }}
type Tree implements Named {{ name: String! {_FIELDS} }}
type Leaf implements Named {{ name: String! color: Color }}
interface Named {{ name: String! }}
union Thing = Tree | Leaf
enum Color {{ RED GREEN }}
scalar Anything
scalar Text
"""


def _text(value: Any) -> Any:
    """Serialises text alone; null, or no value at all, for some."""
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return {"": None, "RED": Undefined}.get(value, value.upper())


def schema() -> GraphQLSchema:
    """The schema."""
    made = build_schema(SDL)
    text = made.type_map["Text"]
    assert isinstance(text, GraphQLScalarType)
    text.coerce_output_value = _text  # as `serialize=` would set it
    return made


@dataclass(frozen=True)
class Soon:
    """What is awaited for a value, or raises it, after some turns of the loop."""

    value: Any
    turns: int = 0


@dataclass(frozen=True)
class Called:
    """A function, which the default resolver calls for its value."""

    value: Any


@dataclass(frozen=True)
class Generated:
    """A generator: an iterable that is no list."""

    items: tuple[Any, ...]


class Promise:
    """Awaitable, and without a complaint where nobody asks for it."""

    def __init__(self, value: Any, turns: int) -> None:
        self._value = value
        self._turns = turns

    def __repr__(self) -> str:
        return "Promise"

    def __await__(self) -> Generator[Any, None, Any]:
        for _ in range(self._turns):
            yield from asyncio.sleep(0).__await__()
        made = grown(self._value)
        if isinstance(made, Exception):
            raise made
        return made


class Words(enum.Enum):
    RED = "RED"


class Record:
    """An object of attributes."""

    def __init__(self, **values: Any) -> None:
        self.__dict__.update(values)

    def __repr__(self) -> str:
        return f"Record({vars(self)})"


def grown(given: Any) -> Any:  # noqa: PLR0911 - a table of kinds
    """The values that a description stands for, made anew."""
    match given:
        case Soon(value, turns):
            return Promise(value, turns)
        case Called(value):
            return lambda _info: grown(value)
        case Generated(items):
            return (grown(item) for item in items)
        case type() if issubclass(given, Exception):
            return given("told")
        case dict():
            return type(given)((key, grown(value)) for key, value in given.items())
        case Record():
            return Record(**{key: grown(value) for key, value in vars(given).items()})
        case list() | tuple():
            return type(given)(grown(item) for item in given)
        case _:
            return given


TREE = {
    "__typename": "Tree",
    "name": "tree",
    "string0": "s",
    "string1": "s1",
    "int1": 1,
    "leaf0": {"name": "leaf"},
    "string5": ["a"],
    "named0": {"__typename": "Leaf", "name": "n"},
}
LEAF = {"__typename": "Leaf", "name": "leaf", "color": "GREEN"}

# Each stands where a leaf, an object or a list is asked for; most are odd in most places.
VALUES: dict[str, Any] = {
    "null": None,
    "undefined": Undefined,
    "text": "text",
    "empty text": "",
    "word": "RED",
    "whole number": 7,
    "too large": 2**31,
    "huge": 10**400,
    "number": 1.5,
    "whole float": 2.0,
    "infinite": math.inf,
    "no number": math.nan,
    "true": True,
    "decimal": Decimal("1.5"),
    "member": Words.RED,
    "bytes": b"bytes",
    "object": object,
    "error": ValueError,
    "tree": TREE,
    "leaf": LEAF,
    "untyped": {"name": "untyped"},
    "of an unknown type": {"__typename": "Nobody", "name": "x"},
    "of a wrong type": {"__typename": "Color", "name": "x"},
    "broken leaf": {**LEAF, "name": None},
    "leaf with an error": {**LEAF, "name": ValueError},
    "leaf soon": {**LEAF, "name": Soon("soon")},
    "ordered": OrderedDict(LEAF),
    "record": Record(name="record", color="RED"),
    "empty list": [],
    "texts": ["a", None, "b"],
    "numbers": [1, 2.5, True, None],
    "tuple": ("RED", "GREEN"),
    "matrix": [["RED"], None, [None, 3, "a"], []],
    "trees": [TREE, LEAF, TREE],
    "leaves": [LEAF, None, {**LEAF, "color": 5}],
    "leaves, one broken": [LEAF, {**LEAF, "name": 3.5}, {**LEAF, "name": None}],
    "nested": [[LEAF], [LEAF, TREE], None],
    "list with errors": [ValueError, "a", KeyError],
    "list of soon": [Soon("a"), "b", Soon(ValueError, 2), Soon(None, 1)],
    "generated": Generated(("a", LEAF, None)),
    "soon text": Soon("text", 1),
    "soon null": Soon(None),
    "soon error": Soon(ValueError, 2),
    "soon tree": Soon(TREE),
    "soon leaves": Soon([LEAF, Soon(LEAF, 1), None]),
    "called": Called("called"),
    "called tree": Called(Soon(TREE)),
    "mapping": {1: "one"},
}
