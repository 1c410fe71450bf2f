"""Users, as Cognito knows them (PRD 4.1.4): there is no table of users.

Source: https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminGetUser.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from services.aws import asked, code, transient, unsent
from services.tracing import span

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from services.aws import Aws

_UNKNOWN = "UserNotFoundException"


class UnknownUser(Exception):
    """The pool has no such user."""


class Identity:
    """One user pool.

    Args:
        aws: the clients of this process.
        pool_id: of the pool, such as `us-east-1_Abc123def`.
    """

    def __init__(self, aws: Aws, pool_id: str) -> None:
        self._aws, self._pool_id = aws, pool_id

    async def attributes(self, user_id: str) -> dict[str, str]:
        """The attributes of a user by name: `email`, `name`, `picture`, ...

        Raises:
            UnknownUser: the pool has no such user.
            Unavailable: Cognito gave no answer.
        """
        client = await self._aws.client("cognito-idp")
        with span("cognito", "CognitoIdentityProvider.AdminGetUser", {"rpc.method": "AdminGetUser"}):
            answer = await _asked(
                lambda: client.admin_get_user(UserPoolId=self._pool_id, Username=user_id), transient, user_id
            )
        return {attribute["Name"]: attribute.get("Value", "") for attribute in answer["UserAttributes"]}

    async def change(self, user_id: str, attributes: dict[str, str]) -> None:
        """Set the given attributes of a user; the others stay.

        Raises:
            UnknownUser: the pool has no such user.
            Unavailable: Cognito gave no answer; whether the change was made is not known.
        """
        client = await self._aws.client("cognito-idp")
        named = [{"Name": name, "Value": value} for name, value in attributes.items()]
        told = {"rpc.method": "AdminUpdateUserAttributes"}
        with span("cognito", "CognitoIdentityProvider.AdminUpdateUserAttributes", told):
            await _asked(
                lambda: client.admin_update_user_attributes(
                    UserPoolId=self._pool_id,
                    Username=user_id,
                    UserAttributes=named,
                ),
                unsent,
                user_id,
            )

    async def close(self) -> None:
        """Close the clients."""
        await self._aws.close()


async def _asked(call: Callable[[], Awaitable[Any]], again: Callable[[Exception], bool], user_id: str) -> Any:
    try:
        return await asked("Cognito", call, again)
    except Exception as error:
        if code(error) == _UNKNOWN:
            raise UnknownUser(user_id) from None
        raise
