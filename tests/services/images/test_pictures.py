"""What becomes of a picture (contract section 4; section 7, sizes)."""

from __future__ import annotations

import asyncio
from io import BytesIO
from time import perf_counter
from typing import Any

import pytest
from PIL import Image, ImageChops, ImageCms, ImageStat, PngImagePlugin

from services import content as files
from services.content import recognised
from services.images import KINDS, Picture, made, pictures
from tests.services.content import samples
from tests.services.content.samples import drawn, saved

SIZES = [
    ("image", (3000, 2000), (2048, 1365), (400, 267)),
    ("image", (2100, 2800), (2048, 2731), (400, 533)),
    ("image", (2048, 100), (2048, 100), (400, 20)),
    ("image", (1000, 500), (1000, 500), (400, 200)),
    ("image", (300, 900), (300, 900), (300, 900)),
    ("image", (1, 1), (1, 1), (1, 1)),
    ("image", (4000, 1), (2048, 1), (400, 1)),
    ("image", (1, 4000), (1, 4000), (1, 4000)),
    ("image", (30, 20_000), (12, 8192), (12, 8192)),
    ("thumbnail", (2400, 1200), (2048, 1024), None),
    ("gallery-image", (2400, 1200), (2048, 1024), None),
    ("wishlist-image", (1600, 1200), (800, 600), None),
    ("wishlist-image", (1200, 1600), (600, 800), None),
    ("wishlist-image", (640, 480), (640, 480), None),
    ("avatar", (1024, 768), (256, 256), None),
    ("avatar", (300, 100), (100, 100), None),
    ("avatar", (256, 257), (256, 256), None),
    ("avatar", (1, 700), (1, 1), None),
]


def opened(picture: Picture) -> Image.Image:
    """The picture, once it is what it says: a WebP of its size."""
    assert recognised(picture.content) == files.WEBP
    image = Image.open(BytesIO(picture.content))
    image.load()
    assert image.size == (picture.width, picture.height)
    return image


def full(content: bytes, kind: str = "image") -> Image.Image:
    return opened(made(content, kind).full)


def apart(one: Image.Image, other: Image.Image) -> float:
    """How far two pictures are from each other: the mean difference of levels, of 255."""
    assert one.size == other.size
    return max(ImageStat.Stat(ImageChops.difference(one.convert("RGB"), other.convert("RGB"))).mean)


@pytest.mark.prd("3.2.3")
@pytest.mark.prd("3.7.3")
@pytest.mark.prd("4.4.3")
@pytest.mark.parametrize(("kind", "size", "becomes", "thumbnail"), SIZES)
@pytest.mark.parametrize("form", ["JPEG", "PNG"])
async def test_a_picture_gets_the_size_of_its_kind_as_webp(
    form: str, kind: str, size: tuple[int, int], becomes: tuple[int, int], thumbnail: tuple[int, int] | None
) -> None:
    options = {"compress_level": 1} if form == "PNG" else {}
    result = await pictures(saved(form, drawn(size=size), **options), kind)
    assert opened(result.full).size == becomes
    assert (opened(result.thumbnail).size if result.thumbnail else None) == thumbnail


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "GIF", "HEIF"])
def test_every_format_gives_the_same_picture(form: str, kind: str) -> None:
    samples.heic()  # so that Pillow can write it
    image = drawn(size=(500, 400))
    fits, _ = KINDS[kind]
    wanted = image.resize(fits.size(*image.size), box=fits.part(*image.size), resample=Image.Resampling.LANCZOS)
    assert apart(full(saved(form, image), kind), wanted) < 6  # a GIF has 256 colours


def test_kinds_of_pictures_are_kinds_of_uploads() -> None:
    assert set(KINDS) == {name for name, kind in files.KINDS.items() if files.PNG in kind.types}


