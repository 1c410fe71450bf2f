"""A whole number that no Int can hold is told the range that its field has, as one that is merely out of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from graphql import get_named_type

from gateway.execute import named
from gateway.rest import ROUTES

if TYPE_CHECKING:
    import httpx

PARAMETERS = [
    (route.path, name)
    for route in ROUTES
    if not route.writes
    for name, variable in named(route.operation).variables.items()
    if get_named_type(variable.type).name == "Int"
]


def numbers(input_: Any) -> list[str]:
    """The whole numbers that an input has."""
    return [name for name, field in input_.fields.items() if get_named_type(field.type).name == "Int"]


FIELDS = [
    (route.path, name)
    for route in ROUTES
    if route.body and "{" not in route.path
    for name in numbers(get_named_type(named(route.operation).variables[route.body].type))
]
MOC: dict[str, Any] = {"type": "moc", "title": "x", "author": "A", "partsCount": 1}
SET: dict[str, Any] = {"type": "set", "title": "x", "brand": "LEGO", "setNumber": "1"}
UPLOAD: dict[str, Any] = {"kind": "image", "filename": "a.png", "contentType": "image/png", "size": 1}


def told(answer: httpx.Response, name: str) -> str:
    """What is wrong with a field, without its value."""
    assert answer.status_code == 400, answer.text
    (detail,) = answer.json()["details"]
    assert detail["field"] == name
    sentence: str = detail["message"].rpartition(", is ")[0]
    return sentence


@pytest.mark.parametrize(("path", "name"), PARAMETERS)
async def test_a_parameter_tells_one_range(alice: httpx.AsyncClient, path: str, name: str) -> None:
    sentence = told(await alice.get(f"{path}?{name}=-1"), name)
    assert sentence.startswith("must be from ")
    for beyond in (2**31, -(2**40), 10**30):
        assert told(await alice.get(f"{path}?{name}={beyond}"), name) == sentence


@pytest.mark.parametrize(("path", "name"), FIELDS)
async def test_a_field_tells_one_range(alice: httpx.AsyncClient, path: str, name: str) -> None:
    body: dict[str, Any] = UPLOAD if name == "size" else {"partsCount": MOC, "releaseYear": SET}[name]
    form = path == "/api/mocs/with-files"
    sentences = set()
    for wrong in (0, 2**31, 10**30):
        if form:
            files = {"instructionsFile": ("a.pdf", b"x")}
            answer = await alice.post(path, data={**body, name: str(wrong)}, files=files)
        else:
            answer = await alice.post(path, json={**body, name: wrong})
        sentences.add(told(answer, name))
    (sentence,) = sentences
    assert sentence.startswith("must be from ")


def test_some_were_found() -> None:
    assert {name for _, name in PARAMETERS} == {"page", "limit", "from", "size"}
    assert {name for _, name in FIELDS} == {"partsCount", "releaseYear", "size"}
