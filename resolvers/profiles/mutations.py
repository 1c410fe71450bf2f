"""Changing profiles (PRD 4.3, 4.4, 4.5). They are kept in the user pool and in the bucket, which know no transactions."""

from typing import Annotated

import strawberry

from resolvers.arguments import CHANGES, UserId, upload
from resolvers.context import Info, Services
from resolvers.errors import NotFound
from resolvers.inputs import sent
from resolvers.mocs.types import Deleted
from resolvers.objects import put
from resolvers.outbox import store as outbox
from resolvers.permissions import myself, signed_in
from resolvers.profiles import rules
from resolvers.profiles.queries import read
from resolvers.profiles.types import UpdateUserInput, UserProfile
from resolvers.uploads import loaders as uploads
from resolvers.uploads.loaders import WEBP
from services import keys, metrics
from services.identity import UnknownUser

_KIND = "avatar"
_ATTRIBUTE = "picture"  # of the user pool: https://openid.net/specs/openid-connect-core-1_0.html#StandardClaims


@strawberry.type
class ProfileMutations:
    """The root fields that change users."""

    @strawberry.mutation(description="Change your profile; FORBIDDEN for any id but your own.")
    async def update_user(
        self,
        info: Info,
        id: UserId,  # noqa: A002 - the argument's name in the schema
        input: Annotated[UpdateUserInput, CHANGES],  # noqa: A002 - as above
    ) -> UserProfile | None:
        """See the description; NOT_FOUND when the user pool no longer knows you."""
        user_id = myself(id, signed_in(info))
        identity = info.context.services.identity
        profile = await read(identity, user_id)
        changes = rules.change(sent(input))
        if changes:
            await _change(info.context.services, user_id, changes)
        return {**profile, **changes}  # type: ignore[return-value] # a mapping stands for its type

    @strawberry.mutation(
        description="Show yourself, out of an upload: the middle of the picture, 256 x 256 pixels, kept as WebP."
    )
    async def set_avatar(
        self,
        info: Info,
        id: UserId,  # noqa: A002 - the argument's name in the schema
        upload_id: Annotated[strawberry.ID, upload(_KIND)],
    ) -> UserProfile | None:
        """See the description; FORBIDDEN for any id but your own."""
        caller, context = signed_in(info), info.context
        user_id = myself(id, caller)
        identity, storage = context.services.identity, context.services.storage
        profile = await read(identity, user_id)
        incoming = await uploads.read(context, caller, upload_id, _KIND)
        (picture,) = await uploads.pictured(incoming, _KIND)
        key = keys.of_avatar(user_id)
        await put(context.services, {key: (picture.content, WEBP)})
        url = storage.replaced(key)
        await _change(context.services, user_id, {_ATTRIBUTE: url})
        # Last, since it tells whoever sends this again that it was done: all before may be done twice.
        async with context.transaction() as transaction:
            await uploads.consume(transaction, incoming)
        metrics.count(metrics.IMAGES_UPLOADED)
        return {**profile, "avatar_url": url}  # type: ignore[return-value] # as above

    @strawberry.mutation(
        description="Show yourself no more; no error if you did not. FORBIDDEN for any id but your own."
    )
    async def remove_avatar(self, info: Info, id: UserId) -> Deleted | None:  # noqa: A002 - the argument's name in the schema
        """See the description."""
        user_id = myself(id, signed_in(info))
        identity, storage = info.context.services.identity, info.context.services.storage
        profile = await read(identity, user_id)
        # At once, not by the outbox: the key is the same for the next avatar, which must not be deleted for this one.
        await storage.delete([keys.of_avatar(user_id)])
        if profile["avatar_url"]:
            await _change(info.context.services, user_id, {_ATTRIBUTE: ""})
        return {"id": user_id, "message": "Avatar removed"}  # type: ignore[return-value] # as above


async def _change(services: Services, user_id: str, attributes: dict[str, str]) -> None:
    """Change attributes of the user pool, and see to it that nobody is shown the old ones."""
    async with services.changing([user_id]) as told:
        try:
            await services.identity.change(user_id, attributes)
        except UnknownUser:
            raise NotFound("User not found: the user pool has just forgotten you") from None
    if not told:
        async with services.transaction([]) as transaction:
            await outbox.expire(transaction, user_id)
