"""The application that a server runs has nothing that the function lacks (docs/decisions/0019)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway import facade

if TYPE_CHECKING:
    from fastapi import FastAPI


def test_fastapi_adds_no_route_to_the_facades(app: FastAPI) -> None:
    served: list[Any] = list(app.routes)
    made: list[Any] = facade.routes(app.state.gateway)
    assert [route.path for route in served] == [route.path for route in made]
    assert "/graphql" in {route.path for route in made}
