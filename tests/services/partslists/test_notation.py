"""Parts lists in JSON (contract section 4)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from services.content import JSON
from services.partslists.files import parsed
from services.partslists.parts import Part
from tests.services.partslists.lists import parts, places, refused

RED = Part("3001", "Brick", 4, "Red")


@pytest.mark.parametrize(
    "item",
    [
        {"part": "3001", "name": "Brick", "quantity": 4, "color": "Red"},
        {"partId": 3001, "partName": "Brick", "qty": "4", "colour": "Red", "category": None},
        {"element_id": "3001", "description": " Brick ", "count": 4.0, "Part Color": "Red"},
        {"part": {"part_num": "3001", "name": "Brick"}, "color": {"id": 4, "name": "Red"}, "quantity": 4},
    ],
)
@pytest.mark.parametrize("under", [None, "parts", "Items", "pieces", "elements", "results"])
def test_a_list_of_objects_or_an_object_that_has_one(item: dict[str, Any], under: str | None) -> None:
    value = {"tags": "x", under: [item]} if under else [item]
    assert parts(json.dumps(value), JSON) == [RED]


def test_what_it_amounts_to() -> None:
    found = parsed(b'\xef\xbb\xbf[{"part": 1, "qty": 2}, {"part": 1, "qty": 3, "color": null}]', JSON)
    assert (found.total, found.unique, found.format, len(found.parts)) == (5, 1, "json", 2)


def test_wrong_items_are_told_by_their_place() -> None:
    items = [{"part": "1", "qty": 1}, {"qty": 1}, {"part": "1", "qty": 2.5}, {"part": "1", "qty": True}]
    assert places(json.dumps(items), JSON) == [(2, "part_id"), (3, "quantity"), (4, "quantity")]
    assert places('[{"part": "a\\u0000", "qty": 1}]', JSON) == [(1, "part_id")]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[]", "the file lists no parts"),
        ("{}", "the JSON must be a list of parts, or an object with one under parts, items, pieces, elements,"),
        (
            '{"parts": 4}',
            "the JSON must be a list of parts, or an object with one under parts, items, pieces, elements,",
        ),
        ("[1]", "item 1: must be an object with a part and a quantity"),
        ("[", "the JSON does not parse at line 1, column "),
    ],
)
def test_documents_that_are_no_list(text: str, sentence: str) -> None:
    (fault,) = refused(text, JSON)
    assert fault.message.startswith(sentence)