@pytest.mark.prd("3.2.3")
@pytest.mark.prd("3.7.3")
@pytest.mark.prd("4.4.3")
@pytest.mark.parametrize("quality", [20, 98])
def test_the_quality_is_80_whatever_came(quality: int) -> None:
    photograph = Image.effect_noise((200, 150), 40).resize((400, 300), Image.Resampling.BICUBIC).convert("RGB")
    for form, options in (("JPEG", {"quality": quality}), ("WEBP", {"quality": quality})):
        source = Image.open(BytesIO(saved(form, photograph, **options)))
        size = len(made(saved(form, photograph, **options), "image").full.content)
        assert len(saved("WEBP", source, quality=75)) < size < len(saved("WEBP", source, quality=85))


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("size", [(64, 40), (41, 65), (1800, 900), (900, 1800)])
@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_a_picture_stands_upright(form: str, size: tuple[int, int], orientation: int) -> None:
    """The pixels are laid by the inverse of what EXIF asks for, so the result must be the picture before that."""
    upright = drawn(size=size)
    turns = Image.Transpose
    lay = {
        2: turns.FLIP_LEFT_RIGHT,
        3: turns.ROTATE_180,
        4: turns.FLIP_TOP_BOTTOM,
        5: turns.TRANSPOSE,
        6: turns.ROTATE_90,
        7: turns.TRANSVERSE,
        8: turns.ROTATE_270,
    }.get(orientation)
    lying = upright if lay is None else upright.transpose(lay)
    options: dict[str, int] = {
        "JPEG": {"quality": 95},
        "PNG": {"compress_level": 1},
        "WEBP": {"quality": 95, "method": 0},
    }[form]
    result = full(saved(form, lying, exif=samples.exif(orientation), **options), "wishlist-image")
    fits, _ = KINDS["wishlist-image"]
    assert apart(result, upright.resize(fits.size(*size), Image.Resampling.LANCZOS)) < 6


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data:UserWarning")
def test_orientations_that_there_are_not_are_upright() -> None:
    for orientation in (0, 9, 65535):
        assert full(saved("JPEG", drawn(size=(60, 40)), exif=samples.exif(orientation))).size == (60, 40)
    for broken in (b"MM\x00*\xff\xff\xff\xff", b"no TIFF at all", b"II*\x00"):
        for form in ("JPEG", "WEBP"):
            assert full(saved(form, drawn(size=(60, 40)), exif=b"Exif\x00\x00" + broken)).size == (60, 40)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "HEIF", "GIF"])
def test_nothing_but_the_pixels_is_kept(form: str) -> None:
    samples.heic()
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Comment", "Secret place")
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    noted: dict[str, dict[str, Any]] = {
        "JPEG": {"exif": samples.exif(), "comment": b"Secret place", "xmp": b"<x:xmpmeta>Secret place</x:xmpmeta>", "icc_profile": profile},
        "PNG": {"exif": samples.exif(), "pnginfo": notes, "icc_profile": profile},
        "WEBP": {"exif": samples.exif(), "xmp": b"<x:xmpmeta>Secret place</x:xmpmeta>", "icc_profile": profile},
        "HEIF": {"exif": samples.exif(), "xmp": b"<x:xmpmeta>Secret place</x:xmpmeta>"},
        "GIF": {"comment": b"Secret place"},
    }  # fmt: skip
    source = saved(form, drawn(size=(64, 48)), **noted[form])
    assert b"Secret place" in source or form == "HEIF"
    assert b"Brickcam" in source or form == "GIF"
    result = made(source, "image")
    assert result.thumbnail is not None
    for picture in (result.full, result.thumbnail):
        for trace in (b"Brickcam", b"Secret", b"xmpmeta", b"Exif", b"EXIF", b"XMP ", b"ICCP", b"sRGB"):
            assert trace not in picture.content
        assert not opened(picture).info.keys() & {"exif", "xmp", "icc_profile", "comment"}


def test_colours_of_a_profile_become_those_of_srgb() -> None:
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    red = Image.new("RGB", (40, 40), (200, 30, 30))
    for form in ("JPEG", "PNG", "WEBP"):
        assert full(saved(form, red, icc_profile=srgb)).getpixel((20, 20)) == pytest.approx((200, 30, 30), abs=4)
        assert full(saved(form, red, icc_profile=_swapped(srgb))).getpixel((20, 20)) == pytest.approx(
            (30, 200, 30), abs=4
        )


def test_transparency_survives_a_profile() -> None:
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    clear = Image.new("RGBA", (40, 40), (200, 30, 30, 60))
    result = full(saved("PNG", clear, icc_profile=_swapped(srgb)))
    assert result.getpixel((20, 20)) == pytest.approx((30, 200, 30, 60), abs=4)


def _swapped(profile: bytes) -> bytes:
    """sRGB with the names of red and green exchanged: what is written as red is meant green."""
    return profile.replace(b"rXYZ", b"????", 1).replace(b"gXYZ", b"rXYZ", 1).replace(b"????", b"gXYZ", 1)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_a_profile_that_makes_no_sense_is_ignored(form: str) -> None:
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB", 5000)).tobytes()
    for profile in (b"nonsense", lab, lab[:100]):
        assert apart(full(saved(form, icc_profile=profile)), drawn()) < 8


def test_transparency_is_kept_and_leaves_no_fringes() -> None:
    hole = Image.new("RGBA", (2000, 2000), (0, 0, 0, 0))
    hole.paste((250, 250, 250, 255), (0, 0, 1001, 2000))
    result = full(saved("PNG", hole, compress_level=1), "wishlist-image")
    assert result.mode == "RGBA"
    assert [result.getpixel((x, 400))[3] for x in (0, 390, 410, 799)] == [255, 255, 0, 0]  # type: ignore[index] # of four levels
    visible = [result.getpixel((x, 400)) for x in range(395, 405)]
    assert all(min(pixel[:3]) > 235 for pixel in visible if isinstance(pixel, tuple) and pixel[3] > 128)


