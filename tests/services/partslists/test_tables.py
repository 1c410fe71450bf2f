"""Parts lists in CSV and plain text (PRD 4.6.4, contract section 4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from services.content import CSV, TXT, check
from services.partslists.files import parsed
from services.partslists.parts import Part
from tests.services.partslists.lists import LORRY, TRUCK, parts, places, refused

if TYPE_CHECKING:
    from pathlib import Path

BRICK = Part("3001", None, 4, None)
RED = Part("3001", None, 4, "Red")


@pytest.mark.parametrize(
    ("path", "rows", "total", "first"),
    [(LORRY, 127, 435, Part("6371584", None, 4, None)), (TRUCK, 119, 328, Part("6168620", None, 1, None))],
)
def test_the_lists_of_a_real_builder(path: Path, rows: int, total: int, first: Part) -> None:
    content = path.read_bytes()
    found = parsed(content, check(content, "parts-list", path.name))
    assert (len(found.parts), found.total, found.format, found.parts[0]) == (rows, total, "csv", first)


@pytest.mark.prd("4.6.4")
def test_the_columns_of_the_prd() -> None:
    text = "Part ID,Part Name,Quantity,Color\n3001,Brick 2x4,25,Red\n3020,Plate 2x4,50,Blue\n"
    assert parts(text) == [Part("3001", "Brick 2x4", 25, "Red"), Part("3020", "Plate 2x4", 50, "Blue")]


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("elementId,quantity\r\n3001,4\r\n", BRICK),
        ("Part,Color,Quantity,Is Spare\n3001,Red,4,True\n", RED),
        ("part_id,name,quantity,color\n3001,Brick,4,Red\n", Part("3001", "Brick", 4, "Red")),
        ('part_number,description,color,quantity\n3001,"Brick, 2 x 4",Red,4\n', Part("3001", "Brick, 2 x 4", 4, "Red")),
        ("Part,Quantity,Color\n3001,4,Red", RED),
        ("PARTNO,QTY,COLOUR\n3001,4,Red", RED),
        ("part no,amount,part color,category\n3001,4,Red,Bricks", RED),
        ("Element_ID,Count,desc\n3001,4,Brick", Part("3001", "Brick", 4, None)),
        ("Category,Part Description,Part,Qty\nBricks,Brick,3001,4", Part("3001", "Brick", 4, None)),
    ],
)
def test_headers_in_every_dialect(text: str, part: Part) -> None:
    assert parts(text) == [part]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le-bom", "cp1252"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_encodings_ends_of_lines_and_separators(encoding: str, end: str, separator: str) -> None:
    rows = (("Part", "Name", "Quantity"), ("3001", "Stein, grün; 2x4", "4"), ("3002", "", "2"))
    text = "".join(separator.join(f'"{cell}"' for cell in row) + end for row in rows)
    content = b"\xff\xfe" + text.encode("utf-16-le") if encoding == "utf-16-le-bom" else text.encode(encoding)
    assert parts(content) == [Part("3001", "Stein, grün; 2x4", 4, None), Part("3002", None, 2, None)]


def test_blank_lines_trailing_cells_and_spaces_are_no_matter() -> None:
    text = "\n\nPart, Quantity ,,\n\n  3001 , 4 ,,\n,,,\n3002,2\n\n"
    assert parts(text) == [BRICK, Part("3002", None, 2, None)]


@pytest.mark.prd("4.6.3")
def test_quotes_hold_separators_quotes_and_lines() -> None:
    """By Python's csv, where the legacy service has csv-parser (PRD 4.6.3)."""
    text = 'Part,Name,Quantity\n3001,"Brick ""2x4"",\nnew",4\n3002,Tile 1" wide,1\n'
    assert parts(text) == [Part("3001", 'Brick "2x4",\nnew', 4, None), Part("3002", 'Tile 1" wide', 1, None)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("3001,4,Red\n3002,6,Blue\n", [RED, Part("3002", None, 6, "Blue")]),
        ("3001,4", [BRICK]),
        ("Teil;Menge\n3001;4", [BRICK]),
        ("3001\t4\n", [BRICK]),
    ],
)
def test_without_a_known_header_the_first_columns_are_part_and_quantity(text: str, found: list[Part]) -> None:
    assert parts(text) == found


