"""The check that every other test relies on can fail."""

from __future__ import annotations

import httpx
import pytest

from tests.gateway.described import check

REQUEST = httpx.Request("GET", "http://test/api/mocs?limit=1")
PAGE = {
    "success": True,
    "data": [],
    "mocs": [],
    "total": 0,
    "page": 1,
    "limit": 1,
    "timestamp": "2026-01-01T00:00:00.000Z",
}


async def test_an_answer_as_described_passes() -> None:
    await check(httpx.Response(200, json=PAGE, request=REQUEST))
    await check(httpx.Response(304, request=REQUEST))
    await check(httpx.Response(418, request=httpx.Request("GET", "http://test/nothing")))


@pytest.mark.parametrize(
    ("status", "body", "complaint"),
    [
        (418, {}, "which ListMocs does not describe"),
        (200, {**PAGE, "total": "none"}, "total: 'none' is not of type 'integer'"),
        (200, {**PAGE, "data": [{"id": "x"}]}, "data.0: 'title' is a required property"),
        (400, {"success": False}, "'code' is a required property"),
    ],
)
async def test_an_answer_that_is_not_as_described_fails(status: int, body: dict[str, object], complaint: str) -> None:
    with pytest.raises(AssertionError) as failed:
        await check(httpx.Response(status, json=body, request=REQUEST))
    assert complaint in str(failed.value)
