"""JSON Schemas out of the GraphQL schema: what an operation's answer looks like, and what its input may be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    SelectionSetNode,
    Undefined,
    get_named_type,
)

from gateway.rest import lengths
from gateway.rest.entities import TYPE
from resolvers.schema import GRAPHQL

if TYPE_CHECKING:
    from graphql import GraphQLInputType, GraphQLOutputType

    from gateway.execute import Operation

Schema = dict[str, Any]

_SCALARS: dict[str, Schema] = {
    "ID": {"type": "string", "format": "uuid"},
    "String": {"type": "string"},
    "Int": {"type": "integer", "format": "int32"},
    "Float": {"type": "number"},
    "Boolean": {"type": "boolean"},
    "DateTime": {"type": "string", "format": "date-time"},
    "TextOrNumber": {"type": ["string", "number"]},
    "JSON": {"type": "object"},
}


def result(operation: Operation) -> Schema:
    """The shape of an operation's `data`: its aliases, fragments and nullability."""
    roots = {"query": GRAPHQL.query_type, "mutation": GRAPHQL.mutation_type}
    root = roots[operation.definition.operation.value]
    assert root is not None  # noqa: S101 - the operation was validated against the schema
    fragments = {
        node.name.value: node for node in operation.document.definitions if isinstance(node, FragmentDefinitionNode)
    }
    return _object(root, operation.definition.selection_set, fragments)


def _object(
    type_: GraphQLObjectType, selection: SelectionSetNode, fragments: dict[str, FragmentDefinitionNode]
) -> Schema:
    properties: dict[str, Schema] = {}
    required: list[str] = []
    for node in selection.selections:
        if isinstance(node, FieldNode):
            key = node.alias.value if node.alias else node.name.value
            field = type_.fields[node.name.value]
            shape = _output(field.type, node.selection_set, fragments)
            properties[key] = {**shape, "description": field.description} if field.description else shape
            if not node.directives:  # @include and @skip may leave it out
                required.append(key)
            continue
        fragment: Any = fragments[node.name.value] if isinstance(node, FragmentSpreadNode) else node
        condition = fragment.type_condition
        if condition is None or condition.name.value in (type_.name, *(one.name for one in type_.interfaces)):
            spread = _object(type_, fragment.selection_set, fragments)
            properties |= spread["properties"]
            required += spread["required"]
    return {TYPE: type_.name, "type": "object", "properties": properties, "required": list(dict.fromkeys(required))}


def _output(
    type_: GraphQLOutputType, selection: SelectionSetNode | None, fragments: dict[str, FragmentDefinitionNode]
) -> Schema:
    if isinstance(type_, GraphQLNonNull):
        return _present(type_.of_type, selection, fragments)
    return _nullable(_present(type_, selection, fragments))


def _present(type_: Any, selection: SelectionSetNode | None, fragments: dict[str, FragmentDefinitionNode]) -> Schema:
    if isinstance(type_, GraphQLList):
        return {"type": "array", "items": _output(type_.of_type, selection, fragments)}
    if isinstance(type_, GraphQLInterfaceType) and selection is not None:
        return {"anyOf": [_object(one, selection, fragments) for one in GRAPHQL.get_possible_types(type_)]}
    if isinstance(type_, GraphQLObjectType) and selection is not None:
        return _object(type_, selection, fragments)
    return _leaf(type_)


def value(type_: GraphQLInputType, description: str | None = None) -> Schema:
    """The shape of a value of an input type."""
    shape = _input(type_.of_type) if isinstance(type_, GraphQLNonNull) else _nullable(_input(type_))
    return {**shape, "description": description} if description else shape


def text(type_: GraphQLInputType) -> Schema:
    """The shape of a value of an input type in a query, where nothing is null, and an id may be empty, which is none."""
    leaf = _leaf(get_named_type(type_))
    return {"type": "string"} if leaf == _SCALARS["ID"] else leaf


def _input(type_: Any) -> Schema:
    if isinstance(type_, GraphQLList):
        return {"type": "array", "items": value(type_.of_type)}
    if isinstance(type_, GraphQLInputObjectType):
        fields = type_.fields
        required = [
            name
            for name, field in fields.items()
            if isinstance(field.type, GraphQLNonNull) and field.default_value is Undefined
        ]
        bounds = lengths.of(type_.name)
        properties = {
            name: value(field.type, field.description) | bounds.get(name, {}) for name, field in fields.items()
        }
        return {"type": "object", "properties": properties, **({"required": required} if required else {})}
    return _leaf(type_)


def _leaf(type_: Any) -> Schema:
    if isinstance(type_, GraphQLEnumType):
        return {"type": "string", "enum": list(type_.values)}
    return dict(_SCALARS[type_.name])


def _nullable(shape: Schema) -> Schema:
    kinds = shape["type"] if isinstance(shape["type"], list) else [shape["type"]]
    nullable = {**shape, "type": [*kinds, "null"]}
    return {**nullable, "enum": [*shape["enum"], None]} if "enum" in shape else nullable