@pytest.mark.parametrize("text", ["3001 4\n", "Part  Quantity\n3001   4\n", "Part,Quantity\n3001,4"])
def test_plain_text_is_a_table_of_whatever_separates(text: str) -> None:
    found = parsed(text.encode(), TXT)
    assert (list(found.parts), found.format) == ([BRICK], "csv")


def test_what_stands_there_twice_is_kept_twice() -> None:
    found = parsed(b"Part,Quantity,Color\n3001,4,Red\n3001,1,Blue\n3001,4,Red", CSV)
    assert list(found.parts) == [RED, Part("3001", None, 1, "Blue"), RED]
    assert (found.total, found.unique) == (9, 2)


@pytest.mark.parametrize("written", ["4", "04", "4.0", " 4 ", '"4"'])
def test_quantities_that_are_whole(written: str) -> None:
    assert parts(f"Part,Quantity\n3001,{written}") == [BRICK]


@pytest.mark.parametrize("written", ["2.5", "4 pcs", "", "two", "0", "-5", "+4", "1e3", "٤", "2147483648", "9" * 5000])
def test_quantities_that_are_not(written: str) -> None:
    (fault,) = refused(f"Part,Qty\n3001,4\n\n3002,{written}")
    assert (fault.row, fault.column) == (4, "quantity")
    assert fault.message == f"row 4, Qty: must be a whole number from 1 to 2147483647, is {written[:50]!r}"


def test_every_wrong_row_is_told_as_a_spreadsheet_numbers_it() -> None:
    text = "Part,Quantity,Color\n3001,two,Red\n,4,Blue\n\n,,Red\n3003,4"
    wrong = [(2, "quantity"), (3, "part_id"), (5, "part_id"), (5, "quantity")]
    assert sorted(places(text)) == wrong


def test_rows_that_a_long_cell_makes_wrong() -> None:
    assert places(f"Part,Quantity,Color\n{'3' * 256},4,{'r' * 256}") == [(2, "part_id"), (2, "color")]
    assert len(parts(f"Part,Quantity,Color\n{'3' * 255},4,{'r' * 255}")) == 1


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("Part,Color\n3001,Red\n", "row 1: the quantity has no column; there are Part, Color"),
        ("\nQuantity;Color\n4;Red\n", "row 2: the part has no column; there are Quantity, Color"),
        ("Part,Quantity\n", "the file lists no parts"),
        ("", "the file lists no parts"),
        ("\n \n", "the file lists no parts"),
        ("Once upon a time", "the file lists no parts"),
        ('Part,Quantity\n3001,4\n"3002,2\n', 'row 3: a quote (") is opened and never closed'),
        ('Part,Quantity\n"3001"x,4\n', 'row 2: after a closing quote (") must come the next cell; a quote inside of a'),
        (f"Part,Quantity\n{'3' * 200_000},4\n", "row 2: a cell is too long; is a quote never closed?"),
        ("Part,Quantity\n1,2147483647\n2,1", "all quantities together must be at most 2147483647, are 2147483648"),
    ],
)
def test_files_that_are_no_list(text: str, sentence: str) -> None:
    (fault,) = refused(text)
    assert fault.message.startswith(sentence)


@pytest.mark.parametrize("content", [b"\xff\xfePar", b"\x81\x8d,4\n", b"Part,Quantity\n\x9d,4"])
def test_bytes_that_are_no_text(content: bytes) -> None:
    (fault,) = refused(content)
    assert fault.message.startswith("the file is no text in ")
