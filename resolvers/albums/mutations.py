"""Writing albums (PRD 3.4). One transaction each, committed at its end."""

from datetime import datetime
from functools import partial
from typing import Annotated, Any

import strawberry

from db.engine import Session
from resolvers.albums import rules, store
from resolvers.albums.types import CreateAlbumInput, GalleryAlbum, UpdateAlbumInput
from resolvers.arguments import CHANGES, NEW, ExpectedUpdatedAt, Id
from resolvers.context import Caller, Info
from resolvers.images import store as images
from resolvers.inputs import changes, sent
from resolvers.mocs.types import Deleted
from resolvers.permissions import known, owned, signed_in
from resolvers.versions import current


@strawberry.type
class AlbumMutations:
    """The root fields that change albums."""

    @strawberry.mutation(description="Create an album.")
    async def create_album(self, info: Info, input: Annotated[CreateAlbumInput, NEW]) -> GalleryAlbum | None:  # noqa: A002 - the argument's name in the schema
        """See the description."""
        caller = signed_in(info)
        values = rules.columns(vars(input))
        async with info.context.transaction() as transaction:
            await _check_cover(transaction, values, caller)
            return await store.insert_album(transaction, caller.id, values)  # type: ignore[return-value] # a row stands for its type

    @strawberry.mutation(
        description="Change an album. With `expectedUpdatedAt`, only if that is its version: PRECONDITION_FAILED otherwise."
    )
    async def update_album(
        self,
        info: Info,
        id: Id,  # noqa: A002 - the argument's name in the schema
        input: Annotated[UpdateAlbumInput, CHANGES],  # noqa: A002 - as above
        expected_updated_at: ExpectedUpdatedAt = None,
    ) -> GalleryAlbum | None:
        """See the description."""
        caller = signed_in(info)
        given = sent(input)
        async with info.context.transaction() as transaction:
            album = await _lock(transaction, id, caller, expected_updated_at)
            columns = await changes(given, rules.columns, partial(store.detail, transaction, album["id"]))
            # One that was deleted since may stay the cover.
            if columns.get("cover_image_id") != album["cover_image_id"]:
                await _check_cover(transaction, columns, caller)
            return await store.update_album(transaction, album["id"], columns)  # type: ignore[return-value] # as above

    @strawberry.mutation(description="Delete an album with its links to MOCs; its images stay in the gallery.")
    async def delete_album(
        self,
        info: Info,
        id: Id,  # noqa: A002 - the argument's name in the schema
        expected_updated_at: ExpectedUpdatedAt = None,
    ) -> Deleted | None:
        """See the description."""
        caller = signed_in(info)
        owners = {caller.id}
        async with info.context.transaction(owners) as transaction:
            album = await _lock(transaction, id, caller, expected_updated_at)
            owners |= await images.release(transaction, album["id"])
            await store.delete_album(transaction, album["id"])
        return {"id": album["id"], "message": "Album deleted successfully"}  # type: ignore[return-value] # a mapping stands for its type


async def _lock(session: Session, identifier: str, caller: Caller, expected: datetime | None) -> Any:
    """The caller's album in the version that was expected, held until the transaction ends."""
    album = owned(await store.locked(session, known(identifier, "album")), caller, "album")
    current(album["last_updated_at"], expected, "album")
    return album


async def _check_cover(session: Session, values: dict[str, Any], caller: Caller) -> None:
    """Accept a cover that is there and the caller's (contract section 7); it stays there until the transaction ends."""
    if values.get("cover_image_id") is not None:
        owned(await images.owner(session, values["cover_image_id"]), caller, "image")
