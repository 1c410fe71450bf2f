"""The profile of a user (contract section 3). It lives in Cognito; the counts come from the tables."""

from typing import Any

import strawberry
from strawberry import UNSET

from resolvers import words
from resolvers.context import Info
from resolvers.profiles import store

Parent = strawberry.Parent[Any]


@strawberry.type
class ProfileStatistics:
    """How much a user has gathered."""

    mocs: int = strawberry.field(description="MOCs and sets.")
    images: int = strawberry.field(description="Gallery images, those in albums included.")
    albums: int
    wishlist_items: int = strawberry.field(description="Items of the wishlist.")


async def _counts(root: Parent, info: Info) -> Any:
    return await store.counts(info.context.database, root["id"])


@strawberry.type
class UserProfile:
    """A user, as the user pool knows them."""

    id: strawberry.ID = strawberry.field(description="The `sub` of the user's tokens; `userId` of all that is theirs.")
    email: str | None
    name: str | None = strawberry.field(description="As the user has set it; null without one.")
    avatar_url: str | None = strawberry.field(description=f"{words.FETCHED} Null without one.")
    stats: ProfileStatistics = strawberry.field(resolver=_counts, description="How much there is of theirs.")


@strawberry.input(description="Changes to a profile: what is left out stays as it is.")
class UpdateUserInput:
    """What users may change of themselves; the pool's other attributes are not theirs to set (PRD 4.3.1)."""

    name: str | None = strawberry.field(
        default=UNSET, description="1 to 100 letters, digits and spaces; cannot be cleared."
    )
