"""Removing files of a MOC (contract section 2). One transaction each, committed at its end."""

from __future__ import annotations

import strawberry

from resolvers.context import Info
from resolvers.errors import NotFound
from resolvers.files import store
from resolvers.mocs import store as mocs
from resolvers.mocs.types import Deleted
from resolvers.permissions import known, owned, signed_in


@strawberry.type
class FileMutations:
    """The root fields that change the files of a MOC."""

    @strawberry.mutation(description="Remove a file from one of your MOCs; the MOC counts as changed.")
    async def delete_moc_file(
        self,
        info: Info,
        moc_id: strawberry.ID,
        id: strawberry.ID,  # noqa: A002 - the argument's name in the schema
    ) -> Deleted:
        """See the description."""
        caller = signed_in(info)
        async with info.context.database.transaction() as transaction:
            moc = owned(await mocs.locked(transaction, known(moc_id, "MOC")), caller, "MOC")
            file = await store.delete_file(transaction, moc["id"], known(id, "file"))
            if file is None:
                raise NotFound("File not found")
            await mocs.update_moc(transaction, moc["id"], {})  # a later version, as the legacy service left it
        return {"id": file["id"], "message": "File deleted successfully"}  # type: ignore[return-value] # a mapping stands for its type
