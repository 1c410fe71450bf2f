from db.models.base import METADATA
from db.models.files import MocFile
from db.models.gallery import GalleryAlbum, GalleryFlag, GalleryImage, MocGalleryAlbum, MocGalleryImage
from db.models.idempotency import IdempotencyKey
from db.models.mocs import MocInstruction
from db.models.outbox import Outbox
from db.models.parts import MocPart, MocPartsList
from db.models.uploads import Upload
from db.models.wishlist import WishlistItem

__all__ = [
    "METADATA",
    "GalleryAlbum",
    "GalleryFlag",
    "GalleryImage",
    "IdempotencyKey",
    "MocFile",
    "MocGalleryAlbum",
    "MocGalleryImage",
    "MocInstruction",
    "MocPart",
    "MocPartsList",
    "Outbox",
    "Upload",
    "WishlistItem",
]
