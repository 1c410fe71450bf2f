"""What a file is, by its bytes (contract section 4)."""

from __future__ import annotations

import os
from time import perf_counter

import pytest

from services.content import KINDS, MEGABYTE, TYPES, TooLarge, check, recognised
from tests.services.content import samples
from tests.services.content.samples import EXECUTABLE, refused

ACCEPTED = {
    "instruction": {"PDF", "Studio model (.io)"},
    "parts-list": {"CSV", "XML", "JSON", "TXT", "PDF"},
    "thumbnail": {"JPEG", "PNG", "WebP", "HEIC"},
    "gallery-image": {"JPEG", "PNG", "WebP", "HEIC"},
    "image": {"JPEG", "PNG", "WebP", "HEIC"},
    "wishlist-image": {"JPEG", "PNG", "WebP"},
    "avatar": {"JPEG", "PNG", "GIF"},
}
LARGEST = {"wishlist-image": 5 * MEGABYTE, "avatar": 2 * MEGABYTE}


@pytest.mark.prd("3.2.2")
@pytest.mark.prd("3.7.2")
@pytest.mark.prd("4.4.2")
@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_accepts_its_types_up_to_its_size_and_no_others(kind: str) -> None:
    for name, files in samples.every().items():
        for content in files:
            if name in ACCEPTED[kind]:
                assert check(content, kind, "file").name in {name, "CSV" if name == "TXT" else name}
            else:
                assert "accepted are" in refused(content, kind, "file")
    largest = LARGEST.get(kind, 10 * MEGABYTE)
    content = samples.PDF if "PDF" in ACCEPTED[kind] else samples.saved("PNG")
    room = largest - len(content)
    filled = b"%PDF-" + bytes(room - 5) + content if "PDF" in ACCEPTED[kind] else content + bytes(room)
    check(filled, kind, "file")
    with pytest.raises(TooLarge, match=f"has {largest + 1:,} bytes; at most {largest // MEGABYTE} MB"):
        check(filled + b"\n", kind, "file")


@pytest.mark.parametrize("name", samples.every())
def test_a_type_is_known_by_its_content_whatever_the_name_says(name: str) -> None:
    for content in samples.every()[name]:
        for filename in (
            "",
            "file",
            "photo.png",
            "steps.pdf",
            "model.io",
            "virus.exe",
            "../../etc/passwd",
            ".",
            "a.b.",
        ):
            found = recognised(content, filename)
            assert found is not None
            assert found.name == name


def test_a_type_has_one_extension_and_media_type() -> None:
    assert {it.name: (it.extension, it.mime_type) for it in TYPES} == {
        "PDF": ("pdf", "application/pdf"),
        "Studio model (.io)": ("io", "application/octet-stream"),
        "CSV": ("csv", "text/csv"),
        "TXT": ("txt", "text/plain"),
        "XML": ("xml", "application/xml"),
        "JSON": ("json", "application/json"),
        "JPEG": ("jpg", "image/jpeg"),
        "PNG": ("png", "image/png"),
        "WebP": ("webp", "image/webp"),
        "GIF": ("gif", "image/gif"),
        "HEIC": ("heic", "image/heic"),
    }


@pytest.mark.parametrize(
    ("content", "kind", "filename", "sentence"),
    [
        (b"", "avatar", "me.png", "the file is empty; accepted are JPEG, PNG and GIF"),
        (b" \r\n", "parts-list", "a.csv", "this is blank; accepted are CSV, XML, JSON, TXT and PDF"),
        (samples.studio(), "parts-list", "steps.pdf", "this is a ZIP archive, not a PDF; accepted are CSV, XML, JSON, TXT and PDF"),
        (b"no PDF at all", "instruction", "fake.pdf", "this is plain text, not a PDF; accepted are PDF and Studio model (.io)"),
        (samples.saved("GIF"), "image", "a.gif", "this is a GIF picture; accepted are JPEG, PNG, WebP and HEIC"),
        (EXECUTABLE, "avatar", "me.png", "this is a Windows program, not a PNG picture; accepted are JPEG, PNG and GIF"),
        (EXECUTABLE, "parts-list", "a.csv", "this is a Windows program, not a CSV text; accepted are CSV, XML, JSON, TXT and PDF"),
        (b"\x7fELF\x02\x01\x01" + bytes(64), "avatar", "", "this is a Linux program; accepted are JPEG, PNG and GIF"),
        (b"#!/bin/sh\nrm -r /\n", "parts-list", "a.txt", "this is a script; accepted are CSV, XML, JSON, TXT and PDF"),
        (b"{\\rtf1 Parts}", "parts-list", "", "this is a Rich Text document; accepted are CSV, XML, JSON, TXT and PDF"),
        (bytes.fromhex("d0cf11e0a1b11ae1") + bytes(9), "avatar", "", "this is a Microsoft Office document; accepted are JPEG, PNG and GIF"),
        (bytes(range(256)), "avatar", "", "this is of a type that is not known; accepted are JPEG, PNG and GIF"),
    ],
)  # fmt: skip
def test_an_error_says_what_was_found_and_what_is_accepted(
    content: bytes, kind: str, filename: str, sentence: str
) -> None:
    assert refused(content, kind, filename) == sentence


@pytest.mark.parametrize(
    "page",
    [
        b"<!DOCTYPE html>\n<html><script>alert(1)</script></html>",
        b"\n  <HTML><body>",
        b"<script>alert(1)</script>",
        b'<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><head/></html>',
        "<html>".encode("utf-16"),
    ],
)
def test_pages_are_no_parts_lists(page: bytes) -> None:
    assert refused(page, "parts-list", "list.xml").startswith("this is an HTML page;")


def test_drawings_that_can_hold_scripts_are_no_pictures() -> None:
    drawing = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
    for kind in KINDS:
        assert refused(drawing, kind, "a.svg").startswith("this is an SVG picture")


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "GIF"])
def test_two_bytes_of_a_program_inside_a_picture_are_no_reason_to_refuse_it(form: str) -> None:
    assert recognised(samples.saved(form) + b"MZ") == recognised(samples.saved(form))
    assert check(samples.saved("PNG", samples.drawn()) + b"MZ\x90\x00MZ", "avatar", "a.png").name == "PNG"


@pytest.mark.parametrize(
    "content",
    [
        b"<a " + b"b" * (10 * MEGABYTE - 3),
        b"[" + b"[]," * 3_400_000 + b"[]]",
        b"3001,2\n" * 1_490_000,
        b"PK\x03\x04" + bytes(10 * MEGABYTE - 4),
        b"PK\x01\x02" * 2_000_000,
        os.urandom(9 * MEGABYTE),
        b"%PDF-" * 2_000_000,
        b"\xff\xd8\xff\xda" * 2_000_000,
    ],
    ids=["tag", "lists", "rows", "zip", "entries", "noise", "headers", "scans"],
)
def test_the_largest_files_take_little_time(content: bytes) -> None:
    started = perf_counter()
    recognised(content, "a.csv")
    assert perf_counter() - started < 5
