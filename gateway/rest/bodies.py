"""The bodies of requests as OpenAPI describes them: JSON, and where a route takes files, a form."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from gateway.execute import named
from gateway.rest import shapes, words
from gateway.rest.binding import VERSION
from gateway.rest.multipart import MEDIA_TYPE
from gateway.rest.route import ANY

if TYPE_CHECKING:
    from gateway.execute import Operation, Variable
    from gateway.rest.route import Route


def of(route: Route, operation: Operation) -> dict[str, Any] | None:
    """The body of a route's request; None where it takes none."""
    given = rest(route, operation)
    if not route.writes or not given:
        return None
    variables = shapes.value(given[route.body].type) if route.body else _variables(route, given)
    json = {"$ref": f"#/components/schemas/{_input_name(given[route.body])}"} if route.body else variables
    content = {"application/json": {"schema": json}}
    if route.files:
        content[MEDIA_TYPE] = {"schema": _form(route, variables)}
    return {"required": bool(variables.get("required")), "content": content}


def inputs() -> dict[str, Any]:
    """The schemas that bodies refer to, by name."""
    from gateway.rest import ROUTES  # noqa: PLC0415 - the package's table is complete only when its modules are

    taken = [named(route.operation).variables[route.body] for route in ROUTES if route.body]
    return {_input_name(variable): shapes.value(variable.type) for variable in taken}


def path_names(route: Route) -> list[str]:
    """The parameters of a route's path."""
    return re.findall(r"{(\w+)}", route.path)


def rest(route: Route, operation: Operation) -> dict[str, Variable]:
    """The variables that a query or a body fills."""
    return {name: it for name, it in operation.variables.items() if name not in (*path_names(route), VERSION)}


def older(route: Route, name: str) -> list[str]:
    """What clients also call a parameter or a field."""
    return [known for known, newer in route.older.items() if newer == name]


def _variables(route: Route, given: dict[str, Variable]) -> dict[str, Any]:
    """A body whose fields are variables."""
    properties = {
        known: shapes.value(variable.type)
        | words.FIELDS.get(name, {})
        | ({} if known == name else {"deprecated": True})
        for name, variable in given.items()
        for known in (name, *older(route, name))
    }
    required = [name for name, variable in given.items() if variable.required]
    return {"type": "object", "properties": properties, "required": required}


def _form(route: Route, body: dict[str, Any]) -> dict[str, Any]:
    """The body as a form: files in the places of their upload ids."""
    fields = body["properties"]
    files = {taker: name for name, taker in route.files.items() if name != ANY}
    properties = {name: shape for name, shape in fields.items() if route.older.get(name, name) not in files}
    for taker, name in files.items():
        file: dict[str, Any] = {"type": "string", "format": "binary"}
        if "array" in fields[taker]["type"]:
            counts = {word: fields[taker][word] for word in ("minItems", "maxItems") if word in fields[taker]}
            file = {"type": "array", "items": file, **counts}
        properties[name] = file | ({"description": words.ANY_NAME} if route.files.get(ANY) == taker else {})
    return {
        "type": "object",
        "properties": properties,
        "required": [files.get(name, name) for name in body.get("required", ())],
    }


def _input_name(variable: Variable) -> str:
    return str(variable.type).rstrip("!")
