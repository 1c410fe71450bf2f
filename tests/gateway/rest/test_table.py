"""Every path of the table leads to its own methods, and no other path does."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

import pytest

from gateway.rest import ROUTES

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

METHODS: dict[str, set[str]] = defaultdict(set)
for each in ROUTES:
    METHODS[each.path].update(each.methods, {"OPTIONS"}, {"HEAD"} if "GET" in each.methods else set())


@pytest.fixture
def client(process: Callable[..., httpx.AsyncClient]) -> httpx.AsyncClient:
    return process("", rate_limit_general="1000/1m")


@pytest.mark.parametrize("path", METHODS)
async def test_a_path_allows_what_the_table_has_for_it(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.request("BREW", re.sub(r"\{\w+\}", "x", path))
    assert answer.status_code == 405
    assert set(answer.headers["allow"].split(", ")) == METHODS[path]
    asked = await client.options(re.sub(r"\{\w+\}", "x", path))
    assert (asked.status_code, asked.headers["allow"], asked.content) == (204, answer.headers["allow"], b"")


@pytest.mark.parametrize(
    "path", ["/", "/api", "/api/", "/api/mocsx", "/api/mocs/x/y", "/api/mocs/x/files/y/z", "/api/mocs//files", "/mocs"]
)
async def test_other_paths_are_not_found_by_name(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)
    assert answer.status_code == 404
    assert answer.json()["message"] == f"Not Found - {path.rstrip('/') or '/'}"
