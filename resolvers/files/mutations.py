"""Adding files to a MOC and removing them (PRD 2.7, 4.7; contract section 2)."""

from typing import Annotated

import strawberry

from resolvers.arguments import FileId, MocId
from resolvers.context import Info
from resolvers.errors import NotFound
from resolvers.files import rules, store
from resolvers.files.loaders import judged
from resolvers.files.types import MocFilesResult
from resolvers.mocs import store as mocs
from resolvers.mocs.types import Deleted
from resolvers.objects import abandoned, stored
from resolvers.permissions import known, owned, signed_in
from resolvers.uploads import loaders as uploads
from services.content import MEGABYTE

FileType = Annotated[
    str,
    strawberry.argument(
        description=f"What all of them are: {', '.join(rules.FILE_TYPES[:-1])} or {rules.FILE_TYPES[-1]}. Pictures are kept as WebP."
    ),
]
UploadIds = Annotated[
    list[strawberry.ID],
    strawberry.argument(
        description=f"1 to {rules.MOST} different uploads of yours of the kind that is called like the type, whose files have been sent. "
        f"PAYLOAD_TOO_LARGE beyond {rules.MOST_BYTES // MEGABYTE} MB together; CONFLICT if one was used or has expired."
    ),
]


@strawberry.type
class FileMutations:
    """The root fields that change the files of a MOC."""

    @strawberry.mutation(
        description="Add up to 10 files of one type to one of your MOCs, out of uploads of that kind. Each is taken or refused on its own; "
        "it is an error only if none is taken. The newest thumbnail becomes the MOC's."
    )
    async def add_moc_files(
        self, info: Info, moc_id: MocId, file_type: FileType, upload_ids: UploadIds
    ) -> MocFilesResult | None:
        """See the description; a file whose name the MOC has already is refused."""
        caller = signed_in(info)
        context = info.context
        moc_id = owned(await store.moc(context.database, known(moc_id, "MOC")), caller, "MOC")["id"]
        wanted = rules.wanted(file_type, upload_ids)
        accepted, failures = await judged(context, caller, moc_id, wanted)
        if not accepted:
            raise rules.refusal(failures, wanted)
        async with stored(context, {file.key: file.content for file in accepted}) as transaction:
            owned(await mocs.locked(transaction, moc_id), caller, "MOC")
            rows = await store.insert_files(transaction, moc_id, [file.row for file in accepted])
            taken = {row["id"] for row in rows}
            repeated = [file for file in accepted if file.row.id not in taken]
            failures += [
                rules.Failure(file.place, file.row.original_filename, rules.repeated(file.row.original_filename))
                for file in repeated
            ]
            failures.sort()
            if not rows:
                raise rules.refusal(failures, wanted)
            for file in accepted:
                if file.row.id in taken:
                    await uploads.consume(transaction, file.incoming)
            await abandoned(context.services, transaction, [file.row.file_url for file in repeated])
            shown = {"thumbnail_url": rows[-1]["file_url"]} if file_type == "thumbnail" else {}
            await mocs.update_moc(transaction, moc_id, shown)
        return {  # type: ignore[return-value] # a mapping stands for its type
            "uploaded": rows,
            "failed": [failure.told for failure in failures],
            "file": rows[0] if len(rows) == 1 else None,
            "moc_id": moc_id,
        }

    @strawberry.mutation(description="Remove a file from one of your MOCs; the MOC counts as changed.")
    async def delete_moc_file(
        self,
        info: Info,
        moc_id: MocId,
        id: FileId,  # noqa: A002 - the argument's name in the schema
    ) -> Deleted | None:
        """See the description; a MOC whose thumbnail it was has none then."""
        caller = signed_in(info)
        async with info.context.transaction() as transaction:
            moc = owned(await mocs.locked(transaction, known(moc_id, "MOC")), caller, "MOC")
            file = await store.delete_file(transaction, moc["id"], known(id, "file"))
            if file is None:
                raise NotFound("File not found")
            hidden = {"thumbnail_url": None} if moc["thumbnail_url"] == file["file_url"] else {}
            await mocs.update_moc(transaction, moc["id"], hidden)  # a later version, as the legacy service left it
            await abandoned(info.context.services, transaction, [file["file_url"]])
        return {"id": file["id"], "message": "File deleted successfully", "moc_id": moc["id"]}  # type: ignore[return-value] # a mapping stands for its type
