"""What OpenAPI calls links: how a request goes on with what another one has made, derived from the route table.

Source: https://spec.openapis.org/oas/v3.1.1#link-object
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from gateway.execute import named
from gateway.rest import shapes

if TYPE_CHECKING:
    from collections.abc import Collection

    from gateway.rest.route import Route


def of(route: Route, given: Collection[str]) -> dict[str, Any]:
    """The links from the answer of a route that makes something to those whose path goes on with its id.

    Args:
        route: which one.
        given: what its request may have. A parameter of this name was given; any other is the id of what was made.
    """
    from gateway.rest import ROUTES  # noqa: PLC0415 - the package's table is complete only when its modules are

    made = _made(route)
    links: dict[str, Any] = {}
    for other in ROUTES:
        match = re.fullmatch(re.escape(route.path) + r"/{(\w+)}[^{]*", other.path)
        source = f"$request.body#/{match[1]}" if match and match[1] in given else made
        if match and source:
            before = {name: f"$request.path.{name}" for name in re.findall(r"{(\w+)}", route.path)}
            links[other.operation] = {"operationId": other.operation, "parameters": {**before, match[1]: source}}
    return links


def _made(route: Route) -> str | None:
    """Where the answer tells the id of what was made; None where it tells none."""
    data = shapes.result(named(route.operation))["properties"].get("data", {})
    return "$response.body#/data/id" if "id" in data.get("properties", {}) else None
