"""A client's document tells the same at its door before it is compiled and after, and the same at every door."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from gateway.compiling import SEEN
from tests.gateway.appsync.test_any_document import ROOM, Author
from tests.gateway.tenants.test_tenants import made

if TYPE_CHECKING:
    from collections.abc import Callable

    import asyncpg

    from gateway.dev.aws import Aws
    from settings import Settings
    from tests.gateway.appsync.service import Service


@pytest.fixture
def settings(settings_for: Callable[..., Settings]) -> Settings:
    """Nothing is kept, so that each request is executed; documents made up at random may be large."""
    kept = dict.fromkeys(("cache_list_seconds", "cache_detail_seconds", "cache_search_seconds"), 0)
    return settings_for(**kept, **ROOM)


TIMES = SEEN + 2


@pytest.mark.parametrize("seed", range(5))
async def test_a_document_tells_the_same_at_each_door_before_and_after_it_is_compiled(
    graphql: Callable[..., Any],
    appsync_of: Callable[..., Service],
    database: asyncpg.Connection[asyncpg.Record],
    aws: Aws,
    seed: int,
) -> None:
    own = await made(database, aws, "alice", "one")
    await made(database, aws, "alice", "two")
    known = {"moc": own["moc"], "album": own["album"], "image": own["image"], "limit": 1, "yes": True, "no": False}
    document = Author(1000 + seed).document()
    variables = {name: value for name, value in known.items() if f"${name}" in document}
    answers = [await graphql(document, variables) for _ in range(TIMES)]
    assert answers == [answers[0]] * TIMES
    assert "errors" not in answers[0]
    service = appsync_of("alice", batch=3)
    for _ in range(TIMES):
        result = await service.execute(document, variables)
        assert (result.errors, result.data) == (None, answers[0]["data"])
