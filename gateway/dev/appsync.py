"""The schema as AWS AppSync takes it, and the fields that it has to ask this service for.

AppSync has its own scalars and takes no others, ignores default values (and would refuse a call that leaves out a non-null argument which
has one), and its parser stumbles over descriptions of enum values.
Source: https://docs.aws.amazon.com/appsync/latest/devguide/scalars.html, https://github.com/aws/aws-appsync-community/issues/59 and 55
"""

from __future__ import annotations

import json
from typing import Any

from graphql import (
    REMOVE,
    DocumentNode,
    EnumValueDefinitionNode,
    FieldDefinitionNode,
    GraphQLObjectType,
    InputValueDefinitionNode,
    NamedTypeNode,
    NameNode,
    NonNullTypeNode,
    ScalarTypeDefinitionNode,
    Visitor,
    parse,
    print_ast,
    visit,
)

from gateway.selections import has_resolver
from resolvers.schema import GRAPHQL, sdl

SCALARS = {"DateTime": "AWSDateTime", "JSON": "AWSJSON", "TextOrNumber": "String"}
_ROOTS = "schema {\n  query: Query\n  mutation: Mutation\n}\n"


class _Translation(Visitor):
    """Rewrites definitions, leaves first."""

    def leave_scalar_type_definition(self, node: ScalarTypeDefinitionNode, *_: Any) -> Any:
        if node.name.value not in SCALARS:
            raise ValueError(f"AppSync has no scalar for {node.name.value}: name one in SCALARS")
        return REMOVE

    def leave_named_type(self, node: NamedTypeNode, *_: Any) -> NamedTypeNode:
        return NamedTypeNode(name=NameNode(value=SCALARS.get(node.name.value, node.name.value)))

    def leave_enum_value_definition(self, node: EnumValueDefinitionNode, *_: Any) -> EnumValueDefinitionNode:
        return EnumValueDefinitionNode(name=node.name, directives=node.directives)

    def leave_input_value_definition(self, node: InputValueDefinitionNode, *_: Any) -> InputValueDefinitionNode:
        optional = node.default_value is not None and isinstance(node.type, NonNullTypeNode)
        type_ = node.type.type if optional and isinstance(node.type, NonNullTypeNode) else node.type
        return InputValueDefinitionNode(
            description=node.description, name=node.name, type=type_, directives=node.directives
        )

    def leave_field_definition(self, node: FieldDefinitionNode, *_: Any) -> FieldDefinitionNode:
        arguments = [
            InputValueDefinitionNode(name=one.name, type=one.type, directives=one.directives)
            for one in node.arguments or ()
        ]
        return FieldDefinitionNode(
            description=node.description,
            name=node.name,
            arguments=tuple(arguments),
            type=node.type,
            directives=node.directives,
        )


def appsync_sdl() -> str:
    """The schema in AppSync's dialect.

    Raises:
        ValueError: there is a scalar for which AppSync has none.
    """
    translated: DocumentNode = visit(parse(sdl(), no_location=True), _Translation())
    return f"{_ROOTS}\n{print_ast(translated)}\n"


def resolvers() -> str:
    """The fields for which AppSync needs a resolver, by type: all others it reads from what their parent's resolver has answered."""
    table = {
        name: [field for field in definition.fields if has_resolver(definition, field)]
        for name, definition in GRAPHQL.type_map.items()
        if isinstance(definition, GraphQLObjectType) and not name.startswith("__")
    }
    first = {name: table.pop(name) for name in ("Query", "Mutation")}
    return json.dumps(first | {name: table[name] for name in sorted(table) if table[name]}, indent=2) + "\n"
