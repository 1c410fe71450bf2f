"""OpenAPI 3.1, derived from the route table and the schema, so that it cannot drift from either.

Source: https://spec.openapis.org/oas/v3.1.1
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

from graphql import get_named_type, value_from_ast_untyped

from gateway.errors import STATUS
from gateway.execute import operations
from gateway.rest import shapes
from gateway.rest.binding import VERSION
from gateway.rest.multipart import MEDIA_TYPE
from gateway.rest.route import ANY

if TYPE_CHECKING:
    from gateway.execute import Operation, Variable
    from gateway.rest.route import Route

TITLE = "Brickgate"
VERSION_NUMBER = "1.0.0"
DESCRIPTION = """The REST API of the LEGO projects service.

Every answer of success is an envelope: `success`, the payload under `data`, `timestamp`; a list adds `total`, `page`, `limit`. Every
failure has one body, whatever caused it; its `code` decides the status. Sign in with a Cognito token, as `Authorization: Bearer` or as
the cookie `token`; what changes something by cookie also needs the header `X-CSRF-Token` with the token of `GET /api/csrf`.

The same data is one graph at `/graphql`."""

_BAD, _DENIED, _ALWAYS = (400,), (401, 403), (429, 500, 503)
_DESCRIPTIONS = {
    400: "The request is wrong; `details` names the fields",
    401: "Nobody is signed in, or the token is not valid",
    403: "It belongs to somebody else, or CSRF validation failed",
    404: "There is no such thing",
    409: "It is there already, was used already, or is not ready yet",
    412: "It was changed after the version that `If-Match` names",
    413: "The body is too large",
    415: "The body is not JSON",
    429: "Too many requests",
    500: "Something went wrong on the server",
    503: "The service is unavailable for a moment",
}


@cache
def document() -> dict[str, Any]:
    """The OpenAPI document of the gateway."""
    from gateway.rest import ROUTES  # noqa: PLC0415 - the package's table is complete only when its modules are

    paths: dict[str, dict[str, Any]] = {}
    for route in ROUTES:
        for method in route.methods:
            paths.setdefault(route.path, {})[method.lower()] = _operation(route, method)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": TITLE,
            "version": VERSION_NUMBER,
            "description": DESCRIPTION,
            "contact": {"name": "Brickgate"},
            "license": {"name": "Proprietary", "identifier": "LicenseRef-Proprietary"},
        },
        "servers": [{"url": "/", "description": "This server"}],
        "security": [{"bearer": []}, {"cookie": []}],
        "tags": [{"name": tag, "description": text} for tag, text in _TAGS.items()],
        "paths": paths | _UTILITIES,
        "components": {
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
                "cookie": {"type": "apiKey", "in": "cookie", "name": "token"},
            },
            "schemas": {"Error": _ERROR, "Health": _HEALTH, "CsrfToken": _CSRF_TOKEN} | _inputs(),
            "responses": {_response_name(status): _error_response(status) for status in _DESCRIPTIONS},
        },
    }


def _operation(route: Route, method: str) -> dict[str, Any]:
    operation = operations()[route.operation]
    described: dict[str, Any] = {
        "operationId": route.operation if method == route.method else f"{route.operation}By{method.capitalize()}",
        "summary": route.summary,
        "description": f"{route.summary}. The GraphQL operation behind it is `{route.operation}`.",
        "tags": [_tag(route)],
        "parameters": _parameters(route, operation),
        "responses": _success(route, operation)
        | {str(status): _reference(status) for status in _statuses(route, operation)},
    }
    if body := _body(route, operation):
        described["requestBody"] = body
    return described


def _path_names(route: Route) -> list[str]:
    return re.findall(r"{(\w+)}", route.path)


def _rest(route: Route, operation: Operation) -> dict[str, Variable]:
    return {name: it for name, it in operation.variables.items() if name not in (*_path_names(route), VERSION)}


def _parameters(route: Route, operation: Operation) -> list[dict[str, Any]]:
    parameters = [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "string", "format": "uuid"},
            "description": f"The {name}.",
        }
        for name in _path_names(route)
    ]
    if route.writes:
        parameters.append(_header("X-CSRF-Token", "The token of GET /api/csrf; needed where the cookie signs in."))
        if VERSION in operation.variables:
            parameters.append(_header("If-Match", "The ETag of the version that you saw; 412 if it was changed since."))
        return parameters
    if route.redirect:
        parameters.append(_FORMAT)
    defaults = _defaults(operation)
    for name, variable in _rest(route, operation).items():
        schema = shapes.text(variable.type) | _BOUNDS.get(name, {}) | defaults.get(name, {})
        described = {"in": "query", "schema": schema, "description": _QUERY.get(name, f"The {name}.")}
        parameters.append({"name": name, **described})
        parameters += [{"name": older, **described, "deprecated": True} for older in _older(route, name)]
    return [*parameters, _header("If-None-Match", "An ETag that you have; 304 if it still holds.")]


def _defaults(operation: Operation) -> dict[str, dict[str, Any]]:
    """What the document takes where nothing is given, by variable."""
    return {
        node.variable.name.value: {"default": value_from_ast_untyped(node.default_value)}
        for node in operation.definition.variable_definitions or ()
        if node.default_value
    }


def _older(route: Route, name: str) -> list[str]:
    return [older for older, newer in route.older.items() if newer == name]


def _header(name: str, description: str) -> dict[str, Any]:
    return {"name": name, "in": "header", "schema": {"type": "string"}, "description": description}


def _body(route: Route, operation: Operation) -> dict[str, Any] | None:
    rest = _rest(route, operation)
    if not route.writes or not rest:
        return None
    schema = (
        {"$ref": f"#/components/schemas/{_input_name(rest[route.body])}"} if route.body else _variables(route, rest)
    )
    content = {"application/json": {"schema": schema}}
    if route.files:
        content[MEDIA_TYPE] = {"schema": _form(route, rest)}
    return {"required": True, "content": content}


def _variables(route: Route, rest: dict[str, Variable]) -> dict[str, Any]:
    """A body whose fields are variables."""
    properties = {
        known: shapes.value(variable.type) | ({} if known == name else {"deprecated": True})
        for name, variable in rest.items()
        for known in (name, *_older(route, name))
    }
    required = [name for name, variable in rest.items() if variable.required]
    return {"type": "object", "properties": properties, "required": required}


def _form(route: Route, rest: dict[str, Variable]) -> dict[str, Any]:
    """The body as a form: files in the places of their upload ids."""
    fields = (shapes.value(rest[route.body].type) if route.body else _variables(route, rest))["properties"]
    properties = {name: shape for name, shape in fields.items() if name not in route.files.values()}
    for name, taker in route.files.items():
        file = {"type": "string", "format": "binary"}
        several = "array" in fields[taker]["type"]
        properties["file" if name == ANY else name] = {"type": "array", "items": file} if several else file
    return {"type": "object", "properties": properties}


def _input_name(variable: Variable) -> str:
    return str(variable.type).rstrip("!")


def _inputs() -> dict[str, Any]:
    from gateway.rest import ROUTES  # noqa: PLC0415 - as in `document`

    bodies = [operations()[route.operation].variables[route.body] for route in ROUTES if route.body]
    return {_input_name(variable): shapes.value(variable.type) for variable in bodies}


def _success(route: Route, operation: Operation) -> dict[str, Any]:
    answers: dict[str, Any] = {
        str(route.status): {
            "description": "Success",
            "content": {"application/json": {"schema": _envelope(route, operation)}},
            **(
                {}
                if route.writes
                else {"headers": {"ETag": {"schema": {"type": "string"}, "description": "Its entity tag."}}}
            ),
        }
    }
    if route.redirect:
        answers["302"] = {"description": "It is there", "headers": {"Location": _LOCATION}}
    return answers if route.writes else answers | {"304": {"description": "Your copy still holds"}}


def _envelope(route: Route, operation: Operation) -> dict[str, Any]:
    fields = dict(shapes.result(operation)["properties"])
    spread = fields.pop("envelope", None)
    if spread:
        fields |= spread["properties"]
    properties: dict[str, Any] = {"success": {"const": True}}
    if route.status == 201:  # noqa: PLR2004 - the status by its name
        properties["statusCode"] = {"const": route.status}
    if route.message:
        properties["message"] = {"const": route.message}
    if "data" in fields:
        fields["data"] = _spread(route, _never_null(fields["data"]))
        if fields["data"]["type"] == "array":
            fields = {name: {"type": "integer"} for name in _paging(fields)} | fields
    properties |= fields | {"timestamp": {"type": "string", "format": "date-time"}}
    required = list(properties)
    for alias in route.aliases:
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


def _statuses(route: Route, operation: Operation) -> list[int]:
    statuses = [*_BAD, *_DENIED, *_ALWAYS]
    if _path_names(route) or _fields(route, operation) & _NAMING:
        statuses.append(404)
    if route.writes and _rest(route, operation):
        statuses += [409, 413, 415]
    if route.operation in _WITHHELD:
        statuses.append(409)
    if VERSION in operation.variables:
        statuses.append(412)
    return sorted(statuses)


def _fields(route: Route, operation: Operation) -> set[str]:
    """The names that a query or a body may have."""
    rest = _rest(route, operation)
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
    return {"description": _DESCRIPTIONS[status], "content": content}


def _tag(route: Route) -> str:
    return route.path.split("/")[2]


# Fields that name what may not be there.
_NAMING = {"albumId", "coverImageId", "galleryImageId", "imageId", "itemIds", "mocId"}
_TAGS = {
    "mocs": "MOC instructions and sets",
    "images": "Images of your gallery",
    "albums": "Albums of your gallery",
    "gallery": "Images and albums mixed",
    "flag": "Complaints about images",
    "user": "Sums over all that is yours",
    "users": "Your profile",
    "wishlist": "What you would like to have",
    "uploads": "Places to send large files to",
    "service": "Health and CSRF tokens",
}
_WITHHELD = {"DownloadMocFile", "DescribeMocFileDownload"}  # 409 while a file is being scanned
_BOUNDS = {
    "page": {"minimum": 1},
    "limit": {"minimum": 1, "maximum": 100},
    "from": {"minimum": 0},
    "size": {"minimum": 1, "maximum": 100},
}
_QUERY = {
    "albumId": "Only the images of this album of yours.",
    "flagged": "Only images that somebody has complained about, or only those that nobody has.",
    "withImages": "Whether each album brings its images.",
    "category": "Only this category.",
    "cursor": "The nextCursor of the page before; a number leaves out that many items.",
    "page": "Number of the page, counted from 1.",
    "limit": "Items of a page.",
    "search": "Words to look for.",
    "q": "Words to look for; the best match comes first. Without any, all are found, newest first.",
    "tag": "Only what has this tag, letter case aside.",
    "type": "Only this type.",
    "from": "Items to leave out before the first.",
    "size": "Items to answer.",
}
_FORMAT: dict[str, Any] = {
    "name": "format",
    "in": "query",
    "schema": {"type": "string", "enum": ["json"]},
    "description": "`json` tells where the file is; without it the answer leads there.",
}
_LOCATION = {"schema": {"type": "string"}, "description": "Where the file is, for a while."}
_FIELD_ERROR = {
    "type": "object",
    "properties": {
        "field": {"type": ["string", "integer"]},
        "path": {"type": "array", "items": {"type": ["string", "integer"]}},
        "message": {"type": "string"},
    },
    "required": ["field", "path", "message"],
}
_DETAILS = {"type": "array", "items": _FIELD_ERROR, "description": "The wrong fields."}
_CODE = {"type": "string", "enum": list(STATUS)}
_ERROR = {
    "type": "object",
    "properties": {
        "success": {"const": False},
        "statusCode": {"type": "integer"},
        "code": _CODE,
        "message": {"type": "string"},
        "error": {
            "type": "object",
            "properties": {"type": _CODE, "code": _CODE, "message": {"type": "string"}, "details": _DETAILS},
            "required": ["type", "code", "message"],
        },
        "details": _DETAILS,
        "requestId": {"type": "string"},
        "timestamp": {"type": "string", "format": "date-time"},
    },
    "required": ["success", "statusCode", "code", "message", "error", "requestId", "timestamp"],
}
_STATE = {"type": "string", "enum": ["healthy", "degraded", "unhealthy"]}
_PART = {"type": "string", "enum": ["healthy", "unhealthy", "disabled"]}
_PARTS = {
    "type": "object",
    "properties": {"postgres": _PART, "redis": _PART, "opensearch": _PART},
    "required": ["postgres", "redis", "opensearch"],
}
_FACTS = {"status": _STATE, "services": _PARTS}
_HEALTH = {
    "type": "object",
    "properties": {
        "success": {"type": "boolean"},
        "data": {"type": "object", "properties": _FACTS, "required": list(_FACTS)},
        **_FACTS,
        "timestamp": {"type": "string", "format": "date-time"},
    },
    "required": ["success", "data", "status", "services", "timestamp"],
}
_CSRF_TOKEN = {
    "type": "object",
    "properties": {"token": {"type": "string", "pattern": "^[0-9a-f]{64}$"}},
    "required": ["token"],
}


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
