"""MOC instructions in GraphQL (contract section 3).

Values of enums are spelled as the fields and data that they name, so that REST, GraphQL and the tables speak of `moc` alike.
"""

import enum
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

import strawberry
from strawberry import UNSET

from resolvers.albums.loaders import albums_of_mocs
from resolvers.albums.types import AlbumFields
from resolvers.context import Info
from resolvers.files.loaders import files_of_mocs
from resolvers.files.types import MocFile
from resolvers.images.loaders import images_of_mocs as linked_images_of_mocs
from resolvers.images.types import ImageFields
from resolvers.mocs.loaders import images_of_mocs
from resolvers.parts.loaders import parts_lists_of_mocs
from resolvers.parts.types import MocPartsList

Parent = strawberry.Parent[Any]


@strawberry.enum(description="Whose design it is: a builder's own creation, or a set that a company sells.")
class MocType(enum.Enum):
    """The two kinds of builds; they require different fields."""

    moc = "moc"
    set = "set"


@strawberry.enum(description="What a list of MOCs can be sorted by.")
class MocSortField(enum.Enum):
    """Columns to sort by; names of fields of Moc."""

    createdAt = "createdAt"  # noqa: N815 - a GraphQL field's name
    updatedAt = "updatedAt"  # noqa: N815 - as above
    title = "title"
    partsCount = "partsCount"  # noqa: N815 - as above
    releaseYear = "releaseYear"  # noqa: N815 - as above


@strawberry.enum(description="Smallest first or largest first.")
class SortDirection(enum.Enum):
    """Directions of a sort."""

    asc = "asc"
    desc = "desc"


@strawberry.input(description="How to sort a list of MOCs; the newest first by default.")
class MocSort:
    """An order, ties broken by id."""

    field: MocSortField = MocSortField.createdAt
    direction: SortDirection = SortDirection.desc


@strawberry.type
class MocImage:
    """A picture of a MOC: an image file of its own, or a gallery image linked to it."""

    id: strawberry.ID = strawberry.field(description="Id of the file, or of the link.")
    gallery_image_id: strawberry.ID | None = strawberry.field(
        description="The gallery image; null for a file of the MOC's own."
    )
    url: str
    thumbnail_url: str | None
    alt: str
    caption: str


@strawberry.type
class LinkedImage(ImageFields):
    """A gallery image in its role as a picture of a MOC."""

    link_id: strawberry.ID


@strawberry.type
class LinkedAlbum(AlbumFields):
    """A gallery album in its role as an album of a MOC."""

    link_id: strawberry.ID


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
    user_id: strawberry.ID
    type: MocType
    title: str
    description: str | None
    author: str | None
    parts_count: int | None
    theme: str | None
    subtheme: str | None
    uploaded_date: datetime | None
    brand: str | None
    set_number: str | None
    release_year: int | None
    retired: bool | None
    tags: list[str] | None
    thumbnail_url: str | None
    total_piece_count: int | None = strawberry.field(description="Pieces counted from the newest parts list.")
    created_at: datetime
    updated_at: datetime = strawberry.field(
        description="The version; send it back as expectedUpdatedAt to update safely."
    )
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

    items: list[Moc]
    total: int = strawberry.field(description="Length of the whole list.")
    page: int
    limit: int
    has_more: bool
    next_cursor: str | None = strawberry.field(
        description="Send it back as `after`; null on the last page and for searches."
    )


@strawberry.type
class MocSearch:
    """One slice of the answer to a search."""

    items: list[Moc]
    total: int
    source: str = strawberry.field(description="Which engine answered: `opensearch` or `database`.")
    message: str


@strawberry.type
class MocImageLink:
    """The link between a MOC and a gallery image."""

    id: strawberry.ID
    moc_id: strawberry.ID
    gallery_image_id: strawberry.ID


@strawberry.type
class MocAlbumLink:
    """The link between a MOC and a gallery album."""

    id: strawberry.ID
    moc_id: strawberry.ID
    gallery_album_id: strawberry.ID


@strawberry.type
class Deleted:
    """What was removed."""

    id: strawberry.ID
    message: str


@strawberry.input(description="A new MOC (author and partsCount required) or set (brand and setNumber required).")
class CreateMocInput:
    """Limits are those of contract section 3."""

    title: str = strawberry.field(description="1 to 255 characters, unique among your MOCs.")
    type: MocType
    description: str | None = strawberry.field(default=None, description="At most 2000 characters.")
    author: str | None = strawberry.field(default=None, description="A MOC's designer; not for sets.")
    parts_count: int | None = strawberry.field(default=None, description="At least 1; not for sets.")
    theme: str | None = None
    subtheme: str | None = None
    uploaded_date: datetime | None = None
    brand: str | None = strawberry.field(default=None, description="A set's maker; not for MOCs.")
    set_number: str | None = None
    release_year: int | None = strawberry.field(default=None, description="1950 to next year; not for MOCs.")
    retired: bool | None = strawberry.field(default=None, description="Not for MOCs.")
    tags: list[str] | None = strawberry.field(default=None, description="At most 20, each of 1 to 50 characters.")


@strawberry.input(
    description="A new MOC (author required) or set (brand required) with its files: uploads of kinds instruction, parts-list, and for "
    "images thumbnail first, then gallery-image."
)
class CreateMocWithFilesInput(CreateMocInput):
    """Limits are those of contract sections 2 and 3."""

    instructions_file: list[strawberry.ID] = strawberry.field(description="1 to 10 uploads.")
    parts_lists: list[strawberry.ID] | None = strawberry.field(default=None, description="At most 10 uploads.")
    images: list[strawberry.ID] | None = strawberry.field(
        default=None, description="At most 3 uploads; the first becomes the thumbnail."
    )


@strawberry.input(description="Changes to a MOC: what is left out stays as it is, null clears.")
class UpdateMocInput:
    """Limits are those of contract section 3."""

    title: str | None = UNSET
    type: Annotated[MocType | None, strawberry.argument(description="Cannot change.")] = UNSET
    description: str | None = UNSET
    author: str | None = UNSET
    parts_count: int | None = UNSET
    theme: str | None = UNSET
    subtheme: str | None = UNSET
    uploaded_date: datetime | None = UNSET
    brand: str | None = UNSET
    set_number: str | None = UNSET
    release_year: int | None = UNSET
    retired: bool | None = UNSET
    tags: list[str] | None = UNSET
