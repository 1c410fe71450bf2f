"""Demo data: projects, pictures and wishes that look like a builder's own, for a database that has none.

What people see stands in `demo_data/*.json`; this module gives it ids, dates, files and links. Ids depend on the titles
alone and the choices on a fixed seed, so that every machine shows the same; dates count back from now.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_URL, UUID, uuid5

import asyncpg

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Row = dict[str, Any]

_DATA = Path(__file__).with_name("demo_data")
_MONTHS = timedelta(days=18 * 30)
_PARTS_LIST_EVERY = 3  # each third project has its parts listed


async def seed(url: str, subs: Mapping[str, str], *, bucket: str, region: str) -> bool:
    """Write the demo data, whole or not at all, unless the database has rows already; say whether it did.

    Args:
        url: of the database, migrated.
        subs: the ids of the owners by the names that the data files use.
        bucket: where the files would be.
        region: of the bucket.
    """
    tables = Draft(subs, f"https://{bucket}.s3.{region}.amazonaws.com", datetime.now(UTC).replace(tzinfo=None)).tables()
    connection = await asyncpg.connect(url)
    try:
        async with connection.transaction():
            for table in ("moc_instructions", "gallery_images", "gallery_albums", "wishlist_items"):
                if await connection.fetchval(f"SELECT EXISTS (SELECT FROM {table})"):  # noqa: S608 - names from above
                    return False
            for table, rows in tables.items():
                columns = list(rows[0])
                await connection.copy_records_to_table(
                    table, records=[[row[column] for column in columns] for row in rows], columns=columns
                )
    finally:
        await connection.close()
    return True


class Draft:
    """The rows of every table, in the order in which foreign keys allow them."""

    def __init__(self, subs: Mapping[str, str], bucket_url: str, now: datetime) -> None:
        self._subs = subs
        self._bucket_url = bucket_url
        self._now = now
        self._random = Random(1932)  # noqa: S311 - a choice that everybody may know
        self._mocs: list[Row] = []
        self._files: list[Row] = []
        self._lists: list[Row] = []
        self._parts: list[Row] = []

    def tables(self) -> dict[str, list[Row]]:
        """Table name -> rows; all rows of a table have the same columns."""
        self._draft_mocs()
        albums, images, flags, moc_images, moc_albums = self._gallery()
        return {
            "moc_instructions": self._mocs,
            "moc_files": self._files,
            "moc_parts_lists": self._lists,
            "moc_parts": self._parts,
            "gallery_albums": albums,
            "gallery_images": images,
            "gallery_flags": flags,
            "moc_gallery_images": moc_images,
            "moc_gallery_albums": moc_albums,
            "wishlist_items": self._wishlist(),
        }

    def _draft_mocs(self) -> None:
        entries = [{"type": "moc", **moc} for moc in _load("mocs")] + [{"type": "set", **one} for one in _load("sets")]
        self._random.shuffle(entries)  # sets stand between the MOCs of their months
        for number, (entry, created) in enumerate(zip(entries, self._dates(len(entries)), strict=True)):
            moc = self._moc(entry, created)
            self._mocs.append(moc)
            self._files += self._files_of(moc, number)
            if number % _PARTS_LIST_EVERY == 0:
                self._list_parts(moc)

    def _moc(self, entry: Row, created: datetime) -> Row:
        moc_id = _id("moc", entry["title"])
        owner = self._subs[entry["owner"]]
        thumbnail = f"{self._bucket_url}/mocs/{owner}/{moc_id}/{_id('thumbnail', entry['title'])}.webp"
        edited = created + (self._now - created) * self._random.random() ** 3  # most are edited soon, or never again
        return {
            "id": moc_id,
            "user_id": owner,
            "type": entry["type"],
            "title": entry["title"],
            "description": entry["description"],
            "author": entry.get("author"),
            "parts_count": entry.get("partsCount"),
            "theme": entry["theme"],
            "subtheme": entry["subtheme"],
            "uploaded_date": created if entry["type"] == "moc" else None,
            "brand": entry.get("brand"),
            "set_number": entry.get("setNumber"),
            "release_year": entry.get("releaseYear"),
            "retired": entry.get("retired"),
            "tags": json.dumps(entry["tags"]),
            "thumbnail_url": thumbnail if self._random.random() < 0.8 else None,  # noqa: PLR2004 - four of five
            "total_piece_count": entry.get("pieces"),
            "created_at": created,
            "updated_at": edited if self._random.random() < 0.5 else created,  # noqa: PLR2004 - every other
        }

    def _files_of(self, moc: Row, number: int) -> list[Row]:
        slug = "-".join("".join(c if c.isalnum() else " " for c in moc["title"].lower()).split())
        wanted = {"instruction": ("pdf", "application/pdf", f"{slug}-instructions.pdf")}
        if number % _PARTS_LIST_EVERY == 0:
            wanted["parts-list"] = ("csv", "text/csv", f"{slug}-parts.csv")
        if moc["type"] == "set" and number % 2:
            wanted = {}  # not every owner of a set keeps its booklet
        files = [
            self._file(moc, kind, f"{_id(kind, moc['title'])}.{extension}", mime, name)
            for kind, (extension, mime, name) in wanted.items()
        ]
        if moc["thumbnail_url"]:
            files.append(
                self._file(moc, "thumbnail", moc["thumbnail_url"].rpartition("/")[2], "image/webp", f"{slug}.jpg")
            )
        return files

    def _file(self, moc: Row, kind: str, key: str, mime: str, name: str) -> Row:
        return {
            "id": _id("file", f"{moc['title']}/{kind}"),
            "moc_id": moc["id"],
            "file_type": kind,
            "file_url": f"{self._bucket_url}/mocs/{moc['user_id']}/{moc['id']}/{key}",
            "original_filename": name,
            "mime_type": mime,
            "created_at": moc["created_at"],
        }

    def _list_parts(self, moc: Row) -> None:
        pick = self._random.sample(_load("parts"), self._random.randint(12, 30))
        list_id = _id("parts list", moc["title"])
        quantities = [self._random.choice((2, 4, 4, 6, 8, 12, 16, 20, 24, 40, 60)) for _ in pick]
        total = moc["total_piece_count"] = sum(quantities)  # as an upload of the list would have left it
        percentage = self._random.choice((0, 25, 60, 85, 100, 100))
        cost = round(total * 0.11, 2)
        has_file = any(file["moc_id"] == moc["id"] and file["file_type"] == "parts-list" for file in self._files)
        self._lists.append(
            {
                "id": list_id,
                "moc_id": moc["id"],
                "file_id": _id("file", f"{moc['title']}/parts-list") if has_file else None,
                "title": f"Parts of {moc['title']}",
                "description": None,
                "built": percentage == 100,  # noqa: PLR2004 - per cent
                "purchased": percentage >= 85,  # noqa: PLR2004 - the rest comes from the sorting trays
                "inventory_percentage": f"{percentage:.2f}",
                "total_parts_count": str(total),
                "acquired_parts_count": str(total * percentage // 100),
                "cost_estimate": f"{cost:.2f}",
                "actual_cost": f"{cost * 1.08:.2f}" if percentage == 100 else None,  # noqa: PLR2004 - per cent
                "notes": "Light bluish grey may be old light grey." if percentage == 60 else None,  # noqa: PLR2004 - per cent
                "created_at": moc["created_at"],
                "updated_at": moc["updated_at"],
            }
        )
        self._parts += [
            {
                "id": _id("part", f"{list_id}/{part}"),
                "parts_list_id": list_id,
                "part_id": part,
                "part_name": name,
                "quantity": quantity,
                "color": color,
            }
            for (part, name, color), quantity in zip(pick, quantities, strict=True)
        ]

    def _gallery(self) -> tuple[list[Row], list[Row], list[Row], list[Row], list[Row]]:
        entries = _load("images")
        images: list[Row] = []
        flags: list[Row] = []
        moc_images: list[Row] = []
        moc_albums: dict[UUID, Row] = {}  # an album is linked once to a project, however many of its images show it
        for entry, created in zip(entries, self._dates(len(entries)), strict=True):
            image = self._image(entry, created)
            images.append(image)
            for login, reason in entry.get("flags", {}).items():
                flags.append(self._flag(image, login, reason))
            if "moc" in entry:
                moc_id = _id("moc", entry["moc"])
                link = f"{moc_id}/{image['id']}"
                moc_images.append({"id": _id("link", link), "moc_id": moc_id, "gallery_image_id": image["id"]})
                if image["album_id"]:
                    link_id = _id("link", f"{moc_id}/{image['album_id']}")
                    moc_albums[link_id] = {"id": link_id, "moc_id": moc_id, "gallery_album_id": image["album_id"]}
        albums = [self._album(entry, images) for entry in _load("albums")]
        return albums, images, flags, moc_images, list(moc_albums.values())

    def _image(self, entry: Row, created: datetime) -> Row:
        owner = self._subs[entry["owner"]]
        key = f"{_id('picture', entry['title'])}.webp"
        return {
            "id": _id("image", entry["title"]),
            "user_id": owner,
            "title": entry["title"],
            "description": None,
            "tags": json.dumps(entry["tags"]),
            "image_url": f"{self._bucket_url}/images/{owner}/{key}",
            "thumbnail_url": f"{self._bucket_url}/images/{owner}/thumbnails/{key}",
            "album_id": _id("album", entry["album"]) if entry["album"] else None,
            "flagged": "flags" in entry,
            "created_at": created,
            "last_updated_at": created,
        }

    def _flag(self, image: Row, login: str, reason: str | None) -> Row:
        return {
            "id": _id("flag", f"{image['title']}/{login}"),
            "image_id": image["id"],
            "user_id": self._subs[login],
            "reason": reason,
            "created_at": image["created_at"],
            "last_updated_at": image["created_at"],
        }

    def _album(self, entry: Row, images: Iterable[Row]) -> Row:
        album_id = _id("album", entry["title"])
        within = [image for image in images if image["album_id"] == album_id]
        return {
            "id": album_id,
            "user_id": self._subs[entry["owner"]],
            "title": entry["title"],
            "description": entry["description"],
            "cover_image_id": within[0]["id"],
            "created_at": min(image["created_at"] for image in within),
            "last_updated_at": max(image["created_at"] for image in within),
        }

    def _wishlist(self) -> list[Row]:
        entries = _load("wishlist")
        positions = dict.fromkeys(self._subs, 0)
        items = []
        for entry, created in zip(entries, self._dates(len(entries)), strict=True):
            positions[entry["owner"]] += 1
            link = f"https://www.bricklink.com/v2/catalog/catalogitem.page?S={entry['set']}" if "set" in entry else None
            items.append(
                {
                    "id": _id("wish", entry["title"]),
                    "user_id": self._subs[entry["owner"]],
                    "title": entry["title"],
                    "description": entry["description"],
                    "product_link": link,
                    "category": entry["category"],
                    "sort_order": str(positions[entry["owner"]]),
                    "created_at": created,
                    "updated_at": created,
                }
            )
        return items

    def _dates(self, count: int) -> list[datetime]:
        """`count` moments of the last 18 months, the newest first and an hour or so ago."""
        step = _MONTHS / count
        return [
            (self._now - step * number - timedelta(minutes=self._random.randint(60, 60 * 24 * 5))).replace(
                microsecond=self._random.randrange(1000) * 1000
            )
            for number in range(count)
        ]


def _load(name: str) -> list[Any]:
    entries: list[Any] = json.loads((_DATA / f"{name}.json").read_text(encoding="utf-8"))
    return entries


def _id(kind: str, name: str) -> UUID:
    return uuid5(NAMESPACE_URL, f"brickgate:{kind}:{name}")
