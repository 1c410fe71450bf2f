"""Complaining about images (contract section 7). One transaction, committed at its end."""

from typing import Annotated

import strawberry

from resolvers.context import Info
from resolvers.errors import Conflict, NotFound
from resolvers.flags import rules, store
from resolvers.flags.types import GalleryFlag
from resolvers.images import store as images
from resolvers.permissions import signed_in

AnyImageId = Annotated[
    strawberry.ID,
    strawberry.argument(
        description="An image of anybody's, your own included. NOT_FOUND if there is none, VALIDATION_ERROR if it is no UUID."
    ),
]
Reason = Annotated[str | None, strawberry.argument(description="Why, in at most 2000 characters.")]


@strawberry.type
class FlagMutations:
    """The root fields that complain."""

    @strawberry.mutation(description="Complain about any user's image, once. CONFLICT the second time.")
    async def flag_image(self, info: Info, image_id: AnyImageId, reason: Reason = None) -> GalleryFlag | None:
        """See the description; what the image is stays hidden."""
        caller = signed_in(info)
        rules.flag(image_id, reason)
        owner: set[str] = set()
        async with info.context.transaction(owner) as transaction:
            image = await images.flag_image(transaction, image_id)
            if image is None:
                raise NotFound("Image not found")
            owner.add(image["user_id"])
            flag = await store.insert_flag(transaction, image_id, caller.id, reason)
            if flag is None:
                raise Conflict("You have already flagged this image")
        return flag  # type: ignore[return-value] # a row stands for its type
