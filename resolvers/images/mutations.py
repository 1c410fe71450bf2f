"""Writing images and complaints about them (PRD 3.3). One transaction each, committed at its end."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import strawberry

from resolvers.albums import store as albums
from resolvers.context import Info
from resolvers.errors import Conflict, NotFound
from resolvers.images import rules, store
from resolvers.images.types import GalleryFlag, GalleryImage, UpdateImageInput
from resolvers.mocs.types import Deleted
from resolvers.permissions import is_id, known, owned, signed_in
from resolvers.versions import current

if TYPE_CHECKING:
    from db.engine import Session
    from resolvers.context import Caller


@strawberry.type
class ImageMutations:
    """The root fields that change images."""

    @strawberry.mutation(
        description="Change an image. With `expectedUpdatedAt`, only if that is its version: PRECONDITION_FAILED otherwise."
    )
    async def update_image(
        self,
        info: Info,
        id: strawberry.ID,  # noqa: A002 - the argument's name in the schema
        input: UpdateImageInput,  # noqa: A002 - as above
        expected_updated_at: datetime | None = None,
    ) -> GalleryImage:
        """See the description."""
        caller = signed_in(info)
        given = {name: value for name, value in vars(input).items() if value is not strawberry.UNSET}
        album_id = given.get("album_id")
        async with info.context.database.transaction() as transaction:
            # The album is locked before the image, as by its own deletion: whoever comes second waits, and neither for the other.
            album = await albums.owner(transaction, album_id) if album_id and is_id(album_id) else None
            image = await _lock(transaction, id, caller, expected_updated_at)
            columns = rules.change(given)
            if album_id is not None:
                owned(album, caller, "album")
            return await store.update_image(transaction, image["id"], columns)  # type: ignore[return-value] # a row stands for its type

    @strawberry.mutation(
        description="Delete an image with the complaints about it and its links to MOCs; your albums that show it lose their cover."
    )
    async def delete_image(
        self,
        info: Info,
        id: strawberry.ID,  # noqa: A002 - the argument's name in the schema
        expected_updated_at: datetime | None = None,
    ) -> Deleted:
        """See the description."""
        caller = signed_in(info)
        image_id = known(id, "image")
        async with info.context.database.transaction() as transaction:
            await albums.lock_covered(transaction, caller.id, image_id)  # before the image, as in updateImage
            image = await _lock(transaction, image_id, caller, expected_updated_at)
            await albums.uncover(transaction, caller.id, image["id"])
            await store.delete_image(transaction, image["id"])
        return {"id": image["id"], "message": "Image deleted successfully"}  # type: ignore[return-value] # a mapping stands for its type

    @strawberry.mutation(description="Complain about any user's image, once. CONFLICT the second time.")
    async def flag_image(self, info: Info, image_id: strawberry.ID, reason: str | None = None) -> GalleryFlag:
        """See the description; what the image is stays hidden."""
        caller = signed_in(info)
        rules.flag(image_id, reason)
        async with info.context.database.transaction() as transaction:
            if await store.flag_image(transaction, image_id) is None:
                raise NotFound("Image not found")
            flag = await store.insert_flag(transaction, image_id, caller.id, reason)
            if flag is None:
                raise Conflict("You have already flagged this image")
        return flag  # type: ignore[return-value] # a row stands for its type


async def _lock(session: Session, identifier: str, caller: Caller, expected: datetime | None) -> Any:
    """The caller's image in the version that was expected, held until the transaction ends."""
    image = owned(await store.locked(session, known(identifier, "image")), caller, "image")
    current(image["last_updated_at"], expected, "image")
    return image
