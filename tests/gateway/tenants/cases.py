"""What to ask each operation for, with places for ids: a row for every root field of the schema."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Id:
    """The place of an id, and of what kind of thing."""

    kind: str


MOC, FILE, PARTS_LIST = Id("moc"), Id("file"), Id("parts_list")
IMAGE, ALBUM, WISH, USER = Id("image"), Id("album"), Id("wish"), Id("user")


def upload(kind: str) -> Id:
    """The place of an upload of this kind, whose file is in the bucket."""
    return Id(f"upload {kind}")


# A root field, and its arguments: once for each way to call it.
CASES: dict[str, list[dict[str, Any]]] = {
    "moc": [{"id": MOC}],
    "mocs": [{}, {"search": "secret"}, {"tag": "secret"}],
    "searchMocs": [{"query": "secret"}, {}],
    "mocsByCategory": [{}],
    "mocUploadsOverTime": [{}],
    "createMoc": [{"input": {"title": "New", "type": "moc", "author": "A", "partsCount": 1}}],
    "updateMoc": [{"id": MOC, "input": {"title": "Changed"}}],
    "deleteMoc": [{"id": MOC}],
    "linkMocImage": [{"mocId": MOC, "galleryImageId": IMAGE}],
    "unlinkMocImage": [{"mocId": MOC, "galleryImageId": IMAGE}],
    "linkMocAlbum": [{"mocId": MOC, "albumId": ALBUM}],
    "unlinkMocAlbum": [{"mocId": MOC, "albumId": ALBUM}],
    "createMocWithFiles": [
        {
            "input": {
                "title": "New",
                "type": "moc",
                "author": "A",
                "instructionsFile": [upload("instruction")],
                "partsLists": [upload("parts-list")],
                "images": [upload("thumbnail")],
                "uploadIds": [upload("gallery-image")],
            }
        }
    ],
    "addMocFiles": [{"mocId": MOC, "fileType": "instruction", "uploadIds": [upload("instruction")]}],
    "mocFileDownload": [{"mocId": MOC, "id": FILE}],
    "deleteMocFile": [{"mocId": MOC, "id": FILE}],
    "partsList": [{"mocId": MOC, "id": PARTS_LIST}],
    "partsLists": [{"mocId": MOC}],
    "partsListSummary": [{}],
    "createPartsList": [{"mocId": MOC, "input": {"title": "New", "fileId": FILE}}],
    "updatePartsList": [{"mocId": MOC, "id": PARTS_LIST, "input": {"title": "Changed", "fileId": FILE}}],
    "updatePartsListStatus": [{"mocId": MOC, "id": PARTS_LIST, "input": {"built": True}}],
    "deletePartsList": [{"mocId": MOC, "id": PARTS_LIST}],
    "uploadPartsList": [{"mocId": MOC, "uploadId": upload("parts-list")}],
    "image": [{"id": IMAGE}],
    "images": [{"albumId": ALBUM}, {"search": "secret"}, {"tag": "secret"}],
    "createUpload": [{"input": {"kind": "image", "filename": "f", "contentType": "image/png", "size": 1}}],
    "createImage": [{"input": {"uploadId": upload("image"), "albumId": ALBUM}}],
    "updateImage": [{"id": IMAGE, "input": {"title": "Changed", "albumId": ALBUM}}],
    "deleteImage": [{"id": IMAGE}],
    "flagImage": [{"imageId": IMAGE}],
    "album": [{"id": ALBUM}],
    "albums": [{}, {"search": "secret"}],
    "createAlbum": [{"input": {"title": "New", "coverImageId": IMAGE}}],
    "updateAlbum": [{"id": ALBUM, "input": {"title": "Changed", "coverImageId": IMAGE}}],
    "deleteAlbum": [{"id": ALBUM}],
    "gallery": [{"albumId": ALBUM}, {"search": "secret"}, {"tag": "secret"}],
    "wishlistItem": [{"id": WISH}],
    "wishlist": [{}, {"search": "secret"}, {"category": "secret"}],
    "searchWishlist": [{"query": "secret"}, {}],
    "createWishlistItem": [{"input": {"title": "New"}}],
    "updateWishlistItem": [{"id": WISH, "input": {"title": "Changed"}}],
    "deleteWishlistItem": [{"id": WISH}],
    "reorderWishlist": [{"items": [{"id": WISH, "sortOrder": "7"}]}, {"itemIds": [WISH]}],
    "setWishlistItemImage": [{"id": WISH, "uploadId": upload("wishlist-image")}],
    "uploadWishlistImage": [{"uploadId": upload("wishlist-image")}],
    "me": [{}],
    "user": [{"id": USER}],
    "updateUser": [{"id": USER, "input": {"name": "Changed"}}],
    "setAvatar": [{"id": USER, "uploadId": upload("avatar")}],
    "removeAvatar": [{"id": USER}],
}
# Anybody may flag anything; the answer shows nothing of it (contract section 7).
OPEN = {"flagImage"}

Path = tuple[str | int, ...]


def ids(value: Any, path: Path = ()) -> list[tuple[Path, Id]]:
    """The places of ids in arguments, and the ways to them."""
    if isinstance(value, Id):
        return [(path, value)]
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [found for step, inner in steps for found in ids(inner, (*path, step))]


def filled(value: Any, foreign: Path | None, own: dict[str, str], other: dict[str, str], path: Path = ()) -> Any:
    """`value` with the caller's own ids in its places, but for the place `foreign`, which gets the other user's."""
    if isinstance(value, Id):
        return (other if path == foreign else own)[value.kind]
    if isinstance(value, dict):
        return {key: filled(inner, foreign, own, other, (*path, key)) for key, inner in value.items()}
    if isinstance(value, list):
        return [filled(inner, foreign, own, other, (*path, place)) for place, inner in enumerate(value)]
    return value
