"""Files of a MOC (contract section 3)."""

from collections.abc import Awaitable
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from resolvers import words
from resolvers.context import Info
from resolvers.mocs.loaders import own_moc

if TYPE_CHECKING:
    from resolvers.mocs.types import Moc

Parent = strawberry.Parent[Any]


def _moc(root: Parent, info: Info) -> Awaitable[Any]:
    return own_moc(info, root["moc_id"])


@strawberry.type
class MocFile:
    """A file that belongs to a MOC: instructions, a parts list, a picture."""

    id: strawberry.ID
    moc_id: strawberry.ID
    file_type: str = strawberry.field(description="One of instruction, parts-list, thumbnail, gallery-image.")
    file_url: str = strawberry.field(description=words.FETCHED)
    original_filename: str | None = strawberry.field(
        description="As it was called when it was sent; unique among the files of its MOC."
    )
    mime_type: str | None = strawberry.field(description="Its media type, such as application/pdf.")
    created_at: datetime = strawberry.field(description=words.CREATED)


@strawberry.type
class FailedFile:
    """A file that was not taken, and why."""

    filename: str = strawberry.field(description="As it was called when it was sent.")
    code: str = strawberry.field(description="FILE_ERROR, PAYLOAD_TOO_LARGE or CONFLICT.")
    message: str = strawberry.field(description="Why, with what would be right.")


@strawberry.type
class MocFilesResult:
    """What became of several files, each on its own."""

    uploaded: list[MocFile] = strawberry.field(description="In the order in which they were sent.")
    failed: list[FailedFile] = strawberry.field(description="Those that were refused; empty where all were taken.")
    file: MocFile | None = strawberry.field(description="The uploaded file, where it is the only one.")
    moc_id: strawberry.ID
    moc: Annotated["Moc", strawberry.lazy("resolvers.mocs.types")] = strawberry.field(
        resolver=_moc, description="The MOC, which has the uploaded files now."
    )


def _download_url(root: Parent) -> str:
    """The URL as it was signed: signed anew, it would forget the file's name."""
    return str(root["download_url"])


@strawberry.type
class MocFileDownload:
    """Where to fetch a file of a MOC."""

    download_url: str = strawberry.field(resolver=_download_url, description="Browsers save it under the file's name.")
    filename: str = strawberry.field(description="The name that it is saved under; a picture that became WebP ends so.")
    mime_type: str | None = strawberry.field(description="Its media type, such as application/pdf.")
    expires_in: int | None = strawberry.field(
        description="Seconds for which the URL is good; null for one that stays so."
    )
    expires_at: datetime | None = strawberry.field(
        description="Until when the URL is good; null for one that stays so."
    )
