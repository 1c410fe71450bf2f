"""MOC instructions in GraphQL (contract section 3).

Values of enums are spelled as the fields and data that they name, so that REST, GraphQL and the tables speak of `moc` alike.
"""

import enum
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

import strawberry
from strawberry import UNSET

from resolvers import words
from resolvers.albums.loaders import albums_by_owner, albums_of_mocs
from resolvers.albums.types import GalleryAlbum, LinkedAlbum
from resolvers.context import Info
from resolvers.files.loaders import files_of_mocs
from resolvers.files.types import MocFile
from resolvers.images.loaders import images_by_owner
from resolvers.images.loaders import images_of_mocs as linked_images_of_mocs
from resolvers.images.types import GalleryImage, LinkedImage
from resolvers.mocs.loaders import images_of_mocs, mocs_by_owner, own, own_moc
from resolvers.parts.loaders import parts_lists_of_mocs
from resolvers.parts.types import MocPartsList

Parent = strawberry.Parent[Any]


@strawberry.enum(description="Whose design it is: a builder's own creation, or a set that a company sells.")
class MocType(enum.Enum):
    """The two kinds of builds; they require different fields."""

    moc = strawberry.enum_value("moc", description="A builder's own creation: it has an author.")
    set = strawberry.enum_value("set", description="A set that a company sells: it has a brand.")


@strawberry.enum(description="What a list of MOCs can be sorted by.")
class MocSortField(enum.Enum):
    """Columns to sort by; names of fields of Moc."""

    createdAt = strawberry.enum_value("createdAt", description="When it was added.")  # noqa: N815 - a GraphQL field's name
    updatedAt = strawberry.enum_value("updatedAt", description="When it was last changed.")  # noqa: N815 - as above
    title = strawberry.enum_value("title", description="By its characters, letter case aside.")
    partsCount = strawberry.enum_value("partsCount", description="What has none counts as 0.")  # noqa: N815 - as above
    releaseYear = strawberry.enum_value("releaseYear", description="What has none counts as 0.")  # noqa: N815 - as above


@strawberry.enum(description="Smallest first or largest first.")
class SortDirection(enum.Enum):
    """Directions of a sort."""

    asc = strawberry.enum_value("asc", description="Smallest, oldest or A first.")
    desc = strawberry.enum_value("desc", description="Largest, newest or Z first.")


@strawberry.input(description="How to sort a list of MOCs; the newest first by default.")
class MocSort:
    """An order, ties broken by id."""

    field: MocSortField = strawberry.field(
        default=MocSortField.createdAt, description="What to sort by; equals are sorted by id."
    )
    direction: SortDirection = strawberry.field(
        default=SortDirection.desc,
        description="Descending by default, whatever the field: `{field: title}` alone goes from Z to A.",
    )


@strawberry.type
class MocImage:
    """A picture of a MOC: an image file of its own, or a gallery image linked to it."""

    id: strawberry.ID = strawberry.field(description="Id of the file, or of the link.")
    gallery_image_id: strawberry.ID | None = strawberry.field(
        description="The gallery image; null for a file of the MOC's own."
    )
    url: str = strawberry.field(description=words.FETCHED)
    thumbnail_url: str | None = strawberry.field(
        description="A smaller one of a linked gallery image; null for a file of the MOC's own."
    )
    alt: str = strawberry.field(description="The file's name, or the gallery image's title.")
    caption: str = strawberry.field(description="The file's name, or the gallery image's description, else its title.")


def _children(name: str, batch: Callable[..., Any], description: str) -> Any:
    """A field of what the parent's row brought along, else of a batch for all parents of this moment."""

    def resolve(root: Parent, info: Info) -> Any:
        return root[name] if name in root else info.context.load(batch, root["id"])

    # The metadata spare a compiled operation the call, where the row has brought it (gateway/compiled/).
    return strawberry.field(resolver=resolve, description=description, metadata={"compiled.brings": name})


