"""Writing parts lists (contract section 2). One transaction each, committed at its end."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import strawberry

from resolvers.context import Info
from resolvers.errors import NotFound
from resolvers.files import store as files
from resolvers.mocs import store as mocs
from resolvers.mocs.types import Deleted
from resolvers.parts import rules, store
from resolvers.parts.types import CreatePartsListInput, MocPartsList, UpdatePartsListInput, UpdatePartsListStatusInput
from resolvers.permissions import known, owned, signed_in
from resolvers.versions import current

if TYPE_CHECKING:
    from asyncpg import Record

    from db.engine import Session
    from resolvers.context import Caller


@strawberry.type
class PartsListMutations:
    """The root fields that change parts lists."""

    @strawberry.mutation(description="Add a parts list to one of your MOCs.")
    async def create_parts_list(
        self,
        info: Info,
        moc_id: strawberry.ID,
        input: CreatePartsListInput,  # noqa: A002 - the argument's name in the schema
    ) -> MocPartsList:
        """See the description."""
        caller = signed_in(info)
        async with info.context.database.transaction() as transaction:
            moc = owned(await mocs.locked(transaction, known(moc_id, "MOC")), caller, "MOC")
            values = rules.columns(vars(input))
            await _check_file(transaction, moc["id"], values, caller)
            return await store.insert_list(transaction, moc["id"], values)  # type: ignore[return-value] # a row stands for its type

    @strawberry.mutation(
        description="Change a parts list. With `expectedUpdatedAt`, only if that is its version: PRECONDITION_FAILED otherwise."
    )
    async def update_parts_list(
        self,
        info: Info,
        moc_id: strawberry.ID,
        id: strawberry.ID,  # noqa: A002 - the argument's name in the schema
        input: UpdatePartsListInput,  # noqa: A002 - as above
        expected_updated_at: datetime | None = None,
    ) -> MocPartsList:
        """See the description."""
        return await _update(info, moc_id, id, vars(input), expected_updated_at)  # type: ignore[return-value] # as above

    @strawberry.mutation(
        description="Tell how far you have got with a parts list. `expectedUpdatedAt` as for updatePartsList."
    )
    async def update_parts_list_status(
        self,
        info: Info,
        moc_id: strawberry.ID,
        id: strawberry.ID,  # noqa: A002 - the argument's name in the schema
        input: UpdatePartsListStatusInput,  # noqa: A002 - as above
        expected_updated_at: datetime | None = None,
    ) -> MocPartsList:
        """See the description."""
        return await _update(info, moc_id, id, vars(input), expected_updated_at)  # type: ignore[return-value] # as above

    @strawberry.mutation(description="Delete a parts list with its parts; the file that it came from stays.")
    async def delete_parts_list(
        self,
        info: Info,
        moc_id: strawberry.ID,
        id: strawberry.ID,  # noqa: A002 - the argument's name in the schema
        expected_updated_at: datetime | None = None,
    ) -> Deleted:
        """See the description."""
        caller = signed_in(info)
        async with info.context.database.transaction() as transaction:
            found = await _lock(transaction, moc_id, id, caller, expected_updated_at)
            await store.delete_list(transaction, found["id"])
        return {"id": found["id"], "message": "Parts list deleted successfully"}  # type: ignore[return-value] # a mapping stands for it


async def _update(
    info: Info, moc_id: str, identifier: str, values: dict[str, Any], expected: datetime | None
) -> Record | None:
    caller = signed_in(info)
    given = {name: value for name, value in values.items() if value is not strawberry.UNSET}
    async with info.context.database.transaction() as transaction:
        found = await _lock(transaction, moc_id, identifier, caller, expected)
        columns = rules.columns(given)
        await _check_file(transaction, found["moc_id"], columns, caller)
        return await store.update_list(transaction, found["id"], columns)


async def _lock(session: Session, moc_id: str, identifier: str, caller: Caller, expected: datetime | None) -> Any:
    """The list of the caller's MOC in the version that was expected, held until the transaction ends."""
    moc = owned(await mocs.locked(session, known(moc_id, "MOC")), caller, "MOC")
    found = await store.locked(session, moc["id"], known(identifier, "parts list"))
    if found is None:
        raise NotFound("Parts list not found")
    current(found["updated_at"], expected, "parts list")
    return found


async def _check_file(session: Session, moc_id: str, values: dict[str, Any], caller: Caller) -> None:
    """Accept a file of this MOC alone: unknown is NOT_FOUND, another user's FORBIDDEN (contract section 7)."""
    if values.get("file_id") is None:
        return
    file = owned(await files.owner(session, values["file_id"]), caller, "file")
    if file["moc_id"] != moc_id:
        raise NotFound("File not found: it belongs to another of your MOCs")
