"""Damages small files in a seeded way, and looks what becomes of them: `python -m tests.services.images.mutants KIND SEED COUNT`.

A program of its own, so that a crash, an endless loop and the memory that the decoders take outside of Python's are all seen.
"""

from __future__ import annotations

import json
import logging
import random
import resource
import sys
import warnings
import zlib
from dataclasses import dataclass
from io import BytesIO
from time import perf_counter

from PIL import Image

from services import images
from services.content import KINDS, ContentError, check, recognised
from tests.services.content import samples
from tests.services.images.memory import peak

LIMIT = 4 * 1024**3  # bytes of address space: nothing may come near, and a machine that tests survives what does
_EXTREMES = (
    b"\x00\x00\x00\x00",
    b"\xff\xff\xff\xff",
    b"\x7f\xff\xff\xff",
    b"\x00\x00\xff\xff",
    b"\x00\x00\x00\x01",
    b"\x20\x00\x00\x18",
)


@dataclass
class Tally:
    """What became of the mutants. Seconds; megabytes."""

    accepted: int = 0
    refused: int = 0
    slowest: float = 0
    peak: float = 0


def mutant(random_: random.Random, sources: list[bytes]) -> bytes:
    """One of the files after one to three accidents."""
    content = bytearray(random_.choice(sources))
    for _ in range(random_.randint(1, 3)):
        at = random_.randrange(len(content) + 1)
        accident = random_.randrange(6)
        if accident == 0:
            for _ in range(random_.randint(1, 20) if content else 0):
                content[random_.randrange(len(content))] ^= 1 << random_.randrange(8)
        elif accident == 1:
            del content[at:]
        elif accident == 2:
            other = random_.choice(sources)
            content[at:] = other[random_.randrange(len(other)) :]
        elif accident == 3:
            content[at:at] = random_.randbytes(random_.randint(1, 40))
        elif accident == 4:
            length = random_.randint(1, 64)
            content[at:at] = content[at : at + length] * random_.randint(1, 50)
        else:
            content[at : at + 4] = random_.choice(_EXTREMES)
    return resummed(bytes(content)) if random_.random() < 0.7 else bytes(content)


def resummed(content: bytes) -> bytes:
    """A PNG with the right checksums, whatever its chunks now say; other files as they are."""
    if not content.startswith(b"\x89PNG\r\n\x1a\n"):
        return content
    out, at = bytearray(content), 8
    while at + 12 <= len(out):
        end = at + 8 + int.from_bytes(out[at : at + 4])
        out[end : end + 4] = zlib.crc32(out[at + 4 : end]).to_bytes(4) if end + 4 <= len(out) else out[end : end + 4]
        at = end + 4
    return bytes(out)


def judge(content: bytes, kind: str) -> bool:
    """Whether the file is accepted; what is made of it then must be right."""
    try:
        found = check(content, kind, "file")
        if kind not in images.KINDS:
            assert found in KINDS[kind].types
            return True
        result = images.made(content, kind)
    except (ContentError, images.ImageError) as error:
        sentence = str(error)
    else:
        return fits(result, kind)
    assert 10 < len(sentence) < 200
    assert not {"PIL", "plugin", "decoder", "libheif"} & set(sentence.split())
    return False


def fits(result: images.Pictures, kind: str) -> bool:
    """True; the pictures are what they say, and no larger than their kind allows."""
    fit, _ = images.KINDS[kind]
    for picture in (result.full, result.thumbnail):
        if picture is not None:
            made = Image.open(BytesIO(picture.content), formats=["WEBP"])
            made.load()
            assert made.size == (picture.width, picture.height)
            assert picture.width <= fit.width
            assert picture.height <= fit.height
    return True


def main(kind: str, seed: int, count: int) -> None:
    """Judge `count` mutants, and print the tally."""
    resource.setrlimit(resource.RLIMIT_AS, (LIMIT, LIMIT))
    logging.disable()  # Pillow notes each chunk
    warnings.simplefilter("ignore")
    sources = [content for contents in samples.every().values() for content in contents]
    fitting = [content for content in sources if recognised(content) in KINDS[kind].types]
    random_ = random.Random(f"{kind} {seed}")  # noqa: S311 - that it can be repeated is the point
    tally = Tally()
    for number in range(count):
        content = mutant(random_, fitting)
        started = perf_counter()
        try:
            accepted = judge(content, kind)
        except Exception:
            sys.stderr.write(f"mutant {number}: {content.hex()}\n")
            raise
        tally.slowest = max(tally.slowest, perf_counter() - started)
        tally.accepted += accepted
        tally.refused += not accepted
    tally.peak = peak()
    sys.stdout.write(json.dumps(vars(tally)))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
