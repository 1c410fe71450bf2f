"""Writing parts lists (contract section 2, PRD 4.6). One transaction each, committed at its end."""

import asyncio
import uuid
from datetime import datetime
from functools import partial
from typing import Annotated, Any

import strawberry
from asyncpg import Record

from db.engine import Session
from resolvers.arguments import CHANGES, NEW, ExpectedUpdatedAt, MocId, PartsListId, upload
from resolvers.context import Caller, Context, Info
from resolvers.errors import NotFound
from resolvers.files import rules as file_rules
from resolvers.files import store as files
from resolvers.inputs import changes, sent
from resolvers.mocs import store as mocs
from resolvers.mocs.types import Deleted
from resolvers.objects import stored
from resolvers.parts import rules, store
from resolvers.parts.types import (
    CreatePartsListInput,
    MocPartsList,
    PartsListUpload,
    UpdatePartsListInput,
    UpdatePartsListStatusInput,
)
from resolvers.permissions import known, owned, signed_in
from resolvers.uploads import loaders as uploads
from resolvers.uploads.loaders import Incoming
from resolvers.versions import current
from services import keys
from services.partslists.files import parsed
from services.partslists.parts import Fault, ParsedList, PartsListError

_KIND = "parts-list"


@strawberry.type
class PartsListMutations:
    """The root fields that change parts lists."""

    @strawberry.mutation(description="Add a parts list to one of your MOCs.")
    async def create_parts_list(
        self,
        info: Info,
        moc_id: MocId,
        input: Annotated[CreatePartsListInput, NEW],  # noqa: A002 - the argument's name in the schema
    ) -> MocPartsList | None:
        """See the description."""
        caller = signed_in(info)
        async with info.context.transaction() as transaction:
            moc = owned(await mocs.locked(transaction, known(moc_id, "MOC")), caller, "MOC")
            values = rules.columns(vars(input))
            await _check_file(transaction, moc["id"], values, caller)
            return await store.insert_list(transaction, moc["id"], values)  # type: ignore[return-value] # a row stands for its type

    @strawberry.mutation(
        description="Make a parts list of one of your MOCs out of an upload: CSV, XML, JSON or plain text of at most 10,000 rows. The "
        "file is kept, and the MOC counts the pieces of this list from now on. PARSING_FAILED for what cannot be read so, a PDF for "
        "one; then nothing changes."
    )
    async def upload_parts_list(
        self, info: Info, moc_id: MocId, upload_id: Annotated[strawberry.ID, upload(_KIND)]
    ) -> PartsListUpload | None:
        """See the description; PARSING_FAILED for a file that is no parts list, which changes nothing."""
        caller, context = signed_in(info), info.context
        moc = owned(await files.moc(context.database, known(moc_id, "MOC")), caller, "MOC")
        incoming, found = await _read(context, caller, upload_id)
        file_id = str(uuid.uuid4())
        key = keys.of_file(caller.id, moc["id"], file_id, incoming.type.extension)
        file = files.NewFile(
            file_id, _KIND, context.services.storage.location(key), incoming.filename, incoming.type.mime_type
        )
        async with stored(context, {key: (incoming.content, incoming.type.mime_type)}) as transaction:
            owned(
                await mocs.locked(transaction, moc["id"]), caller, "MOC"
            )  # before the upload, as where files are added
            await uploads.consume(transaction, incoming)
            inserted = await files.insert_files(transaction, moc["id"], [file])
            if not inserted:
                raise file_rules.repeated(incoming.filename)
            values = {**rules.out_of_file(found, incoming.filename), "file_id": file_id}
            made: Any = await store.insert_list(transaction, moc["id"], values)
            await store.insert_parts(transaction, made["id"], found.parts)
            changed = await mocs.update_moc(transaction, moc["id"], {"total_piece_count": found.total})
        return {  # type: ignore[return-value] # a mapping stands for its type
            "total_parts": found.total,
            "parts_list_id": made["id"],
            "file": inserted[0],
            "parts_list": made,
            "parsing": {
                "total_piece_count": found.total,
                "unique_parts": found.unique,
                "format": found.format,
                "success": True,
            },
            "moc": changed,
        }

    @strawberry.mutation(
        description="Change a parts list. With `expectedUpdatedAt`, only if that is its version: PRECONDITION_FAILED otherwise."
    )
    async def update_parts_list(
        self,
        info: Info,
        moc_id: MocId,
        id: PartsListId,  # noqa: A002 - the argument's name in the schema
        input: Annotated[UpdatePartsListInput, CHANGES],  # noqa: A002 - as above
        expected_updated_at: ExpectedUpdatedAt = None,
    ) -> MocPartsList | None:
        """See the description."""
        return await _update(info, moc_id, id, sent(input), expected_updated_at)  # type: ignore[return-value] # as above

    @strawberry.mutation(
        description="Tell how far you have got with a parts list. `expectedUpdatedAt` as for updatePartsList."
    )
    async def update_parts_list_status(
        self,
        info: Info,
        moc_id: MocId,
        id: PartsListId,  # noqa: A002 - the argument's name in the schema
        input: Annotated[UpdatePartsListStatusInput, CHANGES],  # noqa: A002 - as above
        expected_updated_at: ExpectedUpdatedAt = None,
    ) -> MocPartsList | None:
        """See the description."""
        return await _update(info, moc_id, id, sent(input), expected_updated_at)  # type: ignore[return-value] # as above

    @strawberry.mutation(
        description="Delete a parts list with its parts; the file that it came from stays. A MOC that counted it counts the "
        "newest list that is left."
    )
    async def delete_parts_list(
        self,
        info: Info,
        moc_id: MocId,
        id: PartsListId,  # noqa: A002 - the argument's name in the schema
        expected_updated_at: ExpectedUpdatedAt = None,
    ) -> Deleted | None:
        """See the description."""
        caller = signed_in(info)
        async with info.context.transaction() as transaction:
            moc, found = await _lock(transaction, moc_id, id, caller, expected_updated_at)
            before = await store.pieces(transaction, moc["id"])
            await store.delete_list(transaction, found["id"])
            after = await store.pieces(transaction, moc["id"])
            if after != before == moc["total_piece_count"]:  # the MOC counted this list
                await mocs.update_moc(transaction, moc["id"], {"total_piece_count": after})
        return {"id": found["id"], "message": "Parts list deleted successfully", "moc_id": moc["id"]}  # type: ignore[return-value] # a mapping stands for it


