"""The one way into the schema: a named operation, its variables, the caller's context.

Documents of the project's own (`gateway/operations/*.graphql`) are parsed and compiled once per process, never per request. That they are
valid against the schema does not change after a build, so tests see to it (`faults`): a function would pay for it in every cold start.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache
from inspect import isawaitable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeGuard

from graphql import (
    DocumentNode,
    ExecutionResult,
    FragmentDefinitionNode,
    GraphQLInputObjectType,
    GraphQLInputType,
    OperationDefinitionNode,
    get_nullable_type,
    parse,
    type_from_ast,
    validate,
)
from graphql import (
    execute as interpret,
)
from graphql.utilities import validate_input_value

from gateway.compiled import Executor
from gateway.compiling import Compiling
from gateway.deadline import in_time
from resolvers.errors import FieldError
from resolvers.schema import GRAPHQL
from services.tracing import span

if TYPE_CHECKING:
    from collections.abc import Awaitable, Mapping

    from graphql import GraphQLError, GraphQLSchema, VariableDefinitionNode

    from resolvers.context import Context

DOCUMENTS = Path(__file__).parent / "operations"
_NAMES = re.compile(r"^(?:query|mutation) (\w+)", re.MULTILINE)


@dataclass(frozen=True)
class Variable:
    """A variable of an operation."""

    type: GraphQLInputType
    required: bool


@dataclass(frozen=True, eq=False)
class Operation:
    """One operation of a valid document."""

    name: str | None
    document: DocumentNode
    definition: OperationDefinitionNode
    variables: dict[str, Variable]
    compiling: Compiling

    @property
    def writes(self) -> bool:
        """Whether it changes anything."""
        return self.definition.operation.value == "mutation"

    @classmethod
    def of(cls, document: DocumentNode, definition: OperationDefinitionNode, *, trusted: bool = False) -> Operation:
        """The operation `definition` of `document`, which has been validated; trusted if it is the project's own, or was registered."""
        variables = {node.variable.name.value: _variable(node) for node in definition.variable_definitions or ()}
        name = definition.name.value if definition.name else None
        return cls(name, document, definition, variables, Compiling(document, name, trusted=trusted))


def _variable(node: VariableDefinitionNode) -> Variable:
    type_: Any = type_from_ast(GRAPHQL, node.type)
    return Variable(type_, required=node.type.kind == "non_null_type" and node.default_value is None)


def named(name: str) -> Operation:
    """One of the project's operations. Its file is parsed when the first one of it is asked for.

    Raises:
        KeyError: there is none of this name.
    """
    return _operations(names()[name])[name]


@cache
def names() -> dict[str, Path]:
    """The project's operations, and the files that they are in.

    Raises:
        ValueError: a name is used twice.
    """
    found: dict[str, Path] = {}
    for path in sorted(DOCUMENTS.glob("*.graphql")):
        for name in _NAMES.findall(path.read_text()):
            if name in found:
                raise ValueError(f"{path.name}: an operation needs a name of its own, {name} is none")
            found[name] = path
    return found


@cache
def _operations(path: Path) -> dict[str, Operation]:
    document = parse(path.read_text(), no_location=True)
    fragments = [node for node in document.definitions if isinstance(node, FragmentDefinitionNode)]
    found: dict[str, Operation] = {}
    for definition in document.definitions:
        if isinstance(definition, OperationDefinitionNode):
            one = Operation.of(DocumentNode(definitions=(definition, *fragments)), definition, trusted=True)
            found[one.name or ""] = one
    return found


def faults(document: DocumentNode) -> list[GraphQLError]:
    """What is wrong with a document of the project's own. It keeps the fragments of its domain; an operation need not use them all."""
    return [error for error in validate(GRAPHQL, document) if "is never used" not in error.message]


async def execute(
    operation: Operation,
    variables: dict[str, Any],
    context: Context,
    *,
    schema: GraphQLSchema = GRAPHQL,
    source: Mapping[str, Any] | None = None,
) -> ExecutionResult:
    """Run `operation`. Errors are in the result, of any kind but one.

    Args:
        operation: of a document that is valid against the schema.
        variables: its variables.
        context: of the caller.
        schema: the schema, or one of the same types in which a query begins at another type than `Query`.
        source: the row of that type.

    Raises:
        Problem: SERVICE_UNAVAILABLE, it took longer than the context's deadline.
    """
    with span("execute", operation.definition.operation.value, {"graphql.operation.name": operation.name or ""}):
        if compiled := operation.compiling.of(schema):
            return await in_time(compiled.execute(source, context, variables), context)
        result = interpret(
            schema,
            operation.document,
            source,
            context_value=context,
            variable_values=variables,
            operation_name=operation.name,
            is_awaitable=_is_awaitable,
            executor_class=Executor,  # the plain one: this schema has no @defer and no @stream
        )
        return await in_time(result, context) if isawaitable(result) else result


