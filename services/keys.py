"""Where objects lie in the bucket (contract section 4): below what they are for, below the id of their user."""

from __future__ import annotations

OWNED = ("mocs", "images", "avatars", "wishlist", "uploads")
"""What keys begin with; the legacy service has others, too."""


def of_file(user_id: str, moc_id: str, file_id: str, extension: str) -> str:
    """A file of a MOC."""
    return f"{of_moc(user_id, moc_id)}{file_id}.{extension}"


def of_moc(user_id: str, moc_id: str) -> str:
    """What the keys of a MOC's files begin with."""
    return f"mocs/{user_id}/{moc_id}/"


def of_image(user_id: str, image_id: str) -> tuple[str, str]:
    """A picture of the gallery, and its thumbnail."""
    return f"images/{user_id}/{image_id}.webp", f"images/{user_id}/thumbnails/{image_id}.webp"


def of_wish(user_id: str, item_id: str) -> str:
    """The picture of an item on a wishlist, or of one that is yet to be made."""
    return f"wishlist/{user_id}/{item_id}.webp"


def is_of_wish(key: str) -> bool:
    """Whether it is a picture that was sent for a wishlist."""
    return key.startswith("wishlist/")


def of_avatar(user_id: str) -> str:
    """A user's picture, whichever it is."""
    return f"avatars/{user_id}/avatar.webp"


def of_upload(user_id: str, upload_id: str) -> str:
    """A file that waits to be taken: nobody has looked at it yet."""
    return f"uploads/{user_id}/{upload_id}"


def owner(key: str) -> str | None:
    """The user whose object it is; None where the key names none."""
    _, _, rest = key.partition("/")
    user_id, slash, _ = rest.partition("/")
    return user_id if slash else None


def is_shown(key: str) -> bool:
    """Whether rows may name it, and URLs lead to it: whatever has been accepted, which an upload has not."""
    return not key.startswith("uploads/")


def is_thumbnail(key: str) -> bool:
    """Whether it is a smaller one of a picture that somebody has sent."""
    return "/thumbnails/" in key
