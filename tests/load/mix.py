"""What the users ask for, as data: four of five requests read.

Locust reads this file in an environment of its own, so that it needs Python alone.
"""

from __future__ import annotations

import base64
from typing import NamedTuple

# A white picture of one pixel.
PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8/5+hHgAHggJ/PchI7wAAAABJRU5ErkJggg=="
)
BOUNDARY = "----load"
_FORM = (
    f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="title"\r\n\r\nPicture {{n}}\r\n'
    f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="image"; filename="p.png"\r\nContent-Type: image/png\r\n\r\n'
)
_MOC = '{"type": "moc", "title": "Windmill {n}", "author": "Alice Brick", "partsCount": 812, "tags": ["mill", "wind"]}'
_JSON = "application/json"


class Asked(NamedTuple):
    """A request of the mix. In `path` and `body`, `{moc}` is the id of a MOC of the user's and `{n}` a text that was never used."""

    name: str
    kind: str
    share: int
    method: str
    path: str
    body: str = ""
    content_type: str = _JSON

    def content(self, number: str) -> bytes | None:
        """The body's bytes."""
        if self.content_type != _JSON:
            return self.body.format(n=number).encode() + PICTURE + f"\r\n--{BOUNDARY}--\r\n".encode()
        return self.body.replace("{n}", number).encode() if self.body else None


MIX = (
    Asked("MOC detail", "read", 28, "GET", "/api/mocs/{moc}"),
    Asked("MOC list", "read", 24, "GET", "/api/mocs"),
    Asked("gallery", "read", 14, "GET", "/api/gallery"),
    Asked("wishlist", "read", 8, "GET", "/api/wishlist"),
    Asked("images", "read", 6, "GET", "/api/images"),
    Asked("search of MOCs", "search", 8, "GET", "/api/mocs?search=castle"),
    Asked("MOC create", "write", 4, "POST", "/api/mocs", _MOC),
    Asked("MOC update", "write", 4, "PATCH", "/api/mocs/{moc}", '{"description": "Changed, {n}"}'),
    Asked("wish", "write", 2, "POST", "/api/wishlist", '{"title": "Wish {n}", "category": "Castle"}'),
    Asked("image upload", "upload", 2, "POST", "/api/images", _FORM, f"multipart/form-data; boundary={BOUNDARY}"),
)
"""`share` is a percentage."""

DETAIL = MIX[0]
"""What the bare endpoint has, too, and is measured by."""
