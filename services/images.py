"""Pictures out of what users upload: upright, fitted, in sRGB, as WebP without metadata (contract section 4, PRD 3.2.3, 3.7.3, 4.4.3).

Memory is what a picture costs, so what a header promises is bounded before anything is decoded, a JPEG is decoded at the smallest
scale that serves, and one picture is worked on at a time.
"""

from __future__ import annotations

import asyncio
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache, partial
from importlib import import_module
from io import BytesIO
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PIL import Image

QUALITY = 80  # of WebP, of 100
TALLEST = (
    8192  # pixels of what has only its width bounded; WebP ends at 16,383, and takes half a gigabyte to write that
)
LONGEST = 65_535  # pixels of a side, as in JPEG; each row of a decoded picture costs memory by itself
MOST_PIXELS = 8192 * 6144  # the "50 megapixels" of cameras; 200 MB decoded
# Pillow decodes WebP as an animation: two canvases besides the picture itself.
MOST_PIXELS_WEBP = MOST_PIXELS // 2
MOST_SCANS = (
    32  # of a progressive JPEG, where 10 to 18 are usual; a hundred bytes of one more scan cost a pass over all pixels
)
_GAP = (
    3.0  # how much larger than wanted a picture stays until the slower, finer filter; Pillow calls 3 indistinguishable
)


@dataclass(frozen=True)
class Fit:
    """What a picture must fit into, in pixels; a square one is cut out of the middle. Nothing is ever enlarged."""

    width: int
    height: int = TALLEST
    square: bool = False

    def turned(self) -> Fit:
        """The same for a picture that lies on its side."""
        return Fit(self.height, self.width, self.square)

    def size(self, width: int, height: int) -> tuple[int, int]:
        """The size of what a picture of the given size becomes."""
        if self.square:
            return (min(self.width, width, height),) * 2
        scale = min(1, self.width / width, self.height / height)
        return max(1, round(width * scale)), max(1, round(height * scale))

    def part(self, width: int, height: int) -> tuple[int, int, int, int]:
        """The part of a picture of the given size that is kept: left, top, right, bottom."""
        if not self.square:
            return 0, 0, width, height
        side = min(width, height)
        left, top = (width - side) // 2, (height - side) // 2
        return left, top, left + side, top + side


@dataclass(frozen=True)
class Picture:
    """A WebP, and its size in pixels."""

    content: bytes
    width: int
    height: int


@dataclass(frozen=True)
class Pictures:
    """What is stored of an upload; not every kind has a thumbnail."""

    full: Picture
    thumbnail: Picture | None


# By the names of `services.content.KINDS`: how large a picture may be, and its thumbnail.
KINDS: Mapping[str, tuple[Fit, Fit | None]] = MappingProxyType(
    {
        "image": (Fit(2048), Fit(400)),
        "gallery-image": (Fit(2048), None),
        "thumbnail": (Fit(2048), None),
        "wishlist-image": (Fit(800, 800), None),
        "avatar": (Fit(256, 256, square=True), None),
    }
)
_MARKER = re.compile(rb"\xff([\x01-\xcf\xd8-\xfe])")
_END_OF_IMAGE, _START_OF_SCAN = 0xD9, 0xDA
_ORIENTATION = 0x0112  # of EXIF
_LYING = range(5, 9)  # the orientations that exchange width and height


class ImageError(Exception):
    """No picture can be made of the file; the text tells the user why."""


async def pictures(content: bytes, kind: str) -> Pictures:
    """What `kind` stores of an uploaded picture. Works beside the event loop, on one picture of this process at a time.

    Args:
        content: a JPEG, PNG, WebP, GIF or HEIC.
        kind: a key of `KINDS`.

    Raises:
        ImageError: the file is damaged, cut off, too large to decode or no picture.
    """
    # A semaphore would let the next one start as soon as a caller gives up waiting, while the thread works on.
    return await asyncio.get_running_loop().run_in_executor(_worker(), partial(made, content, kind))


@cache
def _worker() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="pictures")


def made(content: bytes, kind: str) -> Pictures:
    """As `pictures`, in the thread that calls."""
    fit, small = KINDS[kind]
    image = _upright(content, fit)
    full = _encoded(image)
    if small is None:
        return Pictures(full, None)
    size = small.size(*image.size)
    return Pictures(full, full if size == image.size else _encoded(_resized(image, size, small.part(*image.size))))


def _upright(content: bytes, fit: Fit) -> Image.Image:
    """The picture of a file, decoded no larger than needed, fitted, in sRGB, and turned as its camera was held."""
    from PIL.Image import Transpose  # noqa: PLC0415 - 60 ms of imports that a start without pictures should not pay

    try:
        image, orientation, size = _decoded(content, fit)
    except ImageError:
        raise
    except Exception as error:  # hostile bytes lead Pillow's readers to whatever Python can raise
        raise ImageError("the picture cannot be read: the file is damaged or cut off") from error
    profile = image.info.get("icc_profile")
    image = _workable(image)
    image = _resized(image, size, fit.part(*image.size))
    image = _in_srgb(image, profile)
    turn = {
        2: Transpose.FLIP_LEFT_RIGHT,
        3: Transpose.ROTATE_180,
        4: Transpose.FLIP_TOP_BOTTOM,
        5: Transpose.TRANSPOSE,
        6: Transpose.ROTATE_270,
        7: Transpose.TRANSVERSE,
        8: Transpose.ROTATE_90,
    }.get(orientation)
    return image if turn is None else image.transpose(turn)