@strawberry.type
class Moc:
    """Instructions for a build: a builder's own creation (MOC), or a set."""

    id: strawberry.ID
    user_id: strawberry.ID = strawberry.field(description=words.OWNER)
    type: MocType = strawberry.field(description="What it was created as; it cannot change.")
    title: str = strawberry.field(description="Unique among the MOCs and sets of its user.")
    description: str | None
    author: str | None = strawberry.field(description="A MOC's designer; null for sets.")
    parts_count: int | None = strawberry.field(description="Pieces of a MOC, as its user says; null for sets.")
    theme: str | None
    subtheme: str | None
    uploaded_date: datetime | None = strawberry.field(
        description="A date that its user gives it, apart from createdAt."
    )
    brand: str | None = strawberry.field(description="A set's maker, such as LEGO; null for MOCs.")
    set_number: str | None = strawberry.field(description="The maker's number of a set, such as 10294.")
    release_year: int | None = strawberry.field(description="Year in which a set came out; null for MOCs.")
    retired: bool | None = strawberry.field(description="Whether a set is sold no more; null for MOCs.")
    tags: list[str] | None = strawberry.field(description=words.TAGS)
    thumbnail_url: str | None = strawberry.field(
        description="Where to fetch the thumbnail that was added last; null without one, or once it is deleted."
    )
    total_piece_count: int | None = strawberry.field(
        description="Pieces counted from the newest parts list that has parts; null where none was counted."
    )
    created_at: datetime = strawberry.field(description=words.CREATED)
    updated_at: datetime = strawberry.field(description=words.VERSION)
    files: list[MocFile] = _children("files", files_of_mocs, "Oldest first.")
    images: list[MocImage] = _children("images", images_of_mocs, "Its image files, then linked gallery images.")
    parts_lists: list[MocPartsList] = _children("parts_lists", parts_lists_of_mocs, "Newest first.")
    gallery_images: list[LinkedImage] = _children(
        "gallery_images", linked_images_of_mocs, "Linked gallery images, oldest first."
    )
    albums: list[LinkedAlbum] = _children("albums", albums_of_mocs, "Linked gallery albums, oldest first.")


@strawberry.type
class MocPage:
    """One page of a list of MOCs."""

    items: list[Moc] = strawberry.field(description=words.ITEMS)
    total: int = strawberry.field(description=words.TOTAL)
    page: int = strawberry.field(description=words.PAGE)
    limit: int = strawberry.field(description=words.LIMIT)
    has_more: bool = strawberry.field(description=words.HAS_MORE)
    next_cursor: str | None = strawberry.field(description=words.NEXT_CURSOR)


@strawberry.type
class MocSearch:
    """One slice of the answer to a search."""

    items: list[Moc] = strawberry.field(description="Best match first; the newest first without a query.")
    total: int = strawberry.field(description=words.TOTAL)
    source: str = strawberry.field(description=words.SOURCE)
    message: str = strawberry.field(description=words.FOUND)


def _moc(root: Parent, info: Info) -> Awaitable[Any]:
    return own_moc(info, root["moc_id"])


def _gallery_image(root: Parent, info: Info) -> Awaitable[Any]:
    return own(info, images_by_owner, root["gallery_image_id"], "gallery image")


def _gallery_album(root: Parent, info: Info) -> Awaitable[Any]:
    return own(info, albums_by_owner, root["gallery_album_id"], "album")


@strawberry.type
class MocImageLink:
    """The link between a MOC and a gallery image."""

    id: strawberry.ID = strawberry.field(description="Id of the link, as a linked image shows it.")
    moc_id: strawberry.ID
    gallery_image_id: strawberry.ID
    moc: Moc = strawberry.field(resolver=_moc, description="The MOC, which shows the image now.")
    gallery_image: GalleryImage = strawberry.field(
        resolver=_gallery_image, description="The image itself, as the gallery has it."
    )


@strawberry.type
class MocAlbumLink:
    """The link between a MOC and a gallery album."""

    id: strawberry.ID = strawberry.field(description="Id of the link, as a linked album shows it.")
    moc_id: strawberry.ID
    gallery_album_id: strawberry.ID
    moc: Moc = strawberry.field(resolver=_moc, description="The MOC, which shows the album now.")
    gallery_album: GalleryAlbum = strawberry.field(
        resolver=_gallery_album, description="The album itself, as the gallery has it."
    )


def _moc_id_before(root: Parent) -> str | None:
    """The mutations of whatever belongs to no MOC do not speak of one."""
    return root.get("moc_id")  # type: ignore[no-any-return] # a mapping holds anything


def _moc_before(root: Parent, info: Info) -> Awaitable[Any] | None:
    moc_id = _moc_id_before(root)
    return info.context.load(mocs_by_owner, (moc_id, info.context.user_id)) if moc_id else None


@strawberry.type
class Deleted:
    """What was removed."""

    id: strawberry.ID = strawberry.field(
        description="Of what was removed: of the link where a link was, of the user where an avatar was."
    )
    message: str = strawberry.field(description="A sentence for people.")
    moc_id: strawberry.ID | None = strawberry.field(
        resolver=_moc_id_before,
        description="The MOC that a file, a parts list, or a linked image or album was taken from; null for all else.",
    )
    moc: Moc | None = strawberry.field(
        resolver=_moc_before, description="That MOC, as it is without what was removed; null where mocId is."
    )


