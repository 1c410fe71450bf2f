"""Writing MOCs and their links (PRD 2.4, 2.5, 2.6). One transaction each, committed at its end, or one statement that is one by itself."""

import uuid
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any

import strawberry
from asyncpg import Record

from db.engine import Session
from db.errors import Duplicate
from resolvers.albums import store as albums
from resolvers.arguments import CHANGES, NEW, ExpectedUpdatedAt, Id, MocId
from resolvers.context import Caller, Info
from resolvers.errors import Conflict, NotFound
from resolvers.files import rules as file_rules
from resolvers.files import store as files
from resolvers.files.loaders import judged
from resolvers.images import store as images
from resolvers.inputs import changes, sent
from resolvers.mocs import rules, store
from resolvers.mocs.types import (
    CreateMocInput,
    CreateMocWithFilesInput,
    Deleted,
    Moc,
    MocAlbumLink,
    MocImageLink,
    UpdateMocInput,
)
from resolvers.objects import abandoned, stored
from resolvers.permissions import known, owned, referenced, signed_in
from resolvers.uploads import loaders as uploads
from resolvers.versions import current
from services import metrics

OwnImageId = Annotated[
    strawberry.ID,
    strawberry.argument(
        description="One of your gallery images. NOT_FOUND if there is none, FORBIDDEN if it is another user's, "
        "VALIDATION_ERROR if it is no UUID."
    ),
]
OwnAlbumId = Annotated[
    strawberry.ID,
    strawberry.argument(
        description="One of your albums. NOT_FOUND if there is none, FORBIDDEN if it is another user's, "
        "VALIDATION_ERROR if it is no UUID."
    ),
]
LinkedImageId = Annotated[
    strawberry.ID,
    strawberry.argument(description="The gallery image, not the link; NOT_FOUND if it is not linked to this MOC."),
]
LinkedAlbumId = Annotated[
    strawberry.ID,
    strawberry.argument(description="The album, not the link; NOT_FOUND if it is not linked to this MOC."),
]


