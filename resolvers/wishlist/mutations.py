"""Writing wishlists (PRD 3.6, 3.7). One transaction each, committed at its end."""

import uuid
from datetime import datetime
from functools import partial
from typing import Annotated, Any

import strawberry

from db.engine import Session
from resolvers.arguments import CHANGES, NEW, ExpectedUpdatedAt, Id, upload
from resolvers.context import Caller, Context, Info
from resolvers.errors import FieldError, Forbidden, ValidationFailed
from resolvers.inputs import changes, sent
from resolvers.mocs.types import Deleted
from resolvers.objects import restored, stored
from resolvers.outbox import store as outbox
from resolvers.permissions import known, owned, signed_in
from resolvers.uploads import loaders as uploads
from resolvers.uploads.loaders import WEBP
from resolvers.versions import current
from resolvers.wishlist import rules, store
from resolvers.wishlist.types import (
    CreateWishlistItemInput,
    UpdateWishlistItemInput,
    WishlistImage,
    WishlistItem,
    WishlistOrder,
    WishlistPositionInput,
)
from services import keys

_KIND = "wishlist-image"
_WAITING = 86_400  # seconds in which an item must take a picture that was uploaded for it

UploadId = Annotated[strawberry.ID, upload(_KIND)]
Positions = Annotated[
    list[WishlistPositionInput] | None,
    strawberry.argument(
        description=f"1 to {rules.MOST_REORDERED} items, none twice, each with a position of its own; another item that has it makes room. "
        "VALIDATION_ERROR together with `itemIds`."
    ),
]
Sequence = Annotated[
    list[strawberry.ID] | None,
    strawberry.argument(
        description=f"1 to {rules.MOST_REORDERED} items, none twice, in the order that they shall have. VALIDATION_ERROR "
        "together with `items`."
    ),
]


@strawberry.type
class WishlistMutations:
    """The root fields that change wishlists."""

    @strawberry.mutation(description="Add an item to your wishlist; without `sortOrder` after the highest number.")
    async def create_wishlist_item(
        self,
        info: Info,
        input: Annotated[CreateWishlistItemInput, NEW],  # noqa: A002 - the argument's name in the schema
    ) -> WishlistItem | None:
        """See the description."""
        caller = signed_in(info)
        values = rules.new(_plain(info.context, caller, vars(input).copy()))
        async with info.context.transaction() as transaction:
            await _take_image(info.context, transaction, caller, values)
            if values["sort_order"] is None:
                held = await store.positions(transaction, caller.id)
                values["sort_order"] = rules.default(held.values())
            return await store.insert_item(transaction, caller.id, values)  # type: ignore[return-value] # a row stands for its type

    @strawberry.mutation(
        description="Change an item. With `expectedUpdatedAt`, only if that is its version: PRECONDITION_FAILED otherwise."
    )
    async def update_wishlist_item(
        self,
        info: Info,
        id: Id,  # noqa: A002 - the argument's name in the schema
        input: Annotated[UpdateWishlistItemInput, CHANGES],  # noqa: A002 - as above
        expected_updated_at: ExpectedUpdatedAt = None,
    ) -> WishlistItem | None:
        """See the description."""
        caller = signed_in(info)
        given = sent(input)
        async with info.context.transaction() as transaction:
            item = await _lock(transaction, id, caller, expected_updated_at)
            before = partial(store.item, transaction, item["id"])
            columns = await changes(_plain(info.context, caller, given), rules.change, before)
            row = await store.update_item(transaction, item["id"], rules.with_size_unknown(columns))
            if "image_url" in columns:
                await _take_image(info.context, transaction, caller, columns)
                await _leave_image(info.context, transaction, caller, item["image_url"])
        return row  # type: ignore[return-value] # as above

    @strawberry.mutation(description="Take an item off your wishlist.")
    async def delete_wishlist_item(
        self,
        info: Info,
        id: Id,  # noqa: A002 - the argument's name in the schema
        expected_updated_at: ExpectedUpdatedAt = None,
    ) -> Deleted | None:
        """See the description."""
        caller = signed_in(info)
        async with info.context.transaction() as transaction:
            item = await _lock(transaction, id, caller, expected_updated_at)
            await store.delete_item(transaction, item["id"])
            await _leave_image(info.context, transaction, caller, item["image_url"])
        return {"id": item["id"], "message": "Wishlist item deleted successfully"}  # type: ignore[return-value] # a mapping stands for it

    @strawberry.mutation(
        description="Give an item a picture, out of an upload: it is fitted into 800 x 800 pixels and kept as WebP."
    )
    async def set_wishlist_item_image(
        self,
        info: Info,
        id: Id,  # noqa: A002 - the argument's name in the schema
        upload_id: UploadId,
    ) -> WishlistItem | None:
        """See the description; the picture before is deleted."""
        caller, context = signed_in(info), info.context
        item_id = known(id, "wishlist item")
        owned(await store.owner(context.database, item_id), caller, "wishlist item")
        incoming = await uploads.read(context, caller, upload_id, _KIND)
        (picture,) = await uploads.pictured(incoming, _KIND)
        key, storage = keys.of_wish(caller.id, item_id), context.services.storage

        async def named(session: Session) -> bool:
            await _lock(session, item_id, caller, None)
            return await store.shows(session, caller.id, storage.location(key))

        async with restored(context, key, (picture.content, WEBP), named) as transaction:
            await uploads.consume(transaction, incoming)
            item = await _lock(transaction, item_id, caller, None)
            columns = {"image_url": storage.replaced(key), "image_width": picture.width, "image_height": picture.height}
            row = await store.update_item(transaction, item["id"], columns)
            await _leave_image(context, transaction, caller, item["image_url"])
        return row  # type: ignore[return-value] # a row stands for its type

    @strawberry.mutation(
        description="Upload a picture for an item that is yet to be made; one that no item takes within a day is deleted."
    )
    async def upload_wishlist_image(self, info: Info, upload_id: UploadId) -> WishlistImage | None:
        """See the description."""
        caller, context = signed_in(info), info.context
        incoming = await uploads.read(context, caller, upload_id, _KIND)
        (picture,) = await uploads.pictured(incoming, _KIND)
        key = keys.of_wish(caller.id, str(uuid.uuid4()))
        async with stored(context, {key: (picture.content, WEBP)}) as transaction:
            await uploads.consume(transaction, incoming)
            await outbox.delete_objects(transaction, [key], seconds=_WAITING)
        return {  # type: ignore[return-value] # a mapping stands for its type
            "image_url": context.services.storage.location(key),
            "image_width": picture.width,
            "image_height": picture.height,
        }

    @strawberry.mutation(
        description="Give items positions (`items`), or let them share out the places that they have in this order (`itemIds`), "
        "which numbers the whole list from 1. All of it or, where one id is not yours, nothing: NOT_FOUND or FORBIDDEN."
    )
    async def reorder_wishlist(
        self,
        info: Info,
        items: Positions = None,
        item_ids: Sequence = None,
    ) -> WishlistOrder | None:
        """See the description; an item that is in the way of `items` makes room (`rules.arranged`)."""
        caller = signed_in(info)
        ids = rules.named(None if items is None else [item.id for item in items], item_ids)
        async with info.context.transaction() as transaction:
            held = await store.positions(transaction, caller.id)
            await _check_owned(transaction, [identifier for identifier in ids if identifier not in held], caller)
            if items is None:
                changes = rules.sequenced(held, ids)
            else:
                asked = [item.sort_order for item in items]
                changes = rules.arranged(held, list(zip(ids, asked, strict=True)))
            if changes:
                await store.move(transaction, changes)
            rows = await store.page(transaction, caller.id, {}, limit=None, offset=0)
        return {"updated": len(changes), "items": rows}  # type: ignore[return-value] # a mapping stands for it


