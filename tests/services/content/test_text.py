"""Which texts are parts lists (contract section 4)."""

from __future__ import annotations

import pytest

from services.content import check, decoded, recognised
from tests.services.content import samples
from tests.services.content.samples import refused


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_text_comes_in_the_encodings_of_spreadsheets(encoding: str) -> None:
    text = "Teil;Menge;Farbe\r\n3001;2;grün\r\n"
    content = text.encode(encoding)
    assert decoded(content) == text
    assert check(content, "parts-list", "list.csv").name == "CSV"


@pytest.mark.parametrize(
    "content", [b"3001,2\x00", b"\xff\xfe\x00\x00", b"\xff\xfea", b"a\x01b", b"\x81\x8d", "a\x00".encode("utf-16")]
)
def test_text_holds_no_control_characters(content: bytes) -> None:
    assert decoded(content) is None
    assert recognised(content, "list.csv") is None


@pytest.mark.parametrize(
    ("content", "filename", "name"),
    [
        (samples.CSV, "a.txt", "TXT"),
        (samples.CSV, "a.CSV", "CSV"),
        (samples.CSV, "a.pdf", "CSV"),
        (samples.TXT, "a.csv", "CSV"),
        (samples.TXT, "a", "TXT"),
        (b"3001\t2", "", "CSV"),
        (samples.JSON, "a.csv", "JSON"),
        (samples.XML, "a.txt", "XML"),
        (b"42", "a.json", "TXT"),
        (b"[]", "a", "JSON"),
        ("\ufeff" + '{"parts": []}', "a.csv", "JSON"),
    ],
)
def test_text_is_what_parses_and_the_name_only_chooses_between_two(
    content: bytes | str, filename: str, name: str
) -> None:
    content = content if isinstance(content, bytes) else content.encode()
    assert check(content, "parts-list", filename).name == name


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b'{"parts": [}', "JSON that does not parse at line 1, column 12"),
        (b"[1,\n2", "JSON that does not parse at line 2, column 2"),
        (b"[" * 100_000, "JSON that does not parse at line 1, column"),
        (b"[" + b"[]," * 200_000 + b"[]]", "JSON of more than 200,000 objects and lists"),
        (b"<a>\n<b></a>", "XML that does not parse at line 2, column 6"),
        (b"< 3001, 2", "XML that does not parse at line 1, column 2"),
        (b'<?xml version="1.0" encoding="klingon"?><a/>', "XML in an encoding that is not known"),
        (b"<!--" + b"-" * 70_000, "XML that does not parse"),
        (b"<!-- " + b"a" * 70_000 + b"--><a/>", "XML whose root does not begin in the first 65,536 bytes"),
    ],
)
def test_text_that_does_not_parse_says_where(content: bytes, words: str) -> None:
    assert refused(content, "parts-list", "list").startswith(f"this is {words}")


@pytest.mark.parametrize(
    "declaration",
    [
        b'<!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;&b;&b;">]>',
        b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>',
        b'<!DOCTYPE a SYSTEM "http://127.0.0.1/a.dtd">',
    ],
)
def test_text_declares_no_entities(declaration: bytes) -> None:
    found = refused(b'<?xml version="1.0"?>' + declaration + b"<a>&b;</a>", "parts-list", "list.xml")
    assert found.startswith("this is XML with a document type declaration, which is refused;")
