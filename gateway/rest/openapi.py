"""OpenAPI 3.1, derived from the route table and the schema, so that it cannot drift from either.

Source: https://spec.openapis.org/oas/v3.1.1
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from graphql import get_named_type, value_from_ast_untyped

from gateway.answers import kept
from gateway.errors import STATUS
from gateway.execute import named
from gateway.idempotency import REPLAYED
from gateway.rest import bodies, links, shapes, words
from gateway.rest.binding import VERSION
from gateway.rest.entities import Entities

if TYPE_CHECKING:
    from gateway.execute import Operation
    from gateway.rest.route import Route

_BAD, _DENIED, _ALWAYS = (400,), (401, 403), (429, 500, 503)
_CREATED = 201


@cache
def document(*, aliases: bool = True) -> dict[str, Any]:
    """The OpenAPI document of the gateway; `aliases` tells whether answers have the keys of old clients."""
    from gateway.rest import ROUTES  # noqa: PLC0415 - the package's table is complete only when its modules are

    paths: dict[str, dict[str, Any]] = {}
    for route in ROUTES:
        for method in route.methods:
            paths.setdefault(route.path, {})[method.lower()] = _operation(route, method, aliases=aliases)
    entities = Entities(paths)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": words.TITLE,
            "version": words.VERSION_NUMBER,
            "description": words.DESCRIPTION,
            "contact": {"name": "Brickgate"},
            "license": {"name": "Proprietary", "identifier": "LicenseRef-Proprietary"},
        },
        "servers": [{"url": "/", "description": "This server"}],
        "security": [{"bearer": []}, {"cookie": []}],
        "tags": [{"name": tag, "description": text} for tag, text in words.TAGS.items()],
        "paths": entities.described() | _UTILITIES,
        "components": {
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
                "cookie": {"type": "apiKey", "in": "cookie", "name": "token"},
            },
            "schemas": {
                "Error": words.ERROR,
                "Health": words.HEALTH,
                "CsrfToken": words.CSRF_TOKEN,
                **bodies.inputs(),
                **entities.schemas,
            },
            "responses": {_response_name(status): _error_response(status) for status in words.STATUSES},
        },
    }


def _operation(route: Route, method: str, *, aliases: bool) -> dict[str, Any]:
    operation = named(route.operation)
    described: dict[str, Any] = {
        "operationId": route.operation if method == route.method else f"{route.operation}By{method.capitalize()}",
        "summary": route.summary,
        "description": f"{route.summary}. The GraphQL operation behind it is `{route.operation}`.",
        "tags": [_tag(route)],
        "parameters": _parameters(route, operation, method),
        "responses": _success(route, operation, method, aliases=aliases)
        | {str(status): _reference(status) for status in _statuses(route, operation, method)},
    }
    if body := bodies.of(route, operation):
        described["requestBody"] = body
    return described


def _parameters(route: Route, operation: Operation, method: str) -> list[dict[str, Any]]:
    parameters = [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "string", "format": "uuid"},
            "description": f"The {name}.",
        }
        for name in bodies.path_names(route)
    ]
    if route.writes:
        parameters.append(_header("X-CSRF-Token", "The token of GET /api/csrf; needed where the cookie signs in."))
        if VERSION in operation.variables:
            parameters.append(_header("If-Match", "The ETag of the version that you saw; 412 if it was changed since."))
        if method == "POST":
            parameters.append(words.IDEMPOTENCY_KEY)
        return parameters
    if route.redirect:
        parameters.append(words.FORMAT)
    defaults = _defaults(operation)
    for name, variable in bodies.rest(route, operation).items():
        schema = shapes.text(variable.type) | words.BOUNDS.get(name, {}) | defaults.get(name, {})
        described = {"in": "query", "schema": schema, "description": words.QUERY.get(name, f"The {name}.")}
        parameters.append({"name": name, **described})
        parameters += [{"name": older, **described, "deprecated": True} for older in bodies.older(route, name)]
    return [*parameters, _header("If-None-Match", "An ETag that you have; 304 if it still holds.")]


def _defaults(operation: Operation) -> dict[str, dict[str, Any]]:
    """What the document takes where nothing is given, by variable."""
    return {
        node.variable.name.value: {"default": value_from_ast_untyped(node.default_value)}
        for node in operation.definition.variable_definitions or ()
        if node.default_value
    }


def _header(name: str, description: str) -> dict[str, Any]:
    return {"name": name, "in": "header", "schema": {"type": "string"}, "description": description}


def _success(route: Route, operation: Operation, method: str, *, aliases: bool) -> dict[str, Any]:
    content = {"application/json": {"schema": _envelope(route, operation, aliases=aliases)}}
    answers: dict[str, Any] = {str(route.status): {"description": "Success", "content": content}}
    if method == "POST":
        answers[str(route.status)]["headers"] = {REPLAYED: words.REPLAYED}
    if route.status == _CREATED and (found := links.of(route, _fields(route, operation))):
        answers[str(route.status)]["links"] = found
    if not route.writes:
        cache = {"X-Cache": words.X_CACHE} if kept(operation) else {}
        answers[str(route.status)]["headers"] = {"ETag": words.ETAG, **cache}
    if route.redirect:
        answers["302"] = {"description": "It is there", "headers": {"Location": words.LOCATION}}
    return answers if route.writes else answers | {"304": words.HELD_JSON if route.redirect else words.HELD}


def _envelope(route: Route, operation: Operation, *, aliases: bool) -> dict[str, Any]:
    fields = dict(shapes.result(operation)["properties"])
    spread = fields.pop("envelope", None)
    if spread:
        fields |= spread["properties"]
    properties: dict[str, Any] = {"success": {"const": True}}
    if route.status == _CREATED:
        properties["statusCode"] = {"const": route.status}
    if route.message:
        properties["message"] = {"type": "string"} if route.partly else {"const": route.message}
    if "data" in fields:
        fields["data"] = _spread(route, _never_null(fields["data"]))
        if fields["data"]["type"] == "array":
            fields = {name: {"type": "integer"} for name in _paging(fields)} | fields
    properties |= fields | {"timestamp": {"type": "string", "format": "date-time"}}
    required = list(properties)
    for alias in route.aliases if aliases else ():
        own = fields["data"].get("properties", {}).get(alias)
        same = f"data.{alias}" if own else "data"
        properties[alias] = {
            **(own or fields["data"]),
            "description": f"The same as `{same}`, for old clients.",
            "deprecated": True,
        }
    return {"type": "object", "properties": properties, "required": required}


def _spread(route: Route, payload: dict[str, Any]) -> dict[str, Any]:
    """A payload that shows the fields of one of its fields as well, where that is not null."""
    inner = payload["properties"][route.spread]["properties"] if route.spread else {}
    return {**payload, "properties": inner | payload["properties"]} if inner else payload


def _paging(fields: dict[str, Any]) -> tuple[str, ...]:
    return () if "total" in fields else ("total", "page", "limit")


def _never_null(shape: dict[str, Any]) -> dict[str, Any]:
    """A nullable root field is null only beside an error, which is another answer."""
    kinds = shape["type"]
    return {**shape, "type": next(kind for kind in kinds if kind != "null")} if isinstance(kinds, list) else shape


def _statuses(route: Route, operation: Operation, method: str) -> list[int]:
    statuses = [*_BAD, *_DENIED, *_ALWAYS]
    if bodies.path_names(route) or _fields(route, operation) & words.NAMING:
        statuses.append(404)
    if route.writes and bodies.rest(route, operation):
        statuses += [409, 413, 415]
    if method == "POST":
        statuses += [409, 422]
    if route.operation in words.WITHHELD:
        statuses.append(409)
    if VERSION in operation.variables:
        statuses.append(412)
    return sorted(set(statuses))


def _fields(route: Route, operation: Operation) -> set[str]:
    """The names that a query or a body may have."""
    rest = bodies.rest(route, operation)
    if not route.body:
        return set(rest)
    kind: Any = get_named_type(rest[route.body].type)
    return set(kind.fields)


def _response_name(status: int) -> str:
    return next(code for code, number in STATUS.items() if number == status).title().replace("_", "")


def _reference(status: int) -> dict[str, Any]:
    return {"$ref": f"#/components/responses/{_response_name(status)}"}


def _error_response(status: int) -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    return {"description": words.STATUSES[status], "content": content}


def _tag(route: Route) -> str:
    return route.path.split("/")[2]


def _public(operation_id: str, summary: str, schema: str, statuses: tuple[str, ...]) -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
    answers = {status: {"description": summary, "content": content} for status in statuses}
    return {
        "get": {
            "operationId": operation_id,
            "summary": summary,
            "description": f"{summary}. Public.",
            "tags": ["service"],
            "security": [],
            "responses": answers | {str(status): _reference(status) for status in (429, 500)},
        }
    }


_UTILITIES = {
    "/health": _public("getHealth", "Ask whether the parts answer", "Health", ("200", "503")),
    "/api/health": _public("getApiHealth", "Ask whether the parts answer", "Health", ("200", "503")),
    "/api/csrf": _public("getCsrfToken", "Get a CSRF token", "CsrfToken", ("200",)),
    "/api/auth/csrf": _public("getAuthCsrfToken", "Get a CSRF token", "CsrfToken", ("200",)),
}
