"""What a Studio model is: a ZIP (contract section 4)."""

from __future__ import annotations

import struct
import tracemalloc
from io import BytesIO
from zipfile import ZipFile

import pytest

from services.content import check, recognised
from tests.services.content import samples
from tests.services.content.samples import EXECUTABLE, refused


def test_an_archive_may_be_encrypted() -> None:
    """Studio encrypts models: flags in both headers, twelve bytes in front of the data. The directory stays readable."""
    content = bytearray(samples.archive(**{"model.ldr": b"0 Untitled"}))
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    with ZipFile(BytesIO(content)) as opened:
        assert opened.infolist()[0].flag_bits & 1
    assert check(bytes(content), "instruction", "tower.io").name == "Studio model (.io)"


@pytest.mark.parametrize(
    ("member", "words"),
    [
        ("[Content_Types].xml", "a Microsoft Office document"),
        ("META-INF/MANIFEST.MF", "a Java archive"),
        ("mimetype", "an OpenDocument text or an e-book"),
    ],
)
def test_an_archive_of_another_program_is_named(member: str, words: str) -> None:
    assert refused(samples.archive(**{member: b"x", "more": b"y"})).startswith(f"this is {words};")


def test_an_archive_that_is_damaged_is_refused() -> None:
    content = samples.studio()
    for cut in (5, 30, len(content) // 2, len(content) - 1):
        assert refused(content[:cut]) == "this is a damaged ZIP archive; accepted are PDF and Studio model (.io)"
    assert recognised(content[:200] + content[210:]) is None


def test_an_archive_whose_directory_points_elsewhere_is_refused() -> None:
    content = bytearray(samples.archive(a=b"abc"))
    struct.pack_into("<I", content, content.index(b"PK\x01\x02") + 42, 5)
    assert recognised(bytes(content)) is None


def test_an_archive_with_nothing_inside_is_no_model() -> None:
    assert recognised(samples.archive()) is None


def test_an_archive_behind_a_program_is_a_program() -> None:
    assert refused(EXECUTABLE + samples.studio(), filename="a.io").startswith(
        "this is a Windows program, not a ZIP archive"
    )


def test_an_archive_of_very_many_files_is_refused_before_it_is_read() -> None:
    content = b"PK\x03\x04" + (b"PK\x01\x02" + bytes(42)) * 200_000
    tracemalloc.start()
    sentence = refused(content)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert sentence.startswith("this is a ZIP archive of more than 10,000 files;")
    assert peak < 2 * len(content)
