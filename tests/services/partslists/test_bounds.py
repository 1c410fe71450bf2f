"""How much of a file is read, and how much is told of what is wrong with it (PRD 4.6.5)."""

from __future__ import annotations

import tracemalloc
from time import perf_counter

import pytest

from services.content import CSV, JSON, PDF, XML, Type
from services.partslists.files import parsed
from services.partslists.parts import PartsListError
from tests.services.partslists.lists import parts, refused

SLOWEST = 20  # seconds, of a busy machine
ROWS: dict[Type, tuple[str, str, str]] = {
    CSV: ("Part,Quantity\n", "3001,2\n", ""),
    XML: ("<a>", '<part part="3001" qty="2"/>', "</a>"),
    JSON: ("[", '{"part":1,"qty":2},', '{"part":1,"qty":2}]'),
}


def listing(type_: Type, rows: int) -> str:
    before, row, after = ROWS[type_]
    return before + row * (rows - (type_ == JSON)) + after


@pytest.mark.prd("4.6.5")
@pytest.mark.parametrize("type_", ROWS, ids=lambda type_: type_.name)
def test_ten_thousand_rows_are_read_and_one_more_is_refused(type_: Type) -> None:
    assert sum(part.quantity for part in parts(listing(type_, 10_000), type_)) == 20_000
    (fault,) = refused(listing(type_, 10_001), type_)
    assert fault.message == "the file lists more than 10,000 parts; split it, at most 10,000 rows are accepted"


@pytest.mark.parametrize("type_", [CSV, XML], ids=lambda type_: type_.name)
def test_a_million_rows_are_refused_early_and_in_little_memory(type_: Type) -> None:
    content = listing(type_, 1_000_000).encode()
    parsed(listing(type_, 1).encode(), type_)  # so that what is imported for it is not counted
    tracemalloc.start()
    started = perf_counter()
    with pytest.raises(PartsListError):
        parsed(content, type_)
    took, (_, most) = perf_counter() - started, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert took < SLOWEST
    assert most < 4 * 1024**2 + len(content)  # the parts so far, and once the text, to see whether it is UTF-8


def test_the_first_twenty_faults_are_told_and_the_others_counted() -> None:
    with pytest.raises(PartsListError) as error:
        parts("Part,Quantity\n" + "3001,x\n" * 30)
    assert [fault.row for fault in error.value.faults] == list(range(2, 22))
    assert error.value.others == 10


@pytest.mark.parametrize(
    ("content", "type_"),
    [
        ("\n" * 5_000_000, CSV),
        ("x," * 2_500_000 + "\n1,x", CSV),
        ("[{" + ",".join(f'"a{number}":1' for number in range(150_000)) + "}]", JSON),
        ("<a><part>" + "".join(f"<a{number}>x</a{number}>" for number in range(100_000)) + "</part></a>", XML),
        ("<a>" * 150_000, XML),
    ],
    ids=["blank lines", "columns", "keys", "values", "depth"],
)
def test_what_is_no_list_costs_little(content: str, type_: Type) -> None:
    started = perf_counter()
    refused(content, type_)
    assert perf_counter() - started < SLOWEST


def test_a_pdf_lists_nothing() -> None:
    (fault,) = refused(b"%PDF-1.4\n%%EOF", PDF)
    assert fault.message == ("no parts can be read out of a PDF; send the list as CSV, XML, JSON or plain text")
