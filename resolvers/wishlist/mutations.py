"""Writing wishlists (PRD 3.6). One transaction each, committed at its end."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import strawberry

from resolvers.context import Info
from resolvers.mocs.types import Deleted
from resolvers.permissions import known, owned, signed_in
from resolvers.versions import current
from resolvers.wishlist import rules, store
from resolvers.wishlist.types import (
    CreateWishlistItemInput,
    UpdateWishlistItemInput,
    WishlistItem,
    WishlistOrder,
    WishlistPositionInput,
)

if TYPE_CHECKING:
    from db.engine import Session
    from resolvers.context import Caller


@strawberry.type
class WishlistMutations:
    """The root fields that change wishlists."""

    @strawberry.mutation(description="Add an item to your wishlist; without `sortOrder` after the highest number.")
    async def create_wishlist_item(self, info: Info, input: CreateWishlistItemInput) -> WishlistItem:  # noqa: A002 - the argument's name in the schema
        """See the description."""
        caller = signed_in(info)
        values = rules.new(vars(input).copy())
        async with info.context.database.transaction() as transaction:
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
        id: strawberry.ID,  # noqa: A002 - the argument's name in the schema
        input: UpdateWishlistItemInput,  # noqa: A002 - as above
        expected_updated_at: datetime | None = None,
    ) -> WishlistItem:
        """See the description."""
        caller = signed_in(info)
        given = {name: value for name, value in vars(input).items() if value is not strawberry.UNSET}
        async with info.context.database.transaction() as transaction:
            item = await _lock(transaction, id, caller, expected_updated_at)
            return await store.update_item(transaction, item["id"], rules.change(given))  # type: ignore[return-value] # as above

    @strawberry.mutation(description="Take an item off your wishlist.")
    async def delete_wishlist_item(
        self,
        info: Info,
        id: strawberry.ID,  # noqa: A002 - the argument's name in the schema
        expected_updated_at: datetime | None = None,
    ) -> Deleted:
        """See the description."""
        caller = signed_in(info)
        async with info.context.database.transaction() as transaction:
            item = await _lock(transaction, id, caller, expected_updated_at)
            await store.delete_item(transaction, item["id"])
        return {"id": item["id"], "message": "Wishlist item deleted successfully"}  # type: ignore[return-value] # a mapping stands for it

    @strawberry.mutation(
        description="Give items positions (`items`), or let them share out the places that they have in this order (`itemIds`), "
        "which numbers the whole list from 1. All of it or, where one id is not yours, nothing."
    )
    async def reorder_wishlist(
        self,
        info: Info,
        items: list[WishlistPositionInput] | None = None,
        item_ids: list[strawberry.ID] | None = None,
    ) -> WishlistOrder:
        """See the description; an item that is in the way of `items` makes room (`rules.arranged`)."""
        caller = signed_in(info)
        ids = rules.named(None if items is None else [item.id for item in items], item_ids)
        async with info.context.database.transaction() as transaction:
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
