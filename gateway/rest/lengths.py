"""What resolvers refuse by its length or as none of their words, by input, told by the OpenAPI document beforehand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from strawberry.utils.str_converters import to_camel_case

from resolvers import text
from resolvers.albums import rules as albums
from resolvers.files import rules as files
from resolvers.images import rules as images
from resolvers.mocs import rules as mocs
from resolvers.parts import rules as parts
from resolvers.profiles import rules as profiles
from resolvers.uploads import rules as uploads
from resolvers.wishlist import rules as wishlist
from services.content import KINDS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from resolvers.text import Text

_POSITION = {"sort_order": wishlist.POSITION}
_TEXTS: dict[str, Mapping[str, Text]] = {
    "CreateAlbumInput": albums.TEXTS,
    "UpdateAlbumInput": albums.TEXTS,
    "CreateImageInput": images.TEXTS,
    "UpdateImageInput": images.TEXTS,
    "CreateMocInput": mocs.TEXTS,
    "CreateMocWithFilesInput": mocs.TEXTS,
    "UpdateMocInput": mocs.TEXTS,
    "CreatePartsListInput": parts.TEXTS,
    "UpdatePartsListInput": parts.TEXTS,
    "UpdatePartsListStatusInput": parts.TEXTS,
    "CreateUploadInput": uploads.TEXTS,
    "UpdateUserInput": {"name": profiles.NAME},
    "CreateWishlistItemInput": {**wishlist.TEXTS, **_POSITION},
    "UpdateWishlistItemInput": {**wishlist.TEXTS, **_POSITION},
    "WishlistPositionInput": _POSITION,
}
_OTHERS: dict[str, dict[str, dict[str, Any]]] = {
    "CreateMocWithFilesInput": {
        to_camel_case(name): {"minItems": least, "maxItems": most} for name, (least, most) in files.COUNTS.items()
    },
    "CreateUploadInput": {"kind": {"enum": list(KINDS)}},
}


def of(input_name: str) -> dict[str, dict[str, Any]]:
    """The keywords of JSON Schema for an input's fields, by their names: `{"title": {"minLength": 1, "maxLength": 255}}`."""
    tags = {"tags": {"maxItems": text.MAX_TAGS, "items": {"type": "string", **_length(text.TAG)}}}
    lengths = {to_camel_case(name): _length(it) for name, it in _TEXTS.get(input_name, {}).items()}
    return tags | lengths | _OTHERS.get(input_name, {})


def _length(it: Text) -> dict[str, int]:
    return {"minLength": it.shortest, "maxLength": it.longest} if it.shortest else {"maxLength": it.longest}