@pytest.mark.parametrize("form", ["PNG", "GIF"])
def test_a_palette_with_a_transparent_colour_has_alpha(form: str) -> None:
    image = Image.new("P", (40, 40), 1)
    image.putpalette([255, 0, 0, 0, 0, 255])
    image.paste(0, (0, 0, 20, 40))
    result = full(saved(form, image, transparency=0), "avatar")
    assert result.mode == "RGBA"
    assert [result.getpixel((x, 20))[3] for x in (5, 35)] == [0, 255]  # type: ignore[index] # as above
    assert result.convert("RGB").getpixel((35, 20)) == pytest.approx((0, 0, 255), abs=6)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA"])
def test_every_kind_of_png_looks_as_it_did(mode: str) -> None:
    image = drawn().quantize() if mode == "P" else drawn("RGBA").convert(mode) if mode == "LA" else drawn(mode)
    result = full(saved("PNG", image))
    assert result.mode == ("RGBA" if mode in {"LA", "RGBA"} else "RGB")
    assert (
        apart(
            result.convert("RGBA").convert("RGBa").convert("RGB"), image.convert("RGBA").convert("RGBa").convert("RGB")
        )
        < 8
    )


def test_sixteen_bits_of_grey_become_eight() -> None:
    deep, plain = Image.new("I;16", (256, 32)), Image.new("L", (256, 32))
    for x in range(256):
        deep.paste(x * 257, (x, 0, x + 1, 32))
        plain.paste(x, (x, 0, x + 1, 32))
    assert apart(full(saved("PNG", deep)), plain) < 3


def test_inks_become_light() -> None:
    image = drawn(size=(200, 100))
    assert apart(full(saved("JPEG", image.convert("CMYK"), quality=95)), image) < 8


def test_of_an_animation_the_first_frame_is_kept() -> None:
    frames = [Image.new("RGB", (60, 40), colour) for colour in ("red", "green", "blue")]
    for form in ("GIF", "WEBP", "PNG"):
        source = saved(form, frames[0], save_all=True, append_images=frames[1:], duration=100, loop=0)
        result = full(source, "avatar")
        assert not getattr(result, "is_animated", False)
        assert result.convert("RGB").getpixel((20, 20)) == pytest.approx((254, 0, 0), abs=6)


def test_of_several_pictures_in_one_file_the_first_is_kept() -> None:
    """As telephones write them: a JPEG with a smaller or a second one behind it."""
    source = saved("MPO", drawn(size=(300, 200)), save_all=True, append_images=[Image.new("RGB", (20, 20))])
    assert apart(full(source), drawn(size=(300, 200))) < 4


def test_decoding_small_loses_nothing_that_shows() -> None:
    photograph = Image.effect_noise((500, 333), 60).resize((3000, 2000), Image.Resampling.BICUBIC).convert("RGB")
    source = saved("JPEG", photograph, quality=90)
    whole = Image.open(BytesIO(source)).resize((800, 533), Image.Resampling.LANCZOS)
    lost_by_webp = apart(Image.open(BytesIO(saved("WEBP", whole, quality=80))), whole)
    assert apart(full(source, "wishlist-image"), whole) < 1.1 * lost_by_webp


async def test_the_loop_goes_on_while_a_picture_is_made() -> None:
    source = saved("JPEG", drawn(size=(4000, 3000)))
    await pictures(source, "avatar")  # what is imported once
    work = asyncio.ensure_future(pictures(source, "image"))
    longest, last, beats = 0.0, perf_counter(), 0
    while not work.done():
        await asyncio.sleep(0.001)
        longest, last, beats = max(longest, perf_counter() - last), perf_counter(), beats + 1
    assert beats > 10
    assert longest < 0.5


async def test_pictures_are_made_one_after_another() -> None:
    source = saved("JPEG", drawn(size=(2000, 1500)))
    finished: list[int] = []

    async def make(number: int) -> None:
        await pictures(source, "image")
        finished.append(number)

    await asyncio.gather(*(make(number) for number in range(6)))
    assert finished == list(range(6))


async def test_a_caller_that_gives_up_does_not_let_the_next_one_in_early() -> None:
    """The thread cannot be stopped; the next picture waits for it, or else two would be in memory."""
    source = saved("PNG", drawn(size=(4000, 3000)), compress_level=1)
    given_up = asyncio.ensure_future(pictures(source, "image"))
    await asyncio.sleep(0.05)
    given_up.cancel()
    started = perf_counter()
    await pictures(saved("PNG"), "avatar")
    assert perf_counter() - started > 0.05
