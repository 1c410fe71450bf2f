"""Small files of every type that uploads are made of."""

from __future__ import annotations

import zipfile
from functools import cache
from io import BytesIO
from typing import Any

import pytest
from PIL import Image, ImageCms
from pillow_heif import register_heif_opener

from services.content import ContentError, check

PDF = b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\nstartxref\n9\n%%EOF\n"
CSV = b"Part ID,Part Name,Quantity,Color\r\n3001,Brick 2x4,25,Red\r\n3020,Plate 2x4,50,Blue\r\n"
TXT = b"3001 25\n3020 50\n"
XML = b'<?xml version="1.0" encoding="UTF-8"?>\n<INVENTORY><ITEM><ITEMID>3001</ITEMID><MINQTY>2</MINQTY></ITEM></INVENTORY>\n'
JSON = b'{"parts": [{"part": "3001", "quantity": 2}]}'

EXECUTABLE = b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff" + bytes(64)


def refused(content: bytes, kind: str = "instruction", filename: str = "") -> str:
    with pytest.raises(ContentError) as error:
        check(content, kind, filename)
    return str(error.value)


def archive(**members: bytes) -> bytes:
    """A ZIP with one member for each argument."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, content in members.items():
            opened.writestr(name, content)
    return out.getvalue()


def studio() -> bytes:
    """A model as BrickLink Studio saves it."""
    return archive(
        **{"model.ldr": b"0 Untitled\n1 4 0 0 0 1 0 0 0 1 0 0 0 1 3001.dat\n", "thumbnail.png": saved("PNG")}
    )


def drawn(mode: str = "RGB", size: tuple[int, int] = (48, 32)) -> Image.Image:
    """A picture of smooth colours with no two corners alike, in any mode; where it has alpha, its left is transparent."""
    rising = Image.linear_gradient("L").resize(size)
    right = rising.resize(size[::-1]).transpose(Image.Transpose.ROTATE_90)
    both = Image.merge("RGB", (rising, right, rising.point(lambda level: 255 - level)))
    if mode == "RGBA":
        both.putalpha(right)
        return both
    return both.convert(mode)


def saved(form: str, image: Image.Image | None = None, **options: Any) -> bytes:
    """The picture as a file: `saved("JPEG", drawn("CMYK"), quality=90)`."""
    out = BytesIO()
    (image or drawn()).save(out, form, **options)
    return out.getvalue()


@cache
def heic() -> bytes:
    """A photograph of a telephone."""
    register_heif_opener()
    return saved("HEIF", drawn(size=(64, 48)), quality=80)


def exif(orientation: int = 1) -> Image.Exif:
    """What a camera notes: how it was held, its maker, where it was."""
    made = Image.Exif()
    made[0x0112], made[0x010F] = orientation, "Brickcam"
    made.get_ifd(0x8825)[1] = "N"
    made.get_ifd(0x8825)[2] = (52.0, 31.0, 12.5)
    return made


@cache
def every() -> dict[str, tuple[bytes, ...]]:
    """Files by the name of their type, as `services.content` calls it."""
    frames = [drawn().rotate(90 * turn) for turn in range(3)]
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return {
        "PDF": (PDF,),
        "Studio model (.io)": (studio(),),
        "CSV": (CSV, CSV.decode().encode("utf-16")),
        "TXT": (TXT,),
        "XML": (XML,),
        "JSON": (JSON,),
        "JPEG": (
            saved("JPEG", exif=exif(6), icc_profile=srgb),
            saved("JPEG", progressive=True),
            saved("JPEG", drawn("CMYK")),
            saved("JPEG", drawn("L")),
        ),
        "PNG": (
            saved("PNG", drawn("RGBA"), exif=exif(3)),
            saved("PNG", drawn("P"), transparency=3),
            saved("PNG", drawn("L").convert("I;16")),
            saved("PNG", drawn("1"), icc_profile=srgb),
        ),
        "WebP": (
            saved("WEBP"),
            saved("WEBP", drawn("RGBA"), lossless=True),
            saved("WEBP", save_all=True, append_images=frames),
        ),
        "GIF": (saved("GIF"), saved("GIF", save_all=True, append_images=frames)),
        "HEIC": (heic(),),
    }
