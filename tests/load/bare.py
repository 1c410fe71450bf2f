"""The bare endpoint as a service of its own: the floor of `make bench`, for uvicorn."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from tests.bench import floor

if TYPE_CHECKING:
    from starlette.applications import Starlette


def create_app() -> Starlette:
    return floor.create_app(os.environ["DATABASE_URL"], os.environ["REDIS_URL"], os.environ["USER_ID"])
