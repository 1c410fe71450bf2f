"""From a request to the variables of an operation: path, query, body and If-Match, each read as its GraphQL type."""

from __future__ import annotations

import re
import uuid
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qsl

from graphql import (
    FieldNode,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    VariableNode,
    get_named_type,
    get_nullable_type,
)

from gateway.errors import Problem, problem, refuse
from gateway.execute import wrong_variables
from gateway.rest import conditions, ranges, texts
from gateway.rest.body import JSON, kind, read_object
from gateway.rest.multipart import OR_JSON, is_form, read_form
from gateway.rest.route import ANY
from resolvers.context import Staged
from resolvers.errors import FieldError, MissingFields, PreconditionFailed, ValidationFailed
from resolvers.permissions import id_errors

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from starlette.requests import Request

    from gateway.execute import Operation
    from gateway.rest.route import Route
    from resolvers.errors import AppError

VERSION = "expectedUpdatedAt"


class Bound(NamedTuple):
    """The variables that a request fills, and what the request calls those that have another name in the operation."""

    variables: dict[str, Any]
    called: Mapping[str | int, str]


class Binding:
    """How one route fills its operation's variables; made once, at start."""

    def __init__(self, route: Route, operation: Operation) -> None:
        self._route = route
        self._operation = operation
        self._types = {name: variable.type for name, variable in operation.variables.items()}
        self._path = tuple(name for name in re.findall(r"{(\w+)}", route.path) if name in self._types)
        self._rest = tuple(name for name in self._types if name not in (*self._path, VERSION))
        self._required = tuple(name for name in self._rest if operation.variables[name].required)
        self._fields = (
            _fields(self._types[route.body]) if route.body else {name: self._types[name] for name in self._rest}
        )
        self._arguments = {} if route.body else _arguments(operation, self._rest)

    def path(self, request: Request) -> dict[str, Any]:
        """The variables that the path fills."""
        return {name: request.path_params[name] for name in self._path}

    async def bound(self, request: Request, staged: dict[str, Staged]) -> Bound:
        """All variables that the request fills; files that come with it are put into `staged`, by an upload id.

        Raises:
            Problem: the body cannot be read, or a value cannot be what its type asks for.
        """
        values = self.path(request)
        if VERSION in self._types and (tags := request.headers.get("if-match")):
            values |= {} if (version := conditions.version(tags)) is None else {VERSION: version}
        if not self._route.writes:
            return self._query(request, values)
        if not self._rest:
            return Bound(values, {})
        given, called = await self._content(request, staged)
        called |= self._older(given)
        content = self._renamed(given)
        content |= {
            name: texts.listed(content[name]) for name in self._route.lists if isinstance(content.get(name), str)
        }
        if self._route.body:
            content = {self._route.body: content}
        if self._route.missing and (absent := [name for name in self._required if content.get(name) is None]):
            raise problem(MissingFields(*(called.get(name, name) for name in absent)))
        errors = [
            error for name in self._route.references if name in content for error in id_errors(str(content[name]), name)
        ]
        for name in self._rest:
            if name in content:
                values[name], wrong = _known(self._types[name], content[name], (name,))
                errors += wrong
        if errors:
            told = {error.path for error in errors}
            others = [error for error in wrong_variables(self._operation, values) if error.path not in told]
            _refuse(self._located([*errors, *others], called, values))
        return Bound(values, called)

    async def _content(
        self, request: Request, staged: dict[str, Staged]
    ) -> tuple[dict[str, Any], dict[str | int, str]]:
        """The body: a JSON object, or where the route takes files, a form; and what a form calls the uploads that it brings as files."""
        if not (self._route.files and is_form(request)):
            return await read_object(request, OR_JSON if self._route.files else JSON), {}
        form = await read_form(request)
        content: dict[str, Any] = {}
        errors: list[FieldError] = []
        for name, sent in form.fields.items():
            given = [text for text in sent if text]  # an input of a form that was left empty is sent all the same
            if given and name in self._fields:
                try:
                    content[name] = self._from_form(name, given)
                except ValueError as error:
                    errors.append(FieldError((name,), str(error)))
        _refuse(self._located(errors, {}, content))
        called: dict[str | int, str] = {
            taker: name for name, taker in self._route.files.items() if name != ANY and taker not in content
        }
        while form.files:
            file = form.files.pop(0)  # so that no two files are held twice at a time
            taker = self._route.files.get(file.field) or self._route.files.get(ANY)
            if taker is None:
                continue
            upload_id = str(uuid.uuid4())
            staged[upload_id] = Staged(file.filename, None if file.content is None else bytes(file.content))
            if isinstance(get_nullable_type(self._fields[taker]), GraphQLList):
                content.setdefault(taker, []).append(upload_id)
            elif taker in content:
                errors.append(FieldError((file.field,), "must be one file, are several"))
            else:
                content[taker] = upload_id
        _refuse(errors)
        return content, called

    def _from_form(self, name: str, given: list[str]) -> Any:
        """A field of a form; raises ValueError with what is wrong."""
        type_: Any = get_nullable_type(self._fields[name])
        if isinstance(type_, GraphQLList):
            split = name in self._route.lists and name not in self._route.files.values()  # where files are added to it
            return given[0] if split and len(given) == 1 else given
        return texts.read(type_, given[0])

    def wrong(self, bound: Bound) -> list[FieldError]:
        """Every value that its type refuses, by the way to it in the request."""
        return self._located(wrong_variables(self._operation, bound.variables), bound.called, bound.variables)

    def told(self, error: AppError, bound: Bound) -> Problem:
        """What a resolver has raised, with its arguments by the names that the request has for them."""
        located = self._located(error.details, bound.called, bound.variables)
        if isinstance(error, ValidationFailed):
            return problem(ValidationFailed(*located))  # whose sentence names the first of them
        if isinstance(error, PreconditionFailed) and bound.variables.get(VERSION) == conditions.NO_VERSION:
            return problem(PreconditionFailed(conditions.NO_TAG))  # nothing need have changed
        return replace(problem(error), details=tuple(it.as_dict() for it in located))

    def _located(
        self, errors: Iterable[FieldError], called: Mapping[str | int, str], given: Mapping[str, Any]
    ) -> list[FieldError]:
        """The same errors by their place in the request, where the variable that takes the whole body has no name."""
        located = []
        for error in errors:
            path = error.names()
            if path[0] == self._route.body and len(path) > 1:
                del path[0]
            name = self._arguments.get(path[0], path[0])
            known = ranges.of_field(name) if self._route.writes else ranges.of_parameter(name, given)
            message = ranges.told(error.message, known) + self._otherwise(path, called, given)
            located.append(FieldError((called.get(name, name), *path[1:]), message))
        return located

    def _otherwise(self, path: list[str | int], called: Mapping[str | int, str], given: Mapping[str, Any]) -> str:
        """What else a client may call a field that is missing."""
        if len(path) > 1 or path[0] in called or given.get(str(path[0])) is not None:
            return ""
        names = [older for older, newer in self._route.older.items() if newer == path[0]]
        return f"; {' or '.join(names)} is taken for {path[0]}" if names else ""

    def _renamed(self, given: dict[str, Any]) -> dict[str, Any]:
        """`given` under the names that the operation knows; where both are given, the newer counts."""
        older = self._route.older
        return {older[name]: value for name, value in given.items() if name in older} | {
            name: value for name, value in given.items() if name not in older
        }

    def _older(self, given: Mapping[str, Any]) -> dict[str | int, str]:
        """The older names that count in `given`, by the newer ones."""
        return {newer: name for name, newer in self._route.older.items() if name in given and newer not in given}

    def _query(self, request: Request, values: dict[str, Any]) -> Bound:
        if not request.scope["query_string"]:
            return Bound(values, {})
        try:
            pairs = parse_qsl(request.scope["query_string"].decode("ascii"), errors="strict")
        except ValueError:
            refuse("BAD_REQUEST", "The query string is not percent-encoded UTF-8")
        # The first of several wins. A name that ends in [] is that of a list, to jQuery, axios and the legacy service.
        sent = {name.removesuffix("[]"): text for name, text in reversed(pairs)}
        given, called, errors = self._renamed(sent), self._older(sent), []
        for name in self._rest:
            if name in given:
                try:
                    values[name] = texts.read(self._types[name], given[name])
                except ValueError as error:
                    errors.append(FieldError((name,), str(error)))
        _refuse(self._located(errors, called, values))
        return Bound(values, called)


