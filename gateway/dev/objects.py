"""Objects for the rows of a database whose bucket has forgotten them: moto keeps its bucket in memory.

Each is a drawing of bricks, always the same for its key, so that every picture, PDF and parts list that a row names can be opened.
"""

from __future__ import annotations

import csv
import zlib
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO, StringIO
from random import Random
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import asyncpg

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PIL import Image

_COLOURS = ("#c91a09", "#0055bf", "#f2cd37", "#237841", "#fe8a18", "#a0a5a9", "#582a12", "#d4d5d3")
_URLS = """
SELECT image_url FROM gallery_images UNION SELECT thumbnail_url FROM gallery_images
UNION SELECT thumbnail_url FROM moc_instructions UNION SELECT file_url FROM moc_files
UNION SELECT image_url FROM wishlist_items
"""
_PARTS = """
SELECT files.file_url, parts.part_id, parts.part_name, parts.quantity, parts.color
FROM moc_files files JOIN moc_parts_lists lists ON lists.file_id = files.id JOIN moc_parts parts ON parts.parts_list_id = lists.id
ORDER BY parts.part_id
"""
_FAST: dict[str, dict[str, Any]] = {"webp": {"quality": 60, "method": 0}}  # a start waits for it
_TYPES = {"webp": "image/webp", "pdf": "application/pdf", "csv": "text/csv"}


async def fill(url: str, s3: Any, bucket: str) -> int:
    """Put an object for each URL of the bucket in the database that has none; how many.

    Args:
        url: of the database.
        s3: a boto3 client.
        bucket: its name.
    """
    connection = await asyncpg.connect(url)
    try:
        urls = [row[0] for row in await connection.fetch(_URLS)]
        lists: dict[str, list[Any]] = {}
        for row in await connection.fetch(_PARTS):
            lists.setdefault(row["file_url"], []).append(row)
    finally:
        await connection.close()
    there = {
        item["Key"]
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
        for item in page.get("Contents", ())
    }
    wanted = {key: place for place in urls if (key := _key(place, bucket)) and key not in there}

    def put(key: str) -> None:
        extension = key.rpartition(".")[2]
        if extension in _TYPES:
            content = _content(key, extension, lists.get(wanted[key], []))
            s3.put_object(Bucket=bucket, Key=key, Body=content, ContentType=_TYPES[extension])

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(put, wanted))
    return len(wanted)


def _key(url: str | None, bucket: str) -> str | None:
    parts = urlsplit(url or "")
    return unquote(parts.path[1:]) if (parts.hostname or "").startswith(f"{bucket}.s3.") else None


def _content(key: str, extension: str, parts: list[Mapping[str, Any]]) -> bytes:
    if extension == "csv":
        text = StringIO()
        rows = csv.writer(text)
        rows.writerow(("Part ID", "Part Name", "Quantity", "Color"))
        rows.writerows((row["part_id"], row["part_name"], row["quantity"], row["color"]) for row in parts)
        return text.getvalue().encode()
    buffer = BytesIO()
    _bricks(key.rpartition("/")[2], (400, 300) if "/thumbnails/" in key else (640, 480)).save(
        buffer, extension, **_FAST.get(extension, {})
    )
    return buffer.getvalue()


def _bricks(name: str, size: tuple[int, int]) -> Image.Image:
    """A wall of bricks; a picture and its thumbnail, which have one name, are alike."""
    from PIL import Image, ImageDraw  # noqa: PLC0415 - while the servers start

    random = Random(zlib.crc32(name.encode()))  # noqa: S311 - a choice that everybody may know
    colours = random.sample(_COLOURS, 3)
    image = Image.new("RGB", size, "#f4f4f4")
    draw = ImageDraw.Draw(image)
    unit = size[0] // 12
    for row in range(2, size[1] // unit):
        for column in range(-(row % 2), 12, 2):
            left, top = column * unit, row * unit
            colour = random.choice(colours)
            for stud in (left + unit // 4, left + unit + unit // 4):
                draw.rectangle((stud, top - unit // 6, stud + unit // 2, top), colour, "#00000040")
            draw.rectangle((left, top, left + 2 * unit - 2, top + unit - 2), colour, "#1b2a34")
    return image
