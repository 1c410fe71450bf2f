"""Changing profiles (PRD 4.3). Nothing of it is in the database, so there is no transaction."""

from __future__ import annotations

import strawberry

from resolvers.context import Info
from resolvers.errors import NotFound
from resolvers.permissions import myself, signed_in
from resolvers.profiles import rules
from resolvers.profiles.queries import read
from resolvers.profiles.types import UpdateUserInput, UserProfile
from services.identity import UnknownUser


@strawberry.type
class ProfileMutations:
    """The root fields that change users."""

    @strawberry.mutation(description="Change your profile; FORBIDDEN for any id but your own.")
    async def update_user(
        self,
        info: Info,
        id: strawberry.ID,  # noqa: A002 - the argument's name in the schema
        input: UpdateUserInput,  # noqa: A002 - as above
    ) -> UserProfile:
        """See the description; NOT_FOUND when the user pool no longer knows you."""
        user_id = myself(id, signed_in(info))
        identity = info.context.services.identity
        profile = await read(identity, user_id)
        changes = rules.change({name: value for name, value in vars(input).items() if value is not strawberry.UNSET})
        if changes:
            try:
                await identity.change(user_id, changes)
            except UnknownUser:
                raise NotFound("User not found: the user pool has just forgotten you") from None
        return {**profile, **changes}  # type: ignore[return-value] # a mapping stands for its type
