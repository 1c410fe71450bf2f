"""A root field that fails is null, and the others keep what they have (docs/decisions/0032)."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import pytest

from gateway.compiling import SEEN

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

# Runs before the one that is looked at, and whether that one is compiled.
WAYS = pytest.mark.parametrize(("before", "compiled"), [(0, False), (SEEN, True)], ids=["interpreted", "compiled"])
RUN = "gateway.compiled.operation.execute"


def named(document: str) -> str:
    """The document, under a name that no run of it has had."""
    return document.replace("Once", f"Once{uuid.uuid4().hex}")


async def send(client: httpx.AsyncClient, document: str, title: str, key: str) -> httpx.Response:
    call = {"query": document, "variables": {"title": title}}
    answer = await client.post("/graphql", json=call, headers={"Idempotency-Key": key})
    assert answer.status_code == 200, answer.text
    return answer


def failed(answer: Any) -> list[tuple[list[str | int], str]]:
    return [(error["path"], error["extensions"]["code"]) for error in answer["errors"]]


CHANGES = """mutation Once($title: String!) {
  refused: createAlbum(input: {title: ""}) { id }
  album: createAlbum(input: {title: $title}) { title }
  again: createWishlistItem(input: {title: ""}) { id }
}"""


@WAYS
async def test_a_mutation_tells_what_was_done_beside_what_failed_and_tells_it_again(
    alice: httpx.AsyncClient, calls: Callable[[], Any], before: int, compiled: bool
) -> None:
    document = named(CHANGES)
    for number in range(before):
        await send(alice, document, f"Before {number}", str(uuid.uuid4()))
    key = str(uuid.uuid4())
    with calls() as counted:
        answer = await send(alice, document, "Castles", key)
    assert (RUN in counted) is compiled
    assert answer.json()["data"] == {"refused": None, "album": {"title": "Castles"}, "again": None}
    assert failed(answer.json()) == [(["refused"], "VALIDATION_ERROR"), (["again"], "VALIDATION_ERROR")]

    replayed = await send(alice, document, "Castles", key)
    assert (replayed.headers["idempotent-replayed"], replayed.content) == ("true", answer.content)
    albums = (await alice.get("/api/albums")).json()["data"]
    assert [album["title"] for album in albums] == ["Castles", *(f"Before {n}" for n in reversed(range(before)))]


PANELS = """query Once {
  mocs { items { title } }
  wishlist(limit: 0) { total }
  moc(id: "nope") { title }
}"""


@WAYS
async def test_a_query_keeps_the_roots_that_have_not_failed(
    alice: httpx.AsyncClient, create: Callable[..., Any], calls: Callable[[], Any], before: int, compiled: bool
) -> None:
    await create(title="Windmill")
    document = named(PANELS)
    for _ in range(before):
        await alice.post("/graphql", json={"query": document})
    with calls() as counted:
        answer = (await alice.post("/graphql", json={"query": document})).json()
    assert (RUN in counted) is compiled
    assert answer["data"] == {"mocs": {"items": [{"title": "Windmill"}]}, "wishlist": None, "moc": None}
    assert sorted(failed(answer)) == [(["moc"], "NOT_FOUND"), (["wishlist"], "VALIDATION_ERROR")]
