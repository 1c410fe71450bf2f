"""Documents and result trees for the schema of `trees`, made up at random."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.compiled import trees
from tests.compiled.trees import Called, Generated, Soon

if TYPE_CHECKING:
    from random import Random

_FIELDS = {"Query": trees.shapes(), "Tree": {"name": "String!", **trees.shapes()}}
_FIELDS |= {"Leaf": {"name": "String!", "color": "Color"}, "Named": {"name": "String!"}, "Thing": {}}
_WITHIN = {"Named": ("Tree", "Leaf"), "Thing": ("Tree", "Leaf", "Named"), "Tree": ("Tree", "Named")}
_DEPTH = 4
_ORDINARY = {
    "String": "text",
    "Int": 7,
    "Float": 1.5,
    "Boolean": True,
    "ID": "id",
    "Color": "RED",
    "Anything": {"any": [1]},
    "Text": "text",
}


def document(random: Random) -> str:
    """An operation that has the variables $a and $b."""
    fragments: list[str] = []
    body = _selection(random, "Query", 0, fragments)
    uses = "__typename @skip(if: $a) again: __typename @include(if: $b)"
    return f"query Q($a: Boolean!, $b: Boolean!) {{ {uses} {body} }} {' '.join(fragments)}"


def _selection(random: Random, type_: str, depth: int, fragments: list[str]) -> str:
    parts = []
    for _ in range(random.randint(1, 5)):
        kind = random.random()
        if kind < 0.1 or not _FIELDS[type_]:
            parts.append("__typename")
        elif kind < 0.25 and depth < _DEPTH:
            within = random.choice([type_, *_WITHIN.get(type_, ())])
            parts.append(
                f"... on {within}{_directive(random)} {{ {_selection(random, within, depth + 1, fragments)} }}"
            )
        elif kind < 0.35 and depth < _DEPTH:
            within = random.choice([type_, *_WITHIN.get(type_, ())])
            inside = _selection(random, within, depth + 1, fragments)
            fragments.append(f"fragment F{len(fragments)} on {within} {{ {inside} }}")
            spread = f"...F{len(fragments) - 1}"
            parts.extend([f"{spread}{_directive(random)}"] * random.randint(1, 2))
        else:
            parts.append(_field(random, type_, depth, fragments))
    return " ".join(parts)


def _field(random: Random, type_: str, depth: int, fragments: list[str]) -> str:
    name = random.choice(list(_FIELDS[type_]))
    asked = _FIELDS[type_][name].strip("[]!")
    if asked in _FIELDS and depth >= _DEPTH:
        name, asked = random.choice(
            [(name, asked) for name, asked in _FIELDS[type_].items() if asked not in _FIELDS][:20] or [("name", "")]
        )
    alias = f"{random.choice('xy')}_{name}: " if random.random() < 0.3 else ""
    below = f" {{ {_selection(random, asked, depth + 1, fragments)} }}" if asked.strip("[]!") in _FIELDS else ""
    return f"{alias}{name}{_directive(random)}{below}"


def _directive(random: Random) -> str:
    if random.random() < 0.85:
        return ""
    return f" @{random.choice(['skip', 'include'])}(if: {random.choice(['$a', '$b', 'true', 'false'])})"


def tree(random: Random, type_: str = "Query", depth: int = 0) -> dict[str, Any]:
    """The description of an object of this type."""
    made: dict[str, Any] = {} if type_ == "Query" else {"__typename": type_}
    for name, asked in _FIELDS[type_].items():
        held = 0.9 if asked.strip("[]!") not in _FIELDS else 0.4 / (depth + 1)
        if random.random() < held:
            made[name] = _value(random, asked, depth)
    return made


def _value(random: Random, asked: str, depth: int) -> Any:  # noqa: PLR0911 - a table of chances
    chance = random.random()
    if chance < 0.03:
        return random.choice(list(trees.VALUES.values()))
    if chance < 0.06:
        return Soon(_value(random, asked, depth), random.randint(0, 3))
    if chance < 0.08:
        return Soon(ValueError, random.randint(0, 3))
    if chance < 0.1:
        return Called(_value(random, asked, depth))
    if asked.endswith("!"):
        return _value(random, asked[:-1], depth)
    if chance < 0.2:
        return None
    if asked.startswith("["):
        items = tuple(_value(random, asked[1:-1], depth) for _ in range(random.randint(0, 2)))
        return Generated(items) if chance < 0.22 else list(items)
    if asked not in _FIELDS:
        return _ORDINARY[asked]
    if depth >= 2:
        return {"__typename": "Leaf", "name": "leaf", "color": "GREEN"} if asked != "Tree" else None
    return tree(random, random.choice(["Tree", "Leaf"]) if asked in {"Named", "Thing"} else asked, depth + 1)