async def _read(context: Context, caller: Caller, upload_id: str) -> tuple[Incoming, ParsedList]:
    """The file of an upload, and what it lists.

    Raises:
        ParsingFailed: it lists nothing that can be read; a form may also bring an empty file.
        FileError: it is of another type, infected, or has a name that no file of a MOC can have.
    """
    file = await uploads.sent(context, caller, upload_id, _KIND)
    if file.upload_id is None and file.content == b"":
        raise rules.refusal(PartsListError(Fault("the file is empty")), file.filename)
    incoming = await uploads.accepted(context, file, _KIND)
    file_rules.named(incoming.filename)
    try:
        found = await asyncio.to_thread(parsed, incoming.content, incoming.type)  # 10 MB take a while
    except PartsListError as error:
        raise rules.refusal(error, incoming.filename) from None
    return incoming, found


async def _update(
    info: Info, moc_id: str, identifier: str, values: dict[str, Any], expected: datetime | None
) -> Record | None:
    caller = signed_in(info)
    async with info.context.transaction() as transaction:
        _, found = await _lock(transaction, moc_id, identifier, caller, expected)
        before = partial(store.detail, transaction, found["moc_id"], found["id"])
        columns = await changes(values, rules.columns, before)
        await _check_file(transaction, found["moc_id"], columns, caller)
        return await store.update_list(transaction, found["id"], columns)


async def _lock(
    session: Session, moc_id: str, identifier: str, caller: Caller, expected: datetime | None
) -> tuple[Any, Any]:
    """The caller's MOC, and its list in the version that was expected; both are held until the transaction ends."""
    moc = owned(await mocs.locked(session, known(moc_id, "MOC")), caller, "MOC")
    found = await store.locked(session, moc["id"], known(identifier, "parts list"))
    if found is None:
        raise NotFound("Parts list not found")
    current(found["updated_at"], expected, "parts list")
    return moc, found


async def _check_file(session: Session, moc_id: str, values: dict[str, Any], caller: Caller) -> None:
    """Accept a file of this MOC alone: unknown is NOT_FOUND, another user's FORBIDDEN (contract section 7)."""
    if values.get("file_id") is None:
        return
    file = owned(await files.owner(session, values["file_id"]), caller, "file")
    if file["moc_id"] != moc_id:
        raise NotFound("File not found: it belongs to another of your MOCs")
