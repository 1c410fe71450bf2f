"""Reading profiles (PRD 4.2)."""

import strawberry

from resolvers.arguments import UserId
from resolvers.context import Info
from resolvers.errors import NotFound
from resolvers.permissions import myself, signed_in
from resolvers.profiles.types import UserProfile
from services.identity import Identity, UnknownUser


@strawberry.type
class ProfileQueries:
    """The root fields about users."""

    @strawberry.field(description="Your own profile.")
    async def me(self, info: Info) -> UserProfile | None:
        """See the description."""
        return await read(info.context.services.identity, signed_in(info).id)  # type: ignore[return-value] # a mapping stands for it

    @strawberry.field(description="The profile of a user; FORBIDDEN for any id but your own.")
    async def user(self, info: Info, id: UserId) -> UserProfile | None:  # noqa: A002 - the argument's name in the schema
        """See the description; NOT_FOUND when the user pool no longer knows you."""
        return await read(info.context.services.identity, myself(id, signed_in(info)))  # type: ignore[return-value] # as above


async def read(identity: Identity, user_id: str) -> dict[str, str | None]:
    """The profile that the user pool has of a user.

    Raises:
        NotFound: the pool does not know them.
    """
    try:
        attributes = await identity.attributes(user_id)
    except UnknownUser:
        raise NotFound("User not found: the user pool does not know you any more") from None
    return {
        "id": user_id,
        "email": attributes.get("email"),
        "name": attributes.get("name"),
        "avatar_url": attributes.get("picture") or None,
    }
