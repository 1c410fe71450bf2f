"""An application whose user pool is asked through one that can be told to fail."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.dev.aws import Aws
    from settings import Settings
    from tests.gateway.pool import Pool


@pytest.fixture
def settings(settings_for: Callable[..., Settings], pool: Pool) -> Settings:
    return settings_for(aws_endpoint_url=pool.url)


@pytest.fixture
def token(pool: Pool, settings_for: Callable[..., Settings], aws: Aws) -> Callable[..., str]:
    """`token("alice")`, or a token of any `sub`."""
    settings = settings_for()

    def sign(user: str) -> str:
        claims: dict[str, Any] = {"sub": aws.users[user].sub if user in aws.users else user, "token_use": "access"}
        claims |= {"iss": settings.issuer, "exp": 4_000_000_000, "client_id": settings.cognito_client_id[0]}
        return pool.sign(claims)

    return sign


@pytest.fixture
def mine(aws: Aws) -> str:
    """The path of alice's profile."""
    return f"/api/users/{aws.users['alice'].sub}"


@pytest.fixture
def theirs(aws: Aws) -> str:
    """The path of bob's profile."""
    return f"/api/users/{aws.users['bob'].sub}"
