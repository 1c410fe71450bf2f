"""Finding the route of a path: what has no parameter at once, the others by Starlette's patterns.

Starlette tries one pattern after the other, which for the last of some fifty costs as much as a statement.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from starlette.routing import Match
from starlette.routing import Route as Endpoint

from gateway.rest.handler import Handler, Path

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.types import ASGIApp, Receive, Scope, Send

    from gateway.gateway import Gateway
    from gateway.rest.route import Route

_SHARED = 3  # parts of a path by which patterns are told apart: "", "api", "mocs"


class Table:
    """Wraps the application: serves what the table has, and leaves it the rest.

    Args:
        app: the application.
        routes: the table.
        gateway: what serves them.
    """

    def __init__(self, app: ASGIApp, routes: Iterable[Route], gateway: Gateway) -> None:
        self._app = app
        methods: dict[str, dict[str, Handler]] = defaultdict(dict)
        for route in routes:
            methods[route.path] |= dict.fromkeys(route.methods, Handler(route, gateway))
        self._fixed: dict[str, ASGIApp] = {path: Path(methods[path]) for path in methods if "{" not in path}
        self._patterns: dict[str, list[Endpoint]] = defaultdict(list)
        for path in sorted(methods, key=_generality):
            if "{" in path:
                self._patterns[_place(path)].append(Endpoint(path, Path(methods[path])))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        if scope["type"] == "http":
            path = scope["path"].removeprefix(scope.get("root_path", ""))
            if fixed := self._fixed.get(path):
                await fixed(scope, receive, send)
                return
            for endpoint in self._patterns.get(_place(path), ()):
                match, found = endpoint.matches(scope)
                if match is Match.FULL:
                    scope.update(found)
                    await endpoint.app(scope, receive, send)
                    return
        await self._app(scope, receive, send)


def _place(path: str) -> str:
    return "/".join(path.split("/", _SHARED)[:_SHARED])


def _generality(path: str) -> list[bool]:
    return [segment.startswith("{") for segment in path.split("/")]
