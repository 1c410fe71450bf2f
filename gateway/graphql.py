"""GraphQL over HTTP (https://graphql.github.io/graphql-over-http/draft/), GET and POST, with GraphiQL outside production."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson
from graphql import GraphQLError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route as Endpoint

from gateway import costs, csrf, documents, idempotency, requests
from gateway.answers import NotKept
from gateway.costs import Cost
from gateway.errors import Problem, problem, refuse
from gateway.execute import execute, wrong_inputs
from gateway.headers import PRIVATE
from gateway.parameters import Call, parameters
from gateway.parsing import Policy, parsed
from gateway.rest.body import JSON
from gateway.visit import Visit
from resolvers.errors import ValidationFailed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from graphql import ExecutionResult
    from starlette.datastructures import Headers
    from starlette.types import Receive, Scope, Send

    from gateway.execute import Operation
    from gateway.gateway import Gateway
    from gateway.identity import Identity
    from gateway.parsing import Document
    from resolvers.context import Context

GRAPHQL_JSON = "application/graphql-response+json"


class _Asked(NamedTuple):
    """An operation that is to be run.

    Args:
        operation: which one.
        variables: its variables.
        form: names its document where answers are kept.
        cost: what it costs.
        media_type: of the answer.
    """

    operation: Operation
    variables: dict[str, Any]
    form: str
    cost: Cost
    media_type: str


class GraphQL:
    """The endpoint /graphql."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._policy = Policy.of(gateway.settings)

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
        requests.reached(f"{request.method} /graphql")
        visit = Visit.of(request)
        try:
            await visit.admit()
            call = Call.of(await parameters(request))
            identity = visit.identity
            document = parsed(call.query, self._policy)
            if isinstance(document, list):
                return _response({"errors": list(map(_error, document))}, media_type, executed=False)
            operation = document.operation(call.operation_name)
            requests.runs(operation.name)
            if operation.writes:
                if request.method != "POST":
                    refuse("METHOD_NOT_ALLOWED", "A mutation must be sent by POST", Allow="POST")
                if identity and identity.by_cookie:
                    csrf.check(request, self._gateway.settings)
            cost = Cost(costs.cost(operation, call.variables), self._budget(identity, document))
            if error := cost.excess(operation, call.variables):
                answer = {"errors": [_error(error)], "extensions": cost.extensions}
                return _response(answer, media_type, executed=False)
            asked = _Asked(operation, call.variables, document.name, cost, media_type)
            context = self._gateway.context(identity.caller if identity else None, visit.count)
            return await self._run(request, asked, context)
        except GraphQLError as error:
            return _response({"errors": [_error(error)]}, media_type, executed=False)
        except Exception as error:  # noqa: BLE001 - whatever it is, the answer has GraphQL's form too
            return _refusal(problem(error), media_type)

    def _budget(self, identity: Identity | None, document: Document) -> int:
        settings = self._gateway.settings
        if identity is None:
            return settings.graphql_cost_anonymous
        return settings.graphql_cost_trusted if document.trusted else settings.graphql_cost_user

    async def _run(self, request: Request, asked: _Asked, context: Context) -> Response:
        """Run an operation: a query only where no answer is kept, a mutation once for each key that it may come with."""
        answers = self._gateway.answers
        if context.caller and asked.operation.writes:
            named = [asked.form, asked.operation.name, asked.variables]
            return await idempotency.once(request, context, named, partial(_executed, asked, context))
        place = answers.place(asked.operation, asked.variables, context.user_id, asked.form)
        if context.caller is None or place is None:
            return await _executed(asked, context)

        async def make() -> bytes:
            result = await execute(asked.operation, asked.variables, context)
            if result.errors:
                raise NotKept(result)
            return orjson.dumps(result.data)

        try:
            answered = await answers.read(await Visit.of(request).look(place.key), place, make)
        except NotKept as failed:
            return _told(asked, failed.result)
        answer = {"data": orjson.Fragment(answered.content), "extensions": asked.cost.extensions}
        response = _response(answer, asked.media_type, executed=True)
        response.headers[answers.HEADER] = answered.state
        return response


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


def _wrong(asked: _Asked, errors: list[GraphQLError]) -> list[dict[str, Any]]:
    """Errors of the request itself: wrong variables are told as one error that names them all."""
    fields = wrong_inputs(asked.operation, asked.variables)
    if not fields:
        return list(map(_error, errors))
    return [_error(GraphQLError("Wrong variables", original_error=ValidationFailed(*fields)))]


async def _executed(asked: _Asked, context: Context) -> Response:
    return _told(asked, await execute(asked.operation, asked.variables, context))


def _told(asked: _Asked, result: ExecutionResult) -> Response:
    """A result, with its errors."""
    executed = result.data is not None or any(error.path for error in result.errors or ())
    answer: dict[str, Any] = {"data": result.data} if executed else {}
    if result.errors:
        answer["errors"] = list(map(_error, result.errors)) if executed else _wrong(asked, result.errors)
    return _response({**answer, "extensions": asked.cost.extensions}, asked.media_type, executed=executed)


def _response(answer: dict[str, Any], media_type: str, *, executed: bool) -> Response:
    """The answer, under the status of its media type: a request that was not executed is 400, but 200 for old clients."""
    status = 200 if executed or media_type == JSON else 400
    return _written(answer, status, media_type)


def _refusal(error: Problem, media_type: str) -> Response:
    """A request that is no GraphQL request, or not a permitted one; its answer has GraphQL's form all the same.

    As plain JSON it has the contract's error body, too, as any door's. GraphQL's own media type has no room for other keys
    (https://spec.graphql.org/draft/#sec-Response-Format).
    """
    errors = [{"message": error.message, "extensions": {**error.extensions, "requestId": requests.current()}}]
    more = error.body() if media_type == JSON else {}
    return _written({"errors": errors, **more}, error.status, media_type, error.headers)


def _written(
    answer: dict[str, Any], status: int, media_type: str, headers: Mapping[str, str] | None = None
) -> Response:
    """An answer, for this caller alone."""
    own = {"cache-control": PRIVATE, "vary": "Accept", **(headers or {})}
    return Response(orjson.dumps(answer), status, own, media_type=f"{media_type}; charset=utf-8")


def endpoints(gateway: Gateway) -> list[Endpoint]:
    """The routes of GraphQL."""
    return [Endpoint("/graphql", GraphQL(gateway), methods=None)]