def _decoded(content: bytes, fit: Fit) -> tuple[Image.Image, int, tuple[int, int]]:
    """The pixels as they lie in the file, how they are to be turned, and the size that they are to have, lying."""
    image = _opened(content)
    width, height = image.size
    if not 0 < width <= LONGEST or not 0 < height <= LONGEST:
        raise ImageError(f"the picture has {width:,} x {height:,} pixels; a side may have 1 to {LONGEST:,}")
    most = MOST_PIXELS_WEBP if image.format == "WEBP" else MOST_PIXELS
    if width * height > most:
        raise ImageError(
            f"the picture has {width:,} x {height:,} pixels; at most {most // 1_000_000} megapixels are accepted"
        )
    if image.format in {"JPEG", "MPO"}:
        if _scans(content) > MOST_SCANS:
            raise ImageError(f"the picture has more than {MOST_SCANS} passes (progressive JPEG); save it with fewer")
    else:
        image.load()  # a PNG may tell its orientation behind its pixels
    orientation = _orientation(image)
    if orientation in _LYING:
        fit = fit.turned()
    size = fit.size(width, height)
    left, top, right, bottom = fit.part(width, height)
    # The part that is kept must not get smaller than wanted; of the other formats, none can be decoded at a scale.
    image.draft(None, (-(-width * size[0] // (right - left)), -(-height * size[1] // (bottom - top))))
    image.load()
    return image, orientation, size


def _opened(content: bytes) -> Image.Image:
    """The picture by its header alone, by none but the readers of the formats that are accepted."""
    from PIL import Image, UnidentifiedImageError  # noqa: PLC0415 - as in _upright

    formats = ["JPEG", "PNG", "GIF", "WEBP"]
    import_module("PIL.WebPImagePlugin")  # or else Pillow loads all fifty of its readers to find this one
    if content[4:8] == b"ftyp":
        import pillow_heif  # noqa: PLC0415 - 30 ms and 20 MB that the other formats need not pay

        pillow_heif.register_heif_opener(thumbnails=False, depth_images=False, aux_images=False)
        formats = ["HEIF"]
    Image.MAX_IMAGE_PIXELS = None  # it only warns where this module refuses, and at other numbers
    try:
        return Image.open(BytesIO(content), formats=formats)
    except UnidentifiedImageError:
        raise ImageError("the file is not a picture, or is damaged at its beginning") from None


def _scans(content: bytes) -> int:
    """How many passes over its pixels a JPEG makes: the scans up to the end of its first picture."""
    at, scans = 2, 0
    while (marker := _MARKER.search(content, at)) and (code := marker[1][0]) != _END_OF_IMAGE:
        at = marker.end() + int.from_bytes(content[marker.end() : marker.end() + 2])  # the length of a segment
        scans += code == _START_OF_SCAN
    return scans


def _orientation(image: Image.Image) -> int:
    """How a picture lies, by EXIF: 1, upright, to 8. What makes no sense is upright."""
    try:
        found = image.getexif().get(_ORIENTATION, 1)
    except Exception:  # noqa: BLE001 - broken metadata, which may raise anything, is no reason to refuse the pixels
        return 1
    return found if isinstance(found, int) and 1 <= found <= 8 else 1  # noqa: PLR2004 - EXIF knows no others


def _workable(image: Image.Image) -> Image.Image:
    """The same picture in a mode that can be resized without fringes: L, RGB, CMYK, or RGB with its alpha multiplied in."""
    if image.has_transparency_data:
        return (image if image.mode == "RGBA" else image.convert("RGBA")).convert("RGBa")
    if image.mode in {"L", "RGB", "CMYK"}:
        return image
    if image.mode.startswith("I"):  # 16 bits of grey, of which Pillow would keep the darkest 256 levels alone
        return image.point(lambda level: level * (1 / 257)).convert("L")
    return image.convert("L" if image.mode == "1" else "RGB")


def _resized(image: Image.Image, size: tuple[int, int], part: tuple[int, int, int, int]) -> Image.Image:
    from PIL.Image import Resampling  # noqa: PLC0415 - loaded by then

    return image.resize(size, Resampling.LANCZOS, part, reducing_gap=_GAP)


def _in_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """The same picture as RGB or RGBA, in the colours that browsers take for granted. A profile that makes no sense is ignored."""
    from PIL import ImageCms  # noqa: PLC0415 - as in _upright

    if image.mode == "RGBa":
        image = image.convert("RGBA")
    mode = "RGBA" if image.mode == "RGBA" else "RGB"
    if profile:
        try:
            given = ImageCms.ImageCmsProfile(BytesIO(profile))
            converted = ImageCms.profileToProfile(image, given, ImageCms.createProfile("sRGB"), outputMode=mode)
        except (ImageCms.PyCMSError, OSError):
            converted = None
        if converted is not None:
            return converted
    return image if image.mode == mode else image.convert(mode)


def _encoded(image: Image.Image) -> Picture:
    out = BytesIO()
    image.save(out, "WEBP", quality=QUALITY, exif=b"", xmp=b"", icc_profile=None)
    return Picture(out.getvalue(), *image.size)
