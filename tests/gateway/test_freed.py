"""What a request has needed goes with its answer, and waits for no garbage collector: rows of lists are most of what there is."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

import pytest

from gateway.compiling import Compiling
from resolvers.context import Context
from tests.gateway.conftest import MOC, SET

if TYPE_CHECKING:
    import httpx

QUERY = "{ mocs(limit: 3) { items { id title files { id } images { id } } total } }"


@pytest.fixture(params=["compiled", "interpreted"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs each operation in one of the two ways."""
    if request.param == "interpreted":
        monkeypatch.setattr(Compiling, "of", lambda *_: None)


@pytest.mark.usefixtures("way")
async def test_no_request_leaves_its_context_behind(alice: httpx.AsyncClient) -> None:
    created = (await alice.post("/api/mocs", json=MOC)).json()["data"]
    path = f"/api/mocs/{created['id']}"
    requests = [
        ("GET", "/api/images", None),
        ("PATCH", path, {"title": "Watermill"}),
        ("GET", path, None),
        ("POST", "/api/mocs", SET),
        ("POST", "/graphql", {"query": QUERY}),
    ]
    gc.collect()
    gc.disable()
    try:
        for method, url, body in requests:
            assert (await alice.request(method, url, json=body)).is_success
            assert not [one for one in gc.get_objects() if type(one) is Context], f"{method} {url}"
    finally:
        gc.enable()
