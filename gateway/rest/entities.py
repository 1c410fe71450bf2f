"""What answers are made of, each under its name in the schema, so that code made from the OpenAPI document has its types.

Operations select fields, so that a type has several shapes. One of them is the type's; one that has more is that and more, and one that
has less stays where it is.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.rest.shapes import Schema

TYPE = "x-type"  # where a shape tells its type, until it is named


class Entities:
    """The types in a part of the document.

    Args:
        described: the part, whose shapes tell their types.
    """

    def __init__(self, described: Any) -> None:
        self._described = described
        shapes: dict[str, list[Schema]] = defaultdict(list)
        for shape in _shapes(described):
            shapes[shape[TYPE]].append(shape)
        self._bases = {name: _base(found) for name, found in shapes.items()}
        self.schemas: dict[str, Schema] = {name: self._plain(base) for name, base in sorted(self._bases.items())}

    def described(self) -> Any:
        """The part, with references in the places of the types."""
        return self._named(self._described)

    def _named(self, node: Any) -> Any:
        if isinstance(node, list):
            return [self._named(item) for item in node]
        if not isinstance(node, dict):
            return node
        if TYPE not in node:
            return {key: self._named(value) for key, value in node.items()}
        if _contains(node, self._bases[node[TYPE]]):
            named = self._referring(node)
            if "null" in node["type"]:
                named = {"anyOf": [named, {"type": "null"}]}
        else:
            named = self._plain(node) | {"type": node["type"]}
        return named | {word: node[word] for word in ("description", "deprecated") if word in node}

    def _plain(self, shape: Schema) -> Schema:
        """A shape that is not null, of no name, what it is made of named."""
        properties = {name: self._named(inner) for name, inner in shape["properties"].items()}
        return {"type": "object", "properties": properties, "required": shape["required"]}

    def _referring(self, shape: Schema) -> Schema:
        """A shape that has all that is its type's, by the type's name."""
        reference = {"$ref": f"#/components/schemas/{shape[TYPE]}"}
        of_type = self._bases[shape[TYPE]]["properties"]
        more = {key: self._named(inner) for key, inner in shape["properties"].items() if key not in of_type}
        if not more:
            return reference
        required = [key for key in shape["required"] if key in more]
        return {"allOf": [reference, {"type": "object", "properties": more, "required": required}]}


def _shapes(node: Any) -> Iterator[Schema]:
    if isinstance(node, list):
        for item in node:
            yield from _shapes(item)
    elif isinstance(node, dict):
        if TYPE in node:
            yield node
        for value in node.values():
            yield from _shapes(value)


def _base(shapes: list[Schema]) -> Schema:
    """The one of a type's shapes whose name says the most fields, wherever it can stand."""
    return max(shapes, key=lambda base: len(base["properties"]) * sum(_contains(shape, base) for shape in shapes))


def _contains(shape: Schema, base: Schema) -> bool:
    """Whether a shape has all of `base`, as it is there."""
    return base["properties"].items() <= shape["properties"].items() and set(base["required"]) <= set(shape["required"])
