"""What no picture can be made of, and what that may cost."""

from __future__ import annotations

import struct
import zlib
from time import perf_counter

import psutil
import pytest
from PIL import Image

from services.images import MOST_PIXELS, MOST_SCANS, ImageError, made
from tests.services.content import samples
from tests.services.content.samples import drawn, saved

UNREADABLE = "the picture cannot be read: the file is damaged or cut off"
UNKNOWN = "the file is not a picture, or is damaged at its beginning"


def refused(content: bytes, kind: str = "image") -> str:
    with pytest.raises(ImageError) as error:
        made(content, kind)
    return str(error.value)


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(width: int, height: int, body: bytes = b"") -> bytes:
    """A PNG of one bit for a pixel, whose header may promise anything."""
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(body, 9)) + chunk(b"IEND", b"")


def gif(width: int, height: int) -> bytes:
    content = bytearray(saved("GIF"))
    struct.pack_into("<HH", content, 6, width, height)
    return bytes(content)


def webp(width: int, height: int) -> bytes:
    """The header of an extended WebP, and an animation of nothing."""
    body = b"WEBPVP8X" + struct.pack("<I", 10) + b"\x02\x00\x00\x00"
    body += (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    body += b"ANIM" + struct.pack("<I", 6) + bytes(6)
    frame = saved("WEBP")[12:]
    body += (
        b"ANMF"
        + struct.pack("<I", 16 + len(frame))
        + bytes(6)
        + (47).to_bytes(3, "little")
        + (31).to_bytes(3, "little")
        + bytes(4)
        + frame
    )
    return b"RIFF" + struct.pack("<I", len(body)) + body


def jpeg(width: int, height: int) -> bytes:
    content = bytearray(saved("JPEG"))
    struct.pack_into(">HH", content, content.index(b"\xff\xc0") + 5, height, width)
    return bytes(content)


def heic(width: int, height: int) -> bytes:
    content, start = bytearray(samples.heic()), 0
    while (at := content.find(b"ispe", start)) >= 0:
        struct.pack_into(">II", content, at + 8, width, height)
        start = at + 1
    return bytes(content)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "GIF", "HEIF"])
def test_a_file_that_is_cut_off_is_refused_and_never_half_grey(form: str) -> None:
    samples.heic()
    image = Image.effect_noise((300, 200), 80).convert("RGB")
    content = saved(form, image)
    whole = made(content, "image")
    end = len(content) - 40  # behind it, only what no pixel depends on may be missing
    for cut in (*range(1, end, len(content) // 40), end):
        assert refused(content[:cut]) in {UNREADABLE, UNKNOWN}
    for cut in range(end, len(content)):
        try:
            assert made(content[:cut], "image") == whole
        except ImageError as error:
            assert str(error) == UNREADABLE  # noqa: PT017 - either is right


def test_a_progressive_jpeg_that_is_cut_off_is_refused() -> None:
    content = saved("JPEG", Image.effect_noise((300, 200), 80).convert("RGB"), progressive=True)
    for cut in range(200, len(content) - 20, len(content) // 20):
        assert refused(content[:cut]) in {UNREADABLE, UNKNOWN}


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (png(60_000, 60_000), "the picture has 60,000 x 60,000 pixels; at most 50 megapixels are accepted"),
        (png(2**31 - 1, 1), "the picture has 2,147,483,647 x 1 pixels; a side may have 1 to 65,535"),
        (png(1, 2**31 - 1), "the picture has 1 x 2,147,483,647 pixels; a side may have 1 to 65,535"),
        (jpeg(65_000, 65_000), "the picture has 65,000 x 65,000 pixels; at most 50 megapixels are accepted"),
        (gif(65_535, 65_535), "the picture has 65,535 x 65,535 pixels; at most 50 megapixels are accepted"),
        (webp(16_383, 16_383), "the picture has 16,383 x 16,383 pixels; at most 25 megapixels are accepted"),
        (png(8193, 6144), "the picture has 8,193 x 6,144 pixels; at most 50 megapixels are accepted"),
    ],
    ids=["png", "wide", "high", "jpeg", "gif", "webp", "by a row"],
)
def test_what_a_header_promises_is_refused_before_it_is_decoded(content: bytes, sentence: str) -> None:
    before, started = psutil.Process().memory_info().rss, perf_counter()
    assert refused(content) == sentence
    assert perf_counter() - started < 5
    assert psutil.Process().memory_info().rss - before < 50_000_000


def test_a_heic_that_promises_much_costs_nothing() -> None:
    before, started = psutil.Process().memory_info().rss, perf_counter()
    assert "pixels" in (sentence := refused(heic(30_000, 30_000))) or sentence in {UNREADABLE, UNKNOWN}
    assert perf_counter() - started < 5
    assert psutil.Process().memory_info().rss - before < 50_000_000


def test_the_largest_picture_is_accepted() -> None:
    rows = bytes(1 + 8192 // 8) * 6144
    assert made(png(8192, 6144, rows), "image").full.width == 2048
    assert MOST_PIXELS == 8192 * 6144


@pytest.mark.parametrize(
    "content",
    [b"", b"a", b"\xff\xd8\xff", b"GIF89a", bytes(1000), samples.PDF, samples.CSV, b"\x00\x00\x00\x18ftypheic"],
)
def test_what_is_no_picture_is_refused(content: bytes) -> None:
    assert refused(content) == UNKNOWN


@pytest.mark.parametrize("form", ["TIFF", "BMP", "PPM", "ICO", "JPEG2000", "AVIF", "TGA", "PCX", "DDS"])
def test_other_formats_that_pillow_reads_are_refused(form: str) -> None:
    Image.init()
    assert refused(saved(form, drawn(size=(64, 64)))) == UNKNOWN


def test_a_picture_without_pixels_is_refused() -> None:
    for width, height in ((0, 5), (5, 0), (0, 0)):
        assert refused(png(width, height)) in {
            UNKNOWN,
            UNREADABLE,
            f"the picture has {width} x {height} pixels; a side may have 1 to 65,535",
        }


def test_a_jpeg_of_endless_passes_is_refused() -> None:
    """A hundred bytes ask for one more pass over all pixels, so a file of 10 MB could ask for hours."""
    content = saved("JPEG", drawn(size=(3000, 2000)), progressive=True)
    last = content.rindex(b"\xff\xda")
    scan = content[last:-2]
    started = perf_counter()
    assert refused(content[:-2] + scan * 2000 + content[-2:]) == (
        f"the picture has more than {MOST_SCANS} passes (progressive JPEG); save it with fewer"
    )
    assert perf_counter() - started < 5
    assert made(content, "image").full.width == 2048


def test_scans_in_what_follows_the_picture_do_not_count() -> None:
    content = saved("JPEG")
    assert made(content + content * 100, "image") == made(content, "image")
