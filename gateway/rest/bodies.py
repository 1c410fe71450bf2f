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
    fields = shapes.value(given[route.body].type) if route.body else _variables(given)
    content = {"application/json": {"schema": _json(route, fields, given)}}
    if route.files:
        content[MEDIA_TYPE] = {"schema": _form(route, fields)}
    return {"required": bool(fields.get("required") or _choice(route, fields)), "content": content}


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


def _variables(given: dict[str, Variable]) -> dict[str, Any]:
    """A body whose fields are variables."""
    properties = {name: shapes.value(variable.type) | words.FIELDS.get(name, {}) for name, variable in given.items()}
    required = [name for name, variable in given.items() if variable.required]
    return {"type": "object", "properties": properties, "required": required}


def _json(route: Route, fields: dict[str, Any], given: dict[str, Variable]) -> dict[str, Any]:
    """The body as JSON: with the names that its fields also have."""
    others = {
        known: _called(route, newer, fields["properties"][newer])
        for known, newer in route.older.items()
        if newer in fields["properties"]
    }
    choice = _choice(route, fields)
    one_of_them = {"anyOf": [{"required": [name]} for name in choice]} if choice else {}
    if route.body:
        reference = {"$ref": f"#/components/schemas/{_input_name(given[route.body])}"}
        more = ({"properties": others} if others else {}) | one_of_them
        return {"allOf": [reference], **more} if more else reference
    required = [name for name in fields["required"] if name not in choice]
    return {**fields, "properties": fields["properties"] | others, "required": required, **one_of_them}


def _called(route: Route, name: str, shape: dict[str, Any]) -> dict[str, Any]:
    """What a field is under its other name: the same, or where a list may come as text, the one thing that the list would have."""
    return (
        {**shape["items"], "description": f"One alone, in the place of `{name}`."}
        if name in route.lists
        else shape | {"deprecated": True}
    )


def _choice(route: Route, fields: dict[str, Any]) -> list[str]:
    """The fields of which there must be one."""
    known = words.NEEDED.get(route.operation) or [name for name in fields.get("required", ()) if older(route, name)]
    return [name for newer in known for name in (newer, *older(route, newer))]


def _form(route: Route, body: dict[str, Any]) -> dict[str, Any]:
    """The body as a form: files in the places of their upload ids."""
    fields = body["properties"]
    files = {taker: name for name, taker in route.files.items() if name != ANY}
    properties = {name: shape for name, shape in fields.items() if name not in files}
    for taker, name in files.items():
        file: dict[str, Any] = {"type": "string", "format": "binary"}
        if "array" in fields[taker]["type"]:
            counts = {word: fields[taker][word] for word in ("minItems", "maxItems") if word in fields[taker]}
            file = {"type": "array", "items": file, **counts}
        properties[name] = file | ({"description": words.ANY_NAME} if route.files.get(ANY) == taker else {})
    required = [files.get(name, name) for name in body.get("required", ())]
    needed = [{"required": [files.get(name, name)]} for name in words.NEEDED.get(route.operation, ())]
    return {"type": "object", "properties": properties, "required": required, **({"anyOf": needed} if needed else {})}


def _input_name(variable: Variable) -> str:
    return str(variable.type).rstrip("!")