@strawberry.type
class MocMutations:
    """The root fields that change MOCs."""

    @strawberry.mutation(description="Create a MOC or a set. CONFLICT if you have one of that title.")
    async def create_moc(self, info: Info, input: Annotated[CreateMocInput, NEW]) -> Moc | None:  # noqa: A002 - the argument's name in the schema
        """See the description."""
        caller = signed_in(info)
        given = vars(input).copy()
        kind = given.pop("type").name
        values = rules.new(kind, given, _year())
        row = await info.context.change(lambda session: store.insert_moc(session, caller.id, kind, values))
        if row is None:
            raise _taken(input.title)
        metrics.count(metrics.MOCS_CREATED)
        return row  # type: ignore[return-value] # a row stands for its type

    @strawberry.mutation(
        description="Create a MOC or a set with its files: with all of them, or not at all. CONFLICT if you have one of that title."
    )
    async def create_moc_with_files(self, info: Info, input: Annotated[CreateMocWithFilesInput, NEW]) -> Moc | None:  # noqa: A002 - as above
        """See the description."""
        caller, context = signed_in(info), info.context
        given = vars(input).copy()
        kind = given.pop("type").name
        upload_ids = given.pop("upload_ids") or []
        kinds = await uploads.kinds(context, caller, upload_ids, "upload_ids", file_rules.MOST_BROUGHT)
        brought = file_rules.brought(
            {field: given.pop(field) or [] for field in file_rules.COUNTS}, list(zip(upload_ids, kinds, strict=True))
        )
        columns = rules.new_with_files(kind, given, datetime.now(UTC).replace(tzinfo=None))
        if await store.taken(context.database, caller.id, input.title):
            raise _taken(input.title)
        identifier = str(uuid.uuid4())
        accepted, failures = await judged(context, caller, identifier, brought)
        failures += file_rules.twice([(file.place, file.row.original_filename) for file in accepted])
        if failures:
            raise file_rules.refusal(sorted(failures), brought)
        rows = [file.row for file in accepted]
        columns |= {
            "id": identifier,
            "thumbnail_url": next((row.file_url for row in rows if row.file_type == "thumbnail"), None),
        }
        async with stored(context, {file.key: file.content for file in accepted}) as transaction:
            row = await store.insert_moc(transaction, caller.id, kind, columns)
            if row is None:
                raise _taken(input.title)
            for file in accepted:
                await uploads.consume(transaction, file.incoming)
            await files.insert_files(transaction, identifier, rows)
        metrics.count(metrics.MOCS_CREATED)
        return row  # type: ignore[return-value] # a row stands for its type

    @strawberry.mutation(
        description="Change a MOC. With `expectedUpdatedAt`, only if that is its version: PRECONDITION_FAILED otherwise."
    )
    async def update_moc(
        self,
        info: Info,
        id: Id,  # noqa: A002 - the argument's name in the schema
        input: Annotated[UpdateMocInput, CHANGES],  # noqa: A002 - as above
        expected_updated_at: ExpectedUpdatedAt = None,
    ) -> Moc | None:
        """See the description."""
        caller, context = signed_in(info), info.context
        given = sent(input)
        if given.get("type") is not None:
            given["type"] = given["type"].name
        moc = _accepted(await store.head(context.database, known(id, "MOC")), caller, expected_updated_at)
        rule = partial(rules.change, moc["type"], _year())  # its type never changes
        values = await changes(given, rule, partial(store.detail, context.database, moc["id"]))
        version = moc["updated_at"] if expected_updated_at else None
        try:
            row = await context.change(
                lambda session: store.update_moc(session, moc["id"], values, owner=caller.id, version=version)
            )
        except Duplicate:
            raise _taken(given["title"]) from None
        if row is None:  # deleted since, given away or changed: that is told as if it had been read so
            _accepted(await store.head(context.database, moc["id"]), caller, expected_updated_at)
        return row  # type: ignore[return-value] # a row stands for its type

    @strawberry.mutation(
        description="Delete a MOC with its files, parts lists and links; gallery images and albums stay."
    )
    async def delete_moc(
        self,
        info: Info,
        id: Id,  # noqa: A002 - the argument's name in the schema
        expected_updated_at: ExpectedUpdatedAt = None,
    ) -> Deleted | None:
        """See the description."""
        caller, context = signed_in(info), info.context
        async with context.transaction() as transaction:
            moc = await _lock(transaction, id, caller, expected_updated_at)
            urls = [file["file_url"] for file in await files.of_mocs(transaction, [moc["id"]])]
            if rules.is_own(context.services.storage.key(moc["thumbnail_url"]), caller.id, moc["id"]):
                urls.append(moc["thumbnail_url"])  # of no file any more, and of no gallery image, which would stay
            await store.delete_moc(transaction, moc["id"])
            await abandoned(context.services, transaction, set(urls))
        return _deleted(moc["id"], "MOC deleted successfully")

    @strawberry.mutation(description="Show one of your gallery images with a MOC. CONFLICT if it is linked already.")
    async def link_moc_image(self, info: Info, moc_id: MocId, gallery_image_id: OwnImageId) -> MocImageLink | None:
        """See the description."""
        caller = signed_in(info)
        async with info.context.transaction() as transaction:
            moc = await _lock(transaction, moc_id, caller)
            image_id = referenced(gallery_image_id, "gallery_image_id")
            owned(await images.owner(transaction, image_id), caller, "gallery image")
            link = await images.link(transaction, moc["id"], image_id)
        if link is None:
            raise Conflict("This gallery image is already linked to this MOC")
        return link  # type: ignore[return-value] # a row stands for its type

    @strawberry.mutation(description="Take a gallery image off a MOC; the image stays in the gallery.")
    async def unlink_moc_image(self, info: Info, moc_id: MocId, gallery_image_id: LinkedImageId) -> Deleted | None:
        """See the description."""
        caller = signed_in(info)
        async with info.context.transaction() as transaction:
            moc = await _lock(transaction, moc_id, caller)
            link = await images.unlink(transaction, moc["id"], known(gallery_image_id, "gallery image"))
        if link is None:
            raise NotFound("This gallery image is not linked to this MOC")
        return _deleted(link["id"], "Gallery image unlinked successfully", moc["id"])

    @strawberry.mutation(description="Show one of your albums with a MOC. CONFLICT if it is linked already.")
    async def link_moc_album(self, info: Info, moc_id: MocId, album_id: OwnAlbumId) -> MocAlbumLink | None:
        """See the description."""
        caller = signed_in(info)
        async with info.context.transaction() as transaction:
            moc = await _lock(transaction, moc_id, caller)
            known_album = referenced(album_id, "album_id")
            owned(await albums.owner(transaction, known_album), caller, "album")
            link = await albums.link(transaction, moc["id"], known_album)
        if link is None:
            raise Conflict("This album is already linked to this MOC")
        return link  # type: ignore[return-value] # a row stands for its type

    @strawberry.mutation(description="Take an album off a MOC; the album stays in the gallery.")
    async def unlink_moc_album(self, info: Info, moc_id: MocId, album_id: LinkedAlbumId) -> Deleted | None:
        """See the description."""
        caller = signed_in(info)
        async with info.context.transaction() as transaction:
            moc = await _lock(transaction, moc_id, caller)
            link = await albums.unlink(transaction, moc["id"], known(album_id, "album"))
        if link is None:
            raise NotFound("This album is not linked to this MOC")
        return _deleted(link["id"], "Album unlinked successfully", moc["id"])


async def _lock(session: Session, identifier: str, caller: Caller, expected: datetime | None = None) -> Any:
    """The caller's MOC in the version that was expected, held until the transaction ends."""
    return _accepted(await store.locked(session, known(identifier, "MOC")), caller, expected)


def _accepted(row: Record | None, caller: Caller, expected: datetime | None) -> Record:
    """`row`, if it is the caller's MOC in the version that was expected."""
    moc = owned(row, caller, "MOC")
    current(moc["updated_at"], expected, "MOC")
    return moc


def _deleted(identifier: str, message: str, moc_id: str | None = None) -> Deleted:
    return {"id": identifier, "message": message, "moc_id": moc_id}  # type: ignore[return-value] # a mapping stands for its type


def _taken(title: str) -> Conflict:
    return Conflict(f"You already have a MOC titled {title!r}; titles are unique")


def _year() -> int:
    return datetime.now(UTC).year
