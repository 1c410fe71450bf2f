"""What a large photograph costs: time and peak memory of both gallery sizes, against bare Pillow doing the same.

Each run is a process of its own, `python -m tests.bench.pictures WAY FILE`, since memory that was once taken stays taken.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from time import perf_counter

from PIL import Image, ImageOps

from services import images
from tests.services.images.memory import peak

SIZE = (6000, 4000)  # 24 megapixels
# By how EXIF says that the camera was held. Held upright, the picture stays too large for JPEG's half scale to serve.
ORIENTATIONS = {"photograph across": 1, "photograph upright": 6}
ROUNDS = 3


@dataclass(frozen=True)
class Cost:
    """Seconds of one picture (best round, imports aside), and megabytes of the process at its peak (worst round)."""

    seconds: float
    megabytes: float


def photograph(orientation: int) -> bytes:
    """A JPEG of about 10 MB: grain on top of shapes."""
    grain = Image.effect_noise(SIZE, 24)
    shapes = Image.effect_noise((60, 40), 90).resize(SIZE, Image.Resampling.BICUBIC)
    image = Image.merge("RGB", (Image.blend(grain, shapes, 0.45), shapes, Image.blend(grain, shapes, 0.6)))
    exif, out = Image.Exif(), BytesIO()
    exif[0x0112] = orientation
    image.save(out, "JPEG", quality=95, exif=exif)
    return out.getvalue()


def bare(content: bytes) -> list[bytes]:
    """What a page of Pillow's manual would do."""
    image = ImageOps.exif_transpose(Image.open(BytesIO(content))).convert("RGB")
    made = []
    for width in (2048, 400):
        small = image.resize((width, round(image.height * width / image.width)), Image.Resampling.LANCZOS)
        out = BytesIO()
        small.save(out, "WEBP", quality=images.QUALITY)
        made.append(out.getvalue())
    return made


def ours(content: bytes) -> list[bytes]:
    """What the gateway does."""
    made = images.made(content, "image")
    return [picture.content for picture in (made.full, made.thumbnail) if picture is not None]


WAYS = {"floor": bare, "gateway": ours}


def measure(folder: Path) -> dict[str, dict[str, Cost]]:
    """Case by case, both ways in turns; the files are kept in `folder`."""
    figures = {}
    for name, orientation in ORIENTATIONS.items():
        path = folder / f"{orientation}.jpg"
        path.write_bytes(photograph(orientation))
        rounds: dict[str, list[Cost]] = {way: [] for way in WAYS}
        for _ in range(ROUNDS):
            for way, costs in rounds.items():
                command = [sys.executable, "-m", "tests.bench.pictures", way, os.fspath(path)]
                told = subprocess.run(command, check=True, capture_output=True, text=True)
                costs.append(Cost(**json.loads(told.stdout)))
        figures[name] = {
            way: Cost(min(cost.seconds for cost in costs), max(cost.megabytes for cost in costs))
            for way, costs in rounds.items()
        }
    return figures


def main(way: str, path: Path) -> None:
    """Make the pictures once, after a small one that pays for the imports."""
    content = path.read_bytes()
    out = BytesIO()
    Image.new("RGB", (8, 8)).save(out, "JPEG")
    WAYS[way](out.getvalue())
    started = perf_counter()
    made = WAYS[way](content)
    seconds = perf_counter() - started
    assert [Image.open(BytesIO(picture)).width for picture in made] == [2048, 400]
    sys.stdout.write(json.dumps({"seconds": seconds, "megabytes": peak()}))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
