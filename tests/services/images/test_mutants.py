"""Damaged and hostile files get a clear refusal or a right result, in bounded time and memory."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import pytest
from PIL import Image

from services.content import KINDS
from tests.services.content.samples import saved

ROOT = Path(__file__).parents[3]
COUNT = 2000
SLOWEST, LARGEST = (
    60.0,
    800.0,
)  # seconds, which a function has for a picture; megabytes, with the interpreter and all decoders


async def told(module: str, *arguments: str) -> dict[str, float]:
    """What a program of the tests prints, run in a process of its own."""
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module, *arguments),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    figures, errors = await child.communicate()
    assert child.returncode == 0, errors.decode()[-4000:]
    return dict(json.loads(figures))


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("kind", KINDS)
async def test_damaged_files_are_refused_or_rightly_taken(kind: str) -> None:
    tally = await told("tests.services.images.mutants", kind, "1", str(COUNT))
    assert tally["accepted"] + tally["refused"] == COUNT
    assert tally["accepted"] > COUNT / 50
    assert tally["refused"] > COUNT / 50
    assert tally["slowest"] < SLOWEST
    assert tally["peak"] < LARGEST


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("form", "mode", "size", "options"),
    [
        (
            "JPEG",
            "CMYK",
            (4090, 12_300),
            {"progressive": True},
        ),  # all coefficients of four inks are kept, at full scale
        ("PNG", "RGBA", (3547, 14_188), {"compress_level": 1}),
        ("PNG", "P", (8192, 6144), {"transparency": 3, "compress_level": 1}),
        ("WEBP", "RGBA", (4096, 6144), {"method": 0}),
        ("JPEG", "RGB", (6144, 8192), {"quality": 90}),
    ],
)
async def test_the_largest_pictures_fit_into_a_function(
    tmp_path: Path, form: str, mode: str, size: tuple[int, int], options: dict[str, int]
) -> None:
    grey = Image.effect_noise((size[0] // 32, size[1] // 32), 60).resize(size, Image.Resampling.BICUBIC)
    image = grey.convert(mode) if mode == "P" else Image.merge(mode, [grey] * len(mode))
    path = tmp_path / "picture"
    path.write_bytes(saved(form, image, **options))
    cost = await told("tests.bench.pictures", "gateway", str(path))
    assert cost["megabytes"] < LARGEST
    assert cost["seconds"] < SLOWEST
