"""The OpenAPI document tells how long texts may be."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from gateway.rest.openapi import document

if TYPE_CHECKING:
    from collections.abc import Iterator

SPAN = re.compile(r"(?:(\d+) to|[Aa]t most) (\d+) (characters|letters)")


def texts(schema: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every property of a schema that its description bounds."""
    for name, property_ in schema.get("properties", {}).items():
        if SPAN.search(property_.get("description", "")):
            yield name, property_
        yield from texts(property_.get("items", {}))


FOUND = [
    pytest.param(property_, id=f"{name}.{field}")
    for name, schema in document()["components"]["schemas"].items()
    if name.endswith("Input")  # an answer may hold what the legacy service took
    for field, property_ in texts(schema)
]


@pytest.mark.parametrize("property_", FOUND)
def test_what_the_description_says_of_a_length_the_schema_says_too(property_: dict[str, Any]) -> None:
    span = SPAN.search(property_["description"])
    assert span
    kept = property_["items"] if "array" in property_["type"] else property_
    assert (kept.get("minLength"), kept["maxLength"]) == (span[1] and int(span[1]), int(span[2]))


def test_some_were_found() -> None:
    assert len(FOUND) > 20
