"""Writing images (PRD 3.2, 3.3). One transaction each, committed at its end."""

import uuid
from datetime import datetime
from functools import partial
from typing import Annotated, Any

import strawberry

from db.engine import Session
from resolvers.albums import store as albums
from resolvers.arguments import CHANGES, NEW, ExpectedUpdatedAt, Id
from resolvers.context import Caller, Info
from resolvers.images import rules, store
from resolvers.images.types import CreateImageInput, GalleryImage, UpdateImageInput
from resolvers.inputs import changes, sent
from resolvers.mocs.types import Deleted
from resolvers.objects import abandoned, stored
from resolvers.permissions import is_id, known, owned, referenced, signed_in
from resolvers.uploads import loaders as uploads
from resolvers.uploads.loaders import WEBP, pictured
from resolvers.versions import current
from services import keys


@strawberry.type
class ImageMutations:
    """The root fields that change images."""

    @strawberry.mutation(
        description="Add an image to your gallery, out of an upload: it is turned upright, fitted into 2048 pixels of width and kept as "
        "WebP without what the camera wrote into it, with a thumbnail of 400."
    )
    async def create_image(self, info: Info, input: Annotated[CreateImageInput, NEW]) -> GalleryImage | None:  # noqa: A002 - the argument's name in the schema
        """See the description."""
        caller = signed_in(info)
        context, given = info.context, vars(input).copy()
        if given["album_id"] is not None:
            owned(await albums.owner(context.database, referenced(given["album_id"], "album_id")), caller, "album")
        incoming = await uploads.read(context, caller, given.pop("upload_id"), "image")
        columns = rules.new(given, incoming.filename)
        made = await pictured(incoming, "image")
        identifier = str(uuid.uuid4())
        places = keys.of_image(caller.id, identifier)
        objects = {key: (picture.content, WEBP) for key, picture in zip(places, made, strict=True)}
        columns["image_url"], columns["thumbnail_url"] = map(context.services.storage.location, places)
        async with stored(context, objects) as transaction:
            await uploads.consume(transaction, incoming)
            if given["album_id"] is not None:  # held from here on, so that the image does not outlive it there
                owned(await albums.owner(transaction, given["album_id"]), caller, "album")
            return await store.insert_image(transaction, identifier, caller.id, columns)  # type: ignore[return-value] # a row stands for its type

    @strawberry.mutation(
        description="Change an image. With `expectedUpdatedAt`, only if that is its version: PRECONDITION_FAILED otherwise."
    )
    async def update_image(
        self,
        info: Info,
        id: Id,  # noqa: A002 - the argument's name in the schema
        input: Annotated[UpdateImageInput, CHANGES],  # noqa: A002 - as above
        expected_updated_at: ExpectedUpdatedAt = None,
    ) -> GalleryImage | None:
        """See the description."""
        caller = signed_in(info)
        given = sent(input)
        album_id = given.get("album_id")
        async with info.context.transaction() as transaction:
            # The album is locked before the image, as by its own deletion: whoever comes second waits, and neither for the other.
            album = await albums.owner(transaction, album_id) if album_id and is_id(album_id) else None
            image = await _lock(transaction, id, caller, expected_updated_at)
            columns = await changes(given, rules.change, partial(store.detail, transaction, image["id"]))
            if album_id is not None:
                owned(album, caller, "album")
            return await store.update_image(transaction, image["id"], columns)  # type: ignore[return-value] # a row stands for its type

    @strawberry.mutation(
        description="Delete an image with the complaints about it and its links to MOCs; your albums that show it lose their cover."
    )
    async def delete_image(
        self,
        info: Info,
        id: Id,  # noqa: A002 - the argument's name in the schema
        expected_updated_at: ExpectedUpdatedAt = None,
    ) -> Deleted | None:
        """See the description."""
        caller = signed_in(info)
        image_id = known(id, "image")
        async with info.context.transaction() as transaction:
            await albums.lock_covered(transaction, caller.id, image_id)  # before the image, as in updateImage
            image = await _lock(transaction, image_id, caller, expected_updated_at)
            await albums.uncover(transaction, caller.id, image["id"])
            await store.delete_image(transaction, image["id"])
            await abandoned(info.context.services, transaction, (image["image_url"], image["thumbnail_url"]))
        return {"id": image["id"], "message": "Image deleted successfully"}  # type: ignore[return-value] # a mapping stands for its type


async def _lock(session: Session, identifier: str, caller: Caller, expected: datetime | None) -> Any:
    """The caller's image in the version that was expected, held until the transaction ends."""
    image = owned(await store.locked(session, known(identifier, "image")), caller, "image")
    current(image["last_updated_at"], expected, "image")
    return image
