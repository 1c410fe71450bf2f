"""What a PDF is (contract section 4)."""

from __future__ import annotations

import pytest

from services.content import check, recognised
from tests.services.content import samples
from tests.services.content.samples import EXECUTABLE, refused


@pytest.mark.parametrize("preface", [b"", b"\n", b"\xef\xbb\xbf", b"junk of a mail gateway\r\n", b" " * 1019])
def test_a_pdf_may_begin_a_little_late(preface: bytes) -> None:
    assert check(preface + samples.PDF, "instruction", "a.pdf").name == "PDF"


def test_a_pdf_may_not_begin_much_later() -> None:
    assert refused(b" " * 1024 + samples.PDF) == "this is plain text; accepted are PDF and Studio model (.io)"


@pytest.mark.parametrize(
    "other", [EXECUTABLE, b"<html>", b" <script>", b"#!/bin/sh\n", samples.archive(a=b"a"), b"GIF89a" + bytes(32)]
)
def test_a_pdf_is_not_what_is_something_else_besides(other: bytes) -> None:
    assert len(other) < 1024
    found = recognised(other + samples.PDF)
    assert found is None or found.name != "PDF"


def test_a_pdf_ends_as_a_pdf_does() -> None:
    assert recognised(samples.PDF + b"\x00" * 1000) is not None
    assert refused(samples.PDF[:-10], filename="a.pdf") == (
        "this is a PDF that is cut off: its end (%%EOF) is missing; accepted are PDF and Studio model (.io)"
    )
    assert recognised(samples.PDF + b"\x00" * 2000) is None
