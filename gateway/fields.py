"""What AWS AppSync asks a direct Lambda resolver for: one field of a client's document.

The field becomes an operation of its own on the same schema. A field of a parent begins at the parent's type, whose row is `source`.
Source: https://docs.aws.amazon.com/appsync/latest/devguide/resolver-context-reference.html
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from graphql import (
    GraphQLError,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    Undefined,
    get_named_type,
    is_leaf_type,
    is_required_argument,
    parse,
    validate,
)
from strawberry.utils.str_converters import to_camel_case

from gateway.errors import refuse
from gateway.execute import Operation
from gateway.selections import ROOTS, selection, spreads
from resolvers.context import Caller
from resolvers.errors import Unauthorized
from resolvers.schema import GRAPHQL

if TYPE_CHECKING:
    from collections.abc import Mapping

    from graphql import GraphQLArgument

KEPT = 256  # operations that are kept parsed and validated


@dataclass(frozen=True)
class Field:
    """A field that is asked for.

    Args:
        name: of the field.
        schema: the one in which a query begins at the field's type.
        operation: one that has this field alone.
        form: names the operation where answers are kept.
        arguments: the variables of the operation.
        source: the parent's row; None for a root field.
    """

    name: str
    schema: GraphQLSchema
    operation: Operation
    form: str
    arguments: dict[str, Any]
    source: Mapping[str, Any] | None

    @classmethod
    def of(cls, event: Any) -> Field:
        """Read an event.

        Raises:
            Problem: BAD_REQUEST, it is no event of AppSync's, or one about another schema.
        """
        try:
            info = event["info"]
            type_name, name, text = info["parentTypeName"], info["fieldName"], info["selectionSetGraphQL"] or ""
            listed = tuple(info["selectionSetList"] or ()) if spreads(text) else ()
            decided = tuple(
                sorted((key, value) for key, value in (info["variables"] or {}).items() if isinstance(value, bool))
            )
            arguments, source = event["arguments"] or {}, event.get("source")
        except (KeyError, TypeError, AttributeError):
            refuse("BAD_REQUEST", "This is no event of a direct Lambda resolver of AppSync")
        type_ = GRAPHQL.type_map.get(type_name)
        if not isinstance(type_, GraphQLObjectType) or name not in type_.fields:
            refuse("BAD_REQUEST", f"The schema has no field {type_name}.{name}")
        try:
            operation = _operation(type_name, name, text, listed, decided)
        except GraphQLError as error:
            refuse("BAD_REQUEST", f"The selection of {type_name}.{name} does not fit the schema: {error.message}")
        known = type_.fields[name].args
        given = {key: value for key, value in arguments.items() if value is not None or _nullable(known.get(key))}
        row = None if type_ in ROOTS else _row(type_, source)
        return cls(name, _schema(type_name), operation, f"appsync {type_name} {text} {listed} {decided}", given, row)


def caller_of(event: Mapping[str, Any], issuer: str) -> Caller | None:
    """The user whom AppSync has recognised; None for API keys, IAM and whoever else is no user.

    Args:
        event: of the resolver.
        issuer: the user pool whose users are ours.

    Raises:
        Unauthorized: it is a user of another pool.
    """
    identity = event.get("identity") or {}
    claims = identity.get("claims")
    if not isinstance(claims, dict):
        return None
    if (identity.get("issuer") or claims.get("iss")) != issuer:
        raise Unauthorized("Invalid token: issued by another user pool")
    subject = claims.get("sub")
    if not isinstance(subject, str) or not subject:
        raise Unauthorized("Token missing user ID: no claim sub")
    return Caller(subject)


@cache
def _schema(type_name: str) -> GraphQLSchema:
    """The schema, with this type in the place of `Query`."""
    type_: Any = GRAPHQL.type_map[type_name]
    if type_ in ROOTS:
        return GRAPHQL
    return GraphQLSchema(query=type_, types=[one for one in GRAPHQL.type_map.values() if one not in ROOTS])


@lru_cache(maxsize=KEPT)
def _operation(
    type_name: str, name: str, text: str, listed: tuple[str, ...], decided: tuple[tuple[str, bool], ...]
) -> Operation:
    """The operation that asks for one field, with a variable for each of its arguments.

    Raises:
        GraphQLError: the selection does not fit the field.
    """
    type_: Any = GRAPHQL.type_map[type_name]
    field = type_.fields[name]
    kind = "mutation" if type_ is GRAPHQL.mutation_type else "query"
    variables = ", ".join(f"${key}: {_type(argument)}" for key, argument in field.args.items())
    arguments = ", ".join(f"{key}: ${key}" for key in field.args)
    head = f"{kind}({variables})" if variables else kind
    call = f"{name}({arguments})" if arguments else name
    try:
        chosen = selection(field, name, text, listed, dict(decided))
    except KeyError as error:
        raise GraphQLError(f"there is no {error}") from None
    document = parse(f"{head} {{ {call}{chosen} }}", no_location=True)
    if errors := validate(_schema(type_name), document):
        raise errors[0]
    definition = document.definitions[0]
    assert isinstance(definition, OperationDefinitionNode)  # noqa: S101 - for mypy: it has just been written
    return Operation.of(document, definition)


def _type(argument: GraphQLArgument) -> str:
    """The type of a variable that may be left out where the argument may."""
    return str(argument.type) if is_required_argument(argument) else str(argument.type).rstrip("!")


def _nullable(argument: GraphQLArgument | None) -> bool:
    """Whether null is a value: AppSync knows no defaults, so that what has one may be null there, and means the default."""
    return argument is None or argument.default_value is Undefined or not str(argument.type).endswith("!")


def _row(type_: GraphQLObjectType, source: Any) -> dict[str, Any]:
    """What AppSync knows of the parent, as the row that resolvers expect: leaves by their Python names."""
    if not isinstance(source, dict):
        refuse("BAD_REQUEST", f"A field of {type_.name} needs its source")
    definition: Any = type_.extensions["strawberry-definition"]
    names = {to_camel_case(field.python_name): field.python_name for field in definition.fields}
    leaves = [name for name, field in type_.fields.items() if is_leaf_type(get_named_type(field.type))]
    return {names[name]: source[name] for name in leaves if name in source}
