"""Parts lists in XML (contract section 4)."""

from __future__ import annotations

import pytest

from services.content import XML
from services.partslists.files import parsed
from services.partslists.parts import Part
from tests.services.partslists.lists import parts, places, refused

INVENTORY = """<?xml version="1.0" encoding="UTF-8"?>
<INVENTORY>
  <ITEM><ITEMTYPE>P</ITEMTYPE><ITEMID>3001</ITEMID><COLOR>5</COLOR><MINQTY>4</MINQTY><CONDITION>N</CONDITION></ITEM>
  <ITEM><ITEMTYPE>P</ITEMTYPE><ITEMID>3020</ITEMID><COLOR>11</COLOR><QTY>2</QTY></ITEM>
</INVENTORY>"""


def test_an_inventory_of_bricklink() -> None:
    found = parsed(INVENTORY.encode(), XML)
    assert list(found.parts) == [Part("3001", None, 4, "5"), Part("3020", None, 2, "11")]
    assert (found.total, found.unique, found.format) == (6, 2, "xml")


@pytest.mark.parametrize("name", ["part", "item", "piece", "element", "Part", "ELEMENT", "x:part"])
@pytest.mark.parametrize(
    "inside",
    [
        '<{0} part_number="3001" Quantity="4" color="Red" name="Brick"/>',
        "<{0}><part>3001</part><qty>4</qty><colour> Red </colour><description>Brick</description></{0}>",
        '<{0} partId="3001"><count>4</count><part_color>Red</part_color><Name>Br<![CDATA[ick]]></Name></{0}>',
    ],
)
def test_values_as_attributes_and_as_children(name: str, inside: str) -> None:
    text = f'<list xmlns:x="urn:x"><group>{inside.format(name)}</group></list>'
    assert parts(text, XML) == [Part("3001", "Brick", 4, "Red")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "iso-8859-1"])
def test_encodings(encoding: str) -> None:
    declared = f'<?xml version="1.0" encoding="{encoding.removesuffix("-sig")}"?>'
    text = declared + '<a><part part="3001" qty="4" color="grün"/></a>'
    assert parts(text.encode(encoding), XML) == [Part("3001", None, 4, "grün")]


def test_wrong_items_are_told_by_their_place() -> None:
    text = '<a><item part="1" qty="1"/><item qty="2"/><item part="3"/><item part="4" qty="x"/></a>'
    assert places(text, XML) == [(2, "part_id"), (3, "quantity"), (4, "quantity")]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("<a><part></a>", "the XML does not parse at line 1, column 12"),
        ("<a/>", "the file lists no parts"),
        ("<a><part part='1' qty='1'/>", "the XML does not parse at line 1, column 28"),
        ('<!DOCTYPE a [<!ENTITY b "b">]><a/>', "the XML has a document type declaration, which is refused"),
        ('<?xml version="1.0" encoding="klingon"?><a/>', "the XML is in an encoding that is not known"),
    ],
)
def test_documents_that_are_no_list(text: str, sentence: str) -> None:
    (fault,) = refused(text, XML)
    assert fault.message == sentence


def test_a_value_without_end_is_not_kept() -> None:
    assert places(f"<a><part><part>{'3' * 5_000_000}</part><qty>1</qty></part></a>", XML) == [(1, "part_id")]
