"""The project's own documents, which no process validates again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from graphql import parse

from gateway.execute import DOCUMENTS, faults, named, names

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("path", sorted(DOCUMENTS.glob("*.graphql")), ids=lambda path: path.stem)
def test_a_document_is_valid_against_the_schema(path: Path) -> None:
    assert faults(parse(path.read_text())) == []


def test_what_is_not_in_the_schema_is_found() -> None:
    (error,) = faults(parse("query GetMoc { moc(id: 1) { weight } } fragment Spare on Moc { id }"))
    assert error.message.startswith("Cannot query field 'weight' on type 'Moc'")


@pytest.mark.parametrize("name", names())
def test_an_operation_is_found_by_its_name(name: str) -> None:
    assert named(name).name == name
