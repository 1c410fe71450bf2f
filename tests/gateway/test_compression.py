"""Bodies that are sent packed. The client unpacks them by itself: what it was sent is told by `Content-Length`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from gateway.compression import SMALLEST

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

BIG, SMALL = "many bricks " * 150, "few bricks"


@pytest.mark.parametrize("graph", [False, True], ids=["REST", "GraphQL"])
async def test_a_large_body_is_packed_for_who_can_unpack_it(
    alice: httpx.AsyncClient, create: Callable[..., Any], graph: bool
) -> None:
    moc = await create(description=BIG)
    query = {"query": f'{{ moc(id: "{moc["id"]}") {{ id description }} }}'}
    answers = []
    for encoding in ("identity", "gzip, deflate, br"):
        headers = {"accept-encoding": encoding}
        answers.append(
            await alice.post("/graphql", json=query, headers=headers)
            if graph
            else await alice.get(f"/api/mocs/{moc['id']}", headers=headers)
        )
    plain, packed = answers
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) < int(plain.headers["content-length"]) / 2
    assert packed.content[:-40] == plain.content[:-40], "the same, but for the time in the envelope"
    for answer in answers:
        assert "accept-encoding" in answer.headers["vary"].lower()


async def test_a_small_one_is_not(alice: httpx.AsyncClient, create: Callable[..., Any]) -> None:
    moc = await create(description=SMALL)
    answer = await alice.get(f"/api/mocs/{moc['id']}", headers={"accept-encoding": "gzip"})
    assert int(answer.headers["content-length"]) == len(answer.content) < SMALLEST
    assert "content-encoding" not in answer.headers


async def test_a_tag_holds_however_the_body_was_sent(alice: httpx.AsyncClient, create: Callable[..., Any]) -> None:
    path = f"/api/mocs/{(await create(description=BIG))['id']}"
    packed = await alice.get(path, headers={"accept-encoding": "gzip"})
    plain = await alice.get(path, headers={"accept-encoding": "identity"})
    assert packed.headers["etag"] == plain.headers["etag"]
    answer = await alice.get(path, headers={"accept-encoding": "gzip", "if-none-match": plain.headers["etag"]})
    assert (answer.status_code, answer.content) == (304, b"")
