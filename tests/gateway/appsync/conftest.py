"""AppSync in front of the application of the tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from gateway.appsync import AppSync
from tests.gateway.appsync.service import Service, identity_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastapi import FastAPI

    from gateway.dev.aws import Aws
    from settings import Settings


@pytest.fixture
def appsync_of(app: FastAPI, aws: Aws, settings: Settings) -> Callable[..., Service]:
    """`appsync_of("alice")`: AppSync, asked by her."""
    door = AppSync(app.state.gateway)

    def make(user: str | None, **options: Any) -> Service:
        identity = identity_of(aws.users[user].sub, settings.issuer) if user else None
        return Service(door.serve, identity, **options)

    return make