def _is_awaitable(value: Any) -> TypeGuard[Awaitable[Any]]:
    """What a resolver of ours may return to be awaited: coroutines and futures, and no generator from before they existed."""
    return hasattr(value, "__await__")


def wrong_variables(operation: Operation, variables: dict[str, Any]) -> list[FieldError]:
    """Every value among `variables` that its type refuses, with the way to it."""
    errors: list[FieldError] = []
    for name, variable in operation.variables.items():
        if name not in variables:
            if variable.required:
                errors.append(FieldError((name,), "is required"))
            continue

        def found(error: GraphQLError, path: list[str | int], name: str = name) -> None:
            errors.append(_field_error((name, *path), error.message))

        validate_input_value(variables[name], variable.type, found, hide_suggestions=True)
    return errors


def wrong_inputs(operation: Operation, variables: dict[str, Any]) -> list[FieldError]:
    """The same, where a field of an input object is named as a rule would name it: what its variable is called, the client alone knows."""
    objects = {name for name, variable in operation.variables.items() if _is_object(variable.type)}
    return [
        replace(error, path=error.path[1:]) if len(error.path) > 1 and error.path[0] in objects else error
        for error in wrong_variables(operation, variables)
    ]


def _is_object(type_: GraphQLInputType) -> bool:
    return isinstance(get_nullable_type(type_), GraphQLInputObjectType)


# graphql-core tells of wrong input in sentences of its own; these are the common ones, said in the manner of `rules`.
_MISSING = re.compile(r"Expected value of type '\w+' to include required field '(\w+)'")
_EXTRA = re.compile(r"Expected value of type '(\w+)' not to include unknown field '(\w+)'")
_OBJECT = re.compile(r"Expected value of type '\w+' to be an object, found: (.*)\.", re.DOTALL)
_NULL = re.compile(r"Expected value of non-null type '[^']+' not to be None")
_UNKNOWN = re.compile(r"Value (.+) does not exist in '(\w+)' enum", re.DOTALL)
_KIND = re.compile(r"(\w+) cannot represent (?:(?:a )?non[ -][\w -]+? )?value: (.*)", re.DOTALL)
_BEYOND = re.compile(r"Int cannot represent non 32-bit signed integer value: (.*)", re.DOTALL)
INT = f"must be from {-(2**31)} to {2**31 - 1}"  # GraphQL's whole numbers
_NOUNS = {"String": "a string", "Int": "a whole number", "Boolean": "true or false", "ID": "a string"}
_PYTHON = re.compile(r"(?<=, is )(True|False|None)$")
_JSON = {"True": "true", "False": "false", "None": "null"}
_LONGEST = 200  # characters of a sentence, which may quote the value


def _field_error(path: tuple[str | int, ...], sentence: str) -> FieldError:
    if missing := _MISSING.match(sentence):
        return FieldError((*path, missing[1]), "is required")
    if extra := _EXTRA.match(sentence):
        return FieldError((*path, extra[2]), f"is no field of {extra[1]}")
    if _NULL.match(sentence):
        return FieldError(path, "must not be null")
    if unknown := _UNKNOWN.match(sentence):
        enum: Any = GRAPHQL.type_map[unknown[2]]
        sentence = f"must be one of {', '.join(enum.values)}, is {unknown[1]}"
    if beyond := _BEYOND.match(sentence):
        sentence = f"{INT}, is {beyond[1]}"
    elif object_ := _OBJECT.match(sentence):
        sentence = f"must be an object, is {object_[1]}"
    elif kind := _KIND.match(sentence):
        sentence = f"must be {_NOUNS.get(kind[1], kind[1])}, is {kind[2]}"
    sentence = _PYTHON.sub(lambda word: _JSON[word[1]], sentence)
    return FieldError(path, sentence if len(sentence) <= _LONGEST else f"{sentence[:_LONGEST]}...")
