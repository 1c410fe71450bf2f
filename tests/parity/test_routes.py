"""Whether the gateway serves what an exchange asks for."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.dev.parity.dependence import Dependence
from gateway.dev.parity.exchange import Exchange
from gateway.dev.parity.routes import UNKNOWN, route_of, served, template

MOC = "/api/mocs/10000000-0000-4000-8000-000000000001"


def exchange(method: str, path: str, **recorded: Any) -> Exchange:
    return Exchange({"method": method, "path": path, "user": "alice", "status": 200, "response": {}, **recorded})


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/health", "/health"),
        ("/api/mocs/search", "/api/mocs/search"),
        ("/api/mocs/not-a-uuid", "/api/mocs/{id}"),
        (f"{MOC}/files/1/download", "/api/mocs/{id}/files/{id}/download"),
    ],
)
def test_ids_are_what_the_contract_does_not_name(path: str, expected: str) -> None:
    assert template(path) == expected


def test_a_route_is_served_by_method_and_path() -> None:
    assert served(exchange("GET", f"{MOC}/?x=1"))
    assert served(exchange("PUT", MOC))
    assert not served(exchange("POST", "/api/nothing-that-is-routed"))
    assert not served(exchange("POST", MOC))


def test_a_missing_method_is_an_answer_of_the_gateway_too() -> None:
    assert served(exchange("DELETE", "/api/mocs", status=404, contract_status=405))
    assert not served(exchange("DELETE", "/api/nothing", status=404, contract_status=405))


def test_what_neither_service_routes_is_served_as_such() -> None:
    nowhere = {"status": 404, "response": {"message": "Not Found - /api/nothing-here"}}
    assert route_of(exchange("GET", "/api/nothing-here", **nowhere)) == UNKNOWN
    assert served(exchange("GET", "/api/nothing-here", **nowhere))
    assert not served(exchange("GET", "/api/wanted", **nowhere, contract_status=200))


def test_a_write_left_out_changes_the_rows_it_names_and_its_users_list() -> None:
    dependence = Dependence()
    dependence.left_out(exchange("POST", f"{MOC}/files", status=201))
    assert dependence.touches(exchange("GET", MOC))
    assert dependence.touches(exchange("GET", "/api/mocs/search"))
    assert not dependence.touches(exchange("GET", "/api/mocs/search", user="bob"))
    assert not dependence.touches(exchange("GET", "/api/albums"))
    assert not dependence.touches(exchange("GET", MOC.replace("1", "2")))


def test_a_refused_write_left_out_changes_nothing() -> None:
    dependence = Dependence()
    dependence.left_out(exchange("POST", f"{MOC}/files", status=400))
    assert not dependence.touches(exchange("GET", MOC))


def test_a_row_made_by_a_write_left_out_is_known_by_its_name() -> None:
    dependence = Dependence()
    dependence.left_out(exchange("PATCH", "/api/mocs/{{m1}}"))
    assert dependence.touches(exchange("GET", "/api/mocs/{{m1}}"))
    assert not dependence.touches(exchange("GET", "/api/mocs/{{m2}}"))
