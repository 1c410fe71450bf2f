"""GraphQL over HTTP (https://graphql.github.io/graphql-over-http/draft/), GET and POST, with GraphiQL outside production."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import orjson
from graphql import (
    GraphQLError,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    parse,
    specified_rules,
    validate,
)
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route as Endpoint

from gateway import csrf, documents, requests
from gateway.answers import NotKept
from gateway.door import admitted, identified, looked
from gateway.errors import Problem, problem, refuse
from gateway.execute import Operation, execute, wrong_variables
from gateway.rest.body import parse_object, read
from resolvers.context import Context
from resolvers.errors import ValidationFailed
from resolvers.schema import GRAPHQL

if TYPE_CHECKING:
    from graphql import DocumentNode, ExecutionResult
    from starlette.datastructures import Headers
    from starlette.types import Receive, Scope, Send

    from gateway.answers import Place
    from gateway.gateway import Gateway

JSON = "application/json"
GRAPHQL_JSON = "application/graphql-response+json"
MAX_TOKENS = 10_000  # lexical tokens of a document
MAX_CHARACTERS = 100_000  # of a document
KEPT = 256  # documents of clients that are kept parsed and validated


@dataclass(frozen=True)
class Call:
    """What a client asks for."""

    query: str
    operation_name: str | None
    variables: dict[str, Any]

    @classmethod
    def of(cls, parameters: dict[str, Any]) -> Call:
        """Read the request parameters of the specification.

        Raises:
            Problem: BAD_REQUEST, one of them is missing or of a wrong type.
        """
        query, name = parameters.get("query"), parameters.get("operationName")
        variables, extensions = parameters.get("variables"), parameters.get("extensions")
        if not isinstance(query, str) or not query.strip():
            refuse("BAD_REQUEST", "The parameter query is missing: send a GraphQL document as a string")
        if not isinstance(name, str | None):
            refuse("BAD_REQUEST", "The parameter operationName must be a string")
        if not isinstance(variables, dict | None) or not isinstance(extensions, dict | None):
            refuse("BAD_REQUEST", "The parameters variables and extensions must be objects")
        return cls(query, name or None, variables or {})


class Document:
    """A document of a client's, parsed and valid.

    Args:
        node: the document.
        name: what it is called by where its answers are kept.
    """

    def __init__(self, node: DocumentNode, name: str) -> None:
        self.name = name
        self._node = node
        self._operations: dict[str | None, Operation] = {}

    def operation(self, name: str | None) -> Operation:
        """The operation of this name, or the only one.

        Raises:
            GraphQLError: there is none, or more than one.
        """
        if name not in self._operations:
            self._operations[name] = self._found(name)
        return self._operations[name]

    def _found(self, name: str | None) -> Operation:
        found = [node for node in self._node.definitions if isinstance(node, OperationDefinitionNode)]
        named = [node for node in found if name is None or (node.name and node.name.value == name)]
        if len(named) != 1:
            wanted = f"no operation named {name!r}" if name else "several operations and no operationName"
            raise GraphQLError(f"The document has {wanted}" if found else "The document has no operation")
        return Operation.of(self._node, named[0])


@lru_cache(maxsize=KEPT)
def _document(query: str, *, introspection: bool) -> Document | list[GraphQLError]:
    """The document, or what is wrong with it."""
    if len(query) > MAX_CHARACTERS:
        return [GraphQLError(f"The document is too long: at most {MAX_CHARACTERS} characters")]
    try:
        document = parse(query, max_tokens=MAX_TOKENS)
    except GraphQLError as error:
        return [error]
    rules = specified_rules if introspection else (*specified_rules, NoSchemaIntrospectionCustomRule)
    errors = validate(GRAPHQL, document, rules, hide_suggestions=not introspection)
    return errors or Document(document, hashlib.blake2b(query.encode("utf-8", "surrogatepass")).hexdigest())


class GraphQL:
    """The endpoint /graphql."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request: GraphiQL for a browser that asks for a page, else the answer to a document."""
        request = Request(scope, receive)
        if request.method == "GET" and not self._gateway.settings.production and documents.wants_page(request):
            response: Response = documents.graphiql()
        else:
            response = await self._answer(request)
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        media_type = _media_type(request.headers)
        await admitted(request)
        try:
            call = Call.of(await _parameters(request))
            identity = identified(request)
        except Exception as error:  # noqa: BLE001 - whatever it is, the answer has GraphQL's form too
            return _refusal(problem(error), media_type)
        document = _document(call.query, introspection=not self._gateway.settings.production)
        try:
            if isinstance(document, list):
                return _response({"errors": list(map(_error, document))}, media_type, executed=False)
            operation = document.operation(call.operation_name)
        except GraphQLError as error:
            return _response({"errors": [_error(error)]}, media_type, executed=False)
        if operation.writes:
            try:
                if request.method != "POST":
                    refuse("METHOD_NOT_ALLOWED", "A mutation must be sent by POST", Allow="POST")
                if identity and identity.by_cookie:
                    csrf.check(request, self._gateway.settings)
            except Problem as error:
                return _refusal(error, media_type)
        context = Context(identity.caller if identity else None, self._gateway.services)
        place = self._gateway.answers.place(operation, call.variables, context.user_id, document.name)
        if identity is None or place is None:
            return _told(operation, call, await execute(operation, call.variables, context), media_type)
        return await self._read(request, operation, call, context, place)

    async def _read(
        self, request: Request, operation: Operation, call: Call, context: Context, place: Place
    ) -> Response:
        """Answer a query whose answers are kept."""
        answers, media_type = self._gateway.answers, _media_type(request.headers)

        async def make() -> bytes:
            result = await execute(operation, call.variables, context)
            if result.errors:
                raise NotKept(result)
            return orjson.dumps(result.data)

        try:
            answered = await answers.read(await looked(request, place.key), place, make)
        except NotKept as failed:
            return _told(operation, call, failed.result, media_type)
        response = _response({"data": orjson.Fragment(answered.content)}, media_type, executed=True)
        response.headers[answers.HEADER] = answered.state
        return response


