"""What is measured: rows of one user, requests about them, and what their ratio to the floor should be."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

import asyncpg

from tests.bench.measure import Call

_numbers = itertools.count(1)


def _new_moc() -> dict[str, Any]:
    """A MOC that nobody has yet."""
    return {
        "type": "moc",
        "title": f"Windmill {next(_numbers)}",
        "author": "Alice Brick",
        "partsCount": 812,
        "tags": ["mill", "wind", "dutch"],
    }


async def furnish(database_url: str, user_id: str) -> str:
    """60 MOCs of one user, each with files, images and parts lists, 60 images, albums and wishes; the id of a MOC."""
    connection = await asyncpg.connect(database_url)
    await connection.execute(
        """
        INSERT INTO moc_instructions (user_id, title, description, type, author, parts_count, theme, subtheme, tags, created_at)
        SELECT $1, 'MOC ' || n, repeat('A build with a story. ', 8), 'moc', 'Alice Brick', 100 + n, 'Castle', 'Knights',
               '["castle", "modular", "medieval"]', timestamp '2024-01-01' + n * interval '1 hour'
        FROM generate_series(1, 60) n
        """,
        user_id,
    )
    await connection.execute(
        "INSERT INTO moc_files (moc_id, file_type, file_url, original_filename, mime_type)"
        " SELECT id, 'instruction', '/f/' || n, n || '.pdf', 'application/pdf' FROM moc_instructions, generate_series(1, 3) n"
    )
    await connection.execute(
        "INSERT INTO gallery_images (user_id, title, image_url, tags) SELECT $1, 'Picture ' || n, '/i/' || n, '[\"castle\"]'"
        " FROM generate_series(1, 60) n",
        user_id,
    )
    await connection.execute(
        "INSERT INTO gallery_albums (user_id, title, description) SELECT $1, 'Album ' || n, 'All of them' FROM generate_series(1, 60) n",
        user_id,
    )
    await connection.execute(
        "INSERT INTO wishlist_items (user_id, title, category, sort_order) SELECT $1, 'Wish ' || n, 'Castle', n"
        " FROM generate_series(1, 60) n",
        user_id,
    )
    await connection.execute(
        "INSERT INTO moc_gallery_images (moc_id, gallery_image_id)"
        " SELECT m.id, i.id FROM moc_instructions m, (SELECT id FROM gallery_images ORDER BY title LIMIT 3) i"
    )
    await connection.execute("INSERT INTO moc_parts_lists (moc_id, title) SELECT id, 'Parts' FROM moc_instructions")
    await connection.execute("ANALYZE")
    identifier = await connection.fetchval("SELECT id FROM moc_instructions LIMIT 1")
    await connection.close()
    return str(identifier)


@dataclass(frozen=True)
class Case:
    """A request, and what it must answer.

    Args:
        call: the request.
        status: of the answer.
        kept: whether the gateway may answer it from Redis.
        goal: what its ratio to the floor should be at most; None for what nobody has set one.
    """

    call: Call
    status: int = 200
    kept: bool = False
    goal: float | None = 1.3


def cases(moc_id: str, user_id: str) -> dict[str, Case]:
    """The requests, by name."""
    return {
        "MOC detail": Case(Call("GET", f"/api/mocs/{moc_id}"), goal=0.9),
        "MOC detail, kept": Case(Call("GET", f"/api/mocs/{moc_id}"), kept=True, goal=0.6),
        "MOC list of 20": Case(Call("GET", "/api/mocs")),
        "MOC list, kept": Case(Call("GET", "/api/mocs"), kept=True),
        "image list of 20": Case(Call("GET", "/api/images")),
        "album list of 20": Case(Call("GET", "/api/albums")),
        "wishlist of 60": Case(Call("GET", "/api/wishlist")),
        "profile, kept": Case(Call("GET", f"/api/users/{user_id}"), kept=True, goal=None),
        "MOC create": Case(Call("POST", "/api/mocs", _new_moc), 201, goal=1.5),
        "MOC update": Case(Call("PATCH", f"/api/mocs/{moc_id}", lambda: {"partsCount": next(_numbers)}), goal=None),
    }