async def _lock(session: Session, identifier: str, caller: Caller, expected: datetime | None) -> Any:
    """The caller's item in the version that was expected, held until the transaction ends."""
    item = owned(await store.locked(session, known(identifier, "wishlist item")), caller, "wishlist item")
    current(item["updated_at"], expected, "wishlist item")
    return item


async def _check_owned(session: Session, strangers: list[str], caller: Caller) -> None:
    """Refuse ids that are not on the caller's wishlist: first those that are on nobody's (contract section 1: 404, then 403)."""
    if strangers:
        owners = await store.owners(session, strangers)
        for identifier in sorted(strangers, key=owners.__contains__):
            owned(owners.get(identifier), caller, f"wishlist item {identifier}")


def _plain(context: Context, caller: Caller, values: dict[str, Any]) -> dict[str, Any]:
    """`values` with the URL of an object as rows keep it.

    Raises:
        ValidationFailed: the object is an upload that nobody has taken.
        Forbidden: it is another user's.
    """
    url = values.get("image_url")
    storage = context.services.storage
    if not url or (key := storage.key(url)) is None:
        return values
    if not keys.is_shown(key):
        raise ValidationFailed(FieldError(("image_url",), "is an upload, which is no picture before it is taken"))
    if keys.owner(key) != caller.id:
        raise Forbidden("This image belongs to another user")
    return {**values, "image_url": storage.plain(url)}


async def _take_image(context: Context, session: Session, caller: Caller, values: dict[str, Any]) -> None:
    """Keep a picture that was uploaded for an item to come."""
    key = context.services.storage.key_of(caller.id, values.get("image_url"))
    if key and keys.is_of_wish(key):
        await outbox.keep(session, key)


async def _leave_image(context: Context, session: Session, caller: Caller, url: str | None) -> None:
    """Have a picture deleted that no item of the caller shows any more; one of the gallery is the gallery's."""
    storage = context.services.storage
    key = storage.key_of(caller.id, url)
    if key and keys.is_of_wish(key) and not await store.shows(session, caller.id, storage.location(key)):
        await outbox.delete_objects(session, [key])
