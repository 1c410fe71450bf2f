"""What the schema itself says: which arguments are ids, and what to select to see all that a field can show."""

from __future__ import annotations

from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLScalarType,
    Undefined,
    get_named_type,
)

from resolvers.schema import GRAPHQL

DEPTH = 3  # levels of children that a selection goes down


def roots() -> dict[str, tuple[str, GraphQLField]]:
    """Every root field by name: `query` or `mutation`, and its definition."""
    assert GRAPHQL.query_type
    assert GRAPHQL.mutation_type
    return {name: ("query", field) for name, field in GRAPHQL.query_type.fields.items()} | {
        name: ("mutation", field) for name, field in GRAPHQL.mutation_type.fields.items()
    }


def id_paths(field: GraphQLField) -> set[tuple[str, ...]]:
    """The ways to every ID among a field's arguments, places in lists left out."""
    return {path for name, argument in field.args.items() for path in _ids(argument.type, (name,))}


def _ids(type_: Any, path: tuple[str, ...]) -> set[tuple[str, ...]]:
    named = get_named_type(type_)
    if isinstance(named, GraphQLInputObjectType):
        return {found for name, field in named.fields.items() for found in _ids(field.type, (*path, name))}
    return {path} if named.name == "ID" else set()


def document(name: str) -> str:
    """An operation that passes every argument as a variable and selects all that the field can show."""
    kind, field = roots()[name]
    variables = ", ".join(f"${key}: {_variable(argument)}" for key, argument in field.args.items())
    arguments = ", ".join(f"{key}: ${key}" for key in field.args)
    head = f"{kind}({variables})" if variables else kind
    call = f"{name}({arguments})" if arguments else name
    return f"{head} {{ {call} {_selection(field.type, DEPTH)} }}"


def _variable(argument: GraphQLArgument) -> str:
    """The type of a variable that may be left out where the argument may."""
    return str(argument.type).rstrip("!") if argument.default_value is not Undefined else str(argument.type)


def _selection(type_: Any, depth: int) -> str:
    named = get_named_type(type_)
    if isinstance(named, GraphQLScalarType | GraphQLEnumType):
        return ""
    if isinstance(named, GraphQLInterfaceType):
        inner = " ".join(f"... on {one.name} {_selection(one, depth)}" for one in GRAPHQL.get_possible_types(named))
        return f"{{ __typename {inner} }}"
    assert isinstance(named, GraphQLObjectType)
    shown = []
    for name, field in named.fields.items():
        leaf = isinstance(get_named_type(field.type), GraphQLScalarType | GraphQLEnumType)
        if leaf or depth > 0:
            shown.append(f"{name} {_selection(field.type, depth - 1)}")
    return f"{{ __typename {' '.join(shown)} }}"