def _arguments(operation: Operation, names: Collection[str]) -> dict[str | int, str]:
    """The variables among `names` that fill arguments of other names, by those of the arguments, which resolvers know."""
    return {
        argument.name.value: argument.value.name.value
        for node in operation.definition.selection_set.selections
        if isinstance(node, FieldNode)
        for argument in node.arguments or ()
        if isinstance(argument.value, VariableNode) and argument.value.name.value in names
    }


def _fields(type_: GraphQLInputType) -> dict[str, GraphQLInputType]:
    named = get_named_type(type_)
    assert isinstance(named, GraphQLInputObjectType)  # noqa: S101 - a body is an input object
    return {name: field.type for name, field in named.fields.items()}


def _refuse(errors: list[FieldError]) -> None:
    if errors:
        raise problem(ValidationFailed(*errors))


def _known(type_: GraphQLInputType, value: Any, path: tuple[str | int, ...]) -> tuple[Any, list[FieldError]]:
    """What of `value` the schema knows, and what is wrong with it.

    GraphQL lets one value stand for a list of one; JSON is taken at its word, as the legacy service did.
    """
    nested = _nested(type_)
    if isinstance(nested, GraphQLInputObjectType) and isinstance(value, dict):
        pairs = {key: (field.type, value[key]) for key, field in nested.fields.items() if key in value}
    elif isinstance(nested, GraphQLList) and isinstance(value, list):
        if _nested(nested.of_type) is None:
            return value, []
        pairs = dict(enumerate((nested.of_type, item) for item in value))
    elif isinstance(nested, GraphQLList) and value is not None:
        return value, [FieldError(path, f"must be an array, is {kind(value)}")]
    else:
        return value, []
    known: dict[str | int, Any] = {}
    errors: list[FieldError] = []
    for key, (inner, item) in pairs.items():
        if _nested(inner) is None:
            known[key] = item
        else:
            known[key], wrong = _known(inner, item, (*path, key))
            errors += wrong
    return (known if isinstance(value, dict) else list(known.values())), errors


@cache
def _nested(type_: GraphQLInputType) -> GraphQLInputObjectType | GraphQLList[Any] | None:
    """`type_` without its "not null", if it is an object or a list; None for what has no parts."""
    named = get_nullable_type(type_)
    return named if isinstance(named, GraphQLInputObjectType | GraphQLList) else None