async def _parameters(request: Request) -> dict[str, Any]:
    if request.method == "POST":
        media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media_type != JSON:
            refuse("UNSUPPORTED_MEDIA_TYPE", f"Content-Type must be {JSON}, is {media_type[:100]!r}")
        return parse_object(await read(request))
    if request.method not in ("GET", "HEAD"):
        refuse("METHOD_NOT_ALLOWED", f"{request.method} is not allowed here; GET and POST are", Allow="GET, POST")
    parameters: dict[str, Any] = dict(request.query_params)
    for name in ("variables", "extensions"):
        if text := parameters.pop(name, ""):
            parameters[name] = parse_object(text.encode("utf-8", "surrogatepass"))
    return parameters


def _media_type(headers: Headers) -> str:
    """The better of the two media types that the client accepts; `application/json` where it does not care."""
    weights: dict[str, float] = {}
    for item in headers.get("accept", "").split(","):
        name, *parameters = (part.strip().lower() for part in item.split(";"))
        quality = next((parameter[2:] for parameter in parameters if parameter.startswith("q=")), "1")
        try:
            weights[name] = float(quality)
        except ValueError:
            weights[name] = 0.0
    preferred = weights.get(GRAPHQL_JSON, 0.0)
    return GRAPHQL_JSON if preferred > 0 and preferred >= weights.get(JSON, 0.0) else JSON


def _error(error: GraphQLError) -> dict[str, Any]:
    told = problem(error)
    formatted: dict[str, Any] = {"message": told.message}
    if error.locations:
        formatted["locations"] = [{"line": place.line, "column": place.column} for place in error.locations]
    if error.path:
        formatted["path"] = error.path
    return {**formatted, "extensions": {**told.extensions, "requestId": requests.current()}}


def _wrong(operation: Operation, call: Call, errors: list[GraphQLError]) -> list[dict[str, Any]]:
    """Errors of the request itself: wrong variables are told as one error that names them all."""
    fields = wrong_variables(operation, call.variables)
    if not fields:
        return list(map(_error, errors))
    return [_error(GraphQLError("Wrong variables", original_error=ValidationFailed(*fields)))]


def _told(operation: Operation, call: Call, result: ExecutionResult, media_type: str) -> Response:
    """A result, with its errors."""
    executed = result.data is not None or any(error.path for error in result.errors or ())
    answer: dict[str, Any] = {"data": result.data} if executed else {}
    if result.errors:
        answer["errors"] = list(map(_error, result.errors)) if executed else _wrong(operation, call, result.errors)
    return _response(answer, media_type, executed=executed)


def _response(answer: dict[str, Any], media_type: str, *, executed: bool) -> Response:
    """The answer, under the status of its media type: a request that was not executed is 400, but 200 for old clients."""
    status = 200 if executed or media_type == JSON else 400
    return Response(orjson.dumps(answer), status, media_type=f"{media_type}; charset=utf-8")


def _refusal(error: Problem, media_type: str) -> Response:
    """A request that is no GraphQL request, or not a permitted one: the contract's error body, in GraphQL's form too."""
    errors = [{"message": error.message, "extensions": {**error.extensions, "requestId": requests.current()}}]
    content = orjson.dumps({"errors": errors, **error.body()})
    return Response(content, error.status, error.headers, media_type=f"{media_type}; charset=utf-8")


def endpoints(gateway: Gateway) -> list[Endpoint]:
    """The routes of GraphQL."""
    return [Endpoint("/graphql", GraphQL(gateway), methods=None)]