@strawberry.input(description="A new MOC (author and partsCount required) or set (brand and setNumber required).")
class CreateMocInput:
    """Limits are those of contract section 3."""

    title: str = strawberry.field(description="1 to 255 characters, unique among your MOCs.")
    type: MocType = strawberry.field(description="It cannot change afterwards.")
    description: str | None = strawberry.field(default=None, description=words.DESCRIPTION)
    author: str | None = strawberry.field(
        default=None, description="A MOC's designer, at most 255 characters; not for sets."
    )
    parts_count: int | None = strawberry.field(default=None, description="1 to 2147483647; not for sets.")
    theme: str | None = strawberry.field(default=None, description="At most 255 characters.")
    subtheme: str | None = strawberry.field(default=None, description="At most 255 characters.")
    uploaded_date: datetime | None = strawberry.field(
        default=None, description="A date of your own, apart from createdAt."
    )
    brand: str | None = strawberry.field(
        default=None, description="A set's maker, at most 255 characters; not for MOCs."
    )
    set_number: str | None = strawberry.field(default=None, description="The maker's number, at most 255 characters.")
    release_year: int | None = strawberry.field(default=None, description="1950 to next year; not for MOCs.")
    retired: bool | None = strawberry.field(default=None, description="Whether a set is sold no more; not for MOCs.")
    tags: list[str] | None = strawberry.field(default=None, description=words.TAGS)


@strawberry.input(
    description="A new MOC (author required) or set (brand required) with its files: uploads of kinds instruction, parts-list, and for "
    "images thumbnail first, then gallery-image. A MOC without uploadedDate has the present moment, a set without retired is not."
)
class CreateMocWithFilesInput(CreateMocInput):
    """Limits are those of contract sections 2 and 3."""

    instructions_file: list[strawberry.ID] | None = strawberry.field(
        default=None, description="1 to 10 uploads of kind instruction; none where `uploadIds` has them."
    )
    parts_lists: list[strawberry.ID] | None = strawberry.field(
        default=None, description="At most 10 uploads of kind parts-list; their parts are not read."
    )
    images: list[strawberry.ID] | None = strawberry.field(
        default=None,
        description="At most 3 uploads; the first, of kind thumbnail, becomes the thumbnail, the others are of kind gallery-image.",
    )
    upload_ids: list[strawberry.ID] | None = strawberry.field(
        default=None,
        description="Uploads that go where their kinds say, beside those of the fields above: instruction, parts-list, thumbnail or "
        "gallery-image. The first image, or the first of kind thumbnail, becomes the thumbnail.",
    )


@strawberry.input(description="Changes to a MOC: what is left out stays as it is, null clears.")
class UpdateMocInput:
    """Limits are those of contract section 3."""

    title: str | None = strawberry.field(
        default=UNSET, description="1 to 255 characters, unique among your MOCs; cannot be cleared."
    )
    type: MocType | None = strawberry.field(
        default=UNSET, description="Cannot change: VALIDATION_ERROR for any but the one it has."
    )
    description: str | None = strawberry.field(default=UNSET, description=words.DESCRIPTION)
    author: str | None = strawberry.field(
        default=UNSET, description="A MOC's designer, at most 255 characters; not for sets, and cannot be cleared."
    )
    parts_count: int | None = strawberry.field(
        default=UNSET, description="1 to 2147483647; not for sets, and cannot be cleared."
    )
    theme: str | None = strawberry.field(default=UNSET, description="At most 255 characters.")
    subtheme: str | None = strawberry.field(default=UNSET, description="At most 255 characters.")
    uploaded_date: datetime | None = strawberry.field(
        default=UNSET, description="A date of your own, apart from createdAt."
    )
    brand: str | None = strawberry.field(
        default=UNSET, description="A set's maker, at most 255 characters; not for MOCs, and cannot be cleared."
    )
    set_number: str | None = strawberry.field(
        default=UNSET, description="The maker's number, at most 255 characters; of a set it cannot be cleared."
    )
    release_year: int | None = strawberry.field(default=UNSET, description="1950 to next year; not for MOCs.")
    retired: bool | None = strawberry.field(default=UNSET, description="Whether a set is sold no more; not for MOCs.")
    tags: list[str] | None = strawberry.field(default=UNSET, description=words.TAGS)
