"""A route's request out of the arguments of the root field behind it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from graphql import FieldNode, ObjectValueNode, VariableNode

from gateway.execute import named

if TYPE_CHECKING:
    from gateway.rest.route import Route

MISSING = object()


def field_of(route: Route) -> tuple[str, dict[tuple[str, ...], str]]:
    """The root field that a route's operation calls, and which variable fills which of its arguments."""
    operation = named(route.operation)
    (node,) = operation.definition.selection_set.selections
    assert isinstance(node, FieldNode)
    filled: dict[tuple[str, ...], str] = {}
    for argument in node.arguments or ():
        filled |= _variables(argument.value, (argument.name.value,))
    return node.name.value, filled


def _variables(value: Any, path: tuple[str, ...]) -> dict[tuple[str, ...], str]:
    if isinstance(value, VariableNode):
        return {path: value.name.value}
    if isinstance(value, ObjectValueNode):
        return {
            way: name
            for field in value.fields
            for way, name in _variables(field.value, (*path, field.name.value)).items()
        }
    return {}


def request(route: Route, arguments: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The path, and httpx's arguments of a request that passes `arguments` to the root field."""
    _, filled = field_of(route)
    values = {name: value for path, name in filled.items() if (value := _at(arguments, path)) is not MISSING}
    path = re.sub(r"{(\w+)}", lambda match: str(values.pop(match[1])), route.path)
    if not route.writes:
        return path, {"params": values}
    body = values.pop(route.body, {}) if route.body else values
    return path, {"json": body} if body else {}


def exposes(route: Route, path: tuple[str | int, ...]) -> bool:
    """Whether the route can pass the argument at `path`."""
    _, filled = field_of(route)
    steps = tuple(step for step in path if isinstance(step, str))
    return any(steps[: len(way)] == way for way in filled)


def _at(arguments: Any, path: tuple[str, ...]) -> Any:
    for step in path:
        if not isinstance(arguments, dict) or step not in arguments:
            return MISSING
        arguments = arguments[step]
    return arguments
