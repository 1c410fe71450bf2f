"""Whatever is wrong with OpenSearch, the same request is answered by PostgreSQL, and right (PRD 2.8.7, 3.8.4)."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from gateway.app import create_app
from services.breaker import Refused, Unreachable
from services.search import Search
from tests.gateway.search.conftest import MOCS, Shelf, all_found

if TYPE_CHECKING:
    from collections.abc import Callable

    from settings import Settings


@pytest.fixture
def engine() -> str:
    """Every test here is about OpenSearch."""
    return "opensearch"


class Cluster:
    """What an operator can do to the indices of a test."""

    def __init__(self, url: str, prefix: str) -> None:
        self._url, self._prefix = url, prefix

    def send(self, method: str, path: str, body: Any = None) -> Any:
        """Send a request; `{}` in the path is the prefix."""
        answer = httpx.request(method, self._url + path.replace("{}", self._prefix), json=body, timeout=30)
        assert answer.is_success, answer.text
        return answer.json()

    def swap(self, action: str) -> None:
        """`add` or `remove` the aliases by which the indices are read."""
        names: list[str] = [
            one["index"] for one in self.send("GET", "/_cat/indices/{}*?format=json&expand_wildcards=all")
        ]
        actions = [{action: {"index": name, "alias": name.rpartition("-")[0]}} for name in names]
        self.send("POST", "/_aliases", {"actions": actions})


@pytest.fixture
def cluster(search_url: str, prefix: str) -> Cluster:
    """See `Cluster`."""
    return Cluster(search_url, prefix)


@pytest.mark.prd("2.2.5")
@pytest.mark.prd("2.8.7")
@pytest.mark.prd("3.8.4")
async def test_without_an_index_the_database_answers_and_nobody_is_left_alone(castles: Shelf, cluster: Cluster) -> None:
    cluster.swap("remove")
    await all_found(castles, "database")
    cluster.swap("add")
    await all_found(castles, "opensearch")


async def test_documents_that_are_nobodys_rows_are_neither_shown_nor_counted(castles: Shelf, cluster: Cluster) -> None:
    for identifier in ("no-id", "00000000-0000-4000-8000-000000000000"):
        document = {"id": identifier, "user_id": castles.aws.users["alice"].sub, "title": "Castle"}
        cluster.send("PUT", f"/{{}}moc_instructions/_doc/{identifier}?refresh=true", document)
    await all_found(castles, "opensearch")


@pytest.mark.prd("2.8.7")
@pytest.mark.prd("3.8.4")
async def test_an_index_that_does_not_understand_the_query_is_no_outage(
    castles: Shelf, cluster: Cluster, search_url: str, prefix: str
) -> None:
    """As one of the legacy service's: without our fields there is nothing to sort by."""
    cluster.swap("remove")
    for name in ("moc_instructions", "gallery_images", "wishlist_items"):
        cluster.send("PUT", f"/legacy-{{}}{name}", {"mappings": {"properties": {"title": {"type": "text"}}}})
        cluster.send(
            "POST", "/_aliases", {"actions": [{"add": {"index": f"legacy-{prefix}{name}", "alias": prefix + name}}]}
        )
    try:
        await all_found(castles, "database")
        with pytest.raises(Refused, match=r"search_phase_execution_exception \(400\)"):
            await asked(search_url, prefix, {"sort": ["updated_at"]})
    finally:
        cluster.send("DELETE", "/legacy-{}*")
    cluster.swap("add")
    await all_found(castles, "opensearch")


async def asked(url: str, prefix: str, query: dict[str, Any]) -> Any:
    """What a client of its own gets."""
    search = Search(url, "us-east-1", prefix)
    try:
        return await search.find("moc_instructions", query)
    finally:
        await search.close()


@pytest.mark.prd("2.8.7")
@pytest.mark.prd("3.8.4")
@pytest.mark.parametrize("how", ["closed", "blocked"])
async def test_an_index_that_may_not_be_read_is_done_without(castles: Shelf, cluster: Cluster, how: str) -> None:
    if how == "closed":
        cluster.send("POST", "/{}*/_close")
    else:
        cluster.send("PUT", "/{}*/_settings", {"index.blocks.read": True})
    await all_found(castles, "database")


@pytest.mark.prd("2.8.7")
@pytest.mark.prd("3.8.4")
async def test_a_red_index_is_done_without(castles: Shelf, cluster: Cluster, search_url: str, prefix: str) -> None:
    cluster.swap("remove")
    alias = {"aliases": {f"{prefix}moc_instructions": {}}, "settings": {"index.routing.allocation.enable": "none"}}
    cluster.send("PUT", "/{}moc_instructions-red?wait_for_active_shards=0", alias)
    await all_found(castles, "database")
    with pytest.raises(Unreachable):
        await asked(search_url, prefix, {})


async def test_a_body_that_is_no_query_is_refused(castles: Shelf, search_url: str, prefix: str) -> None:
    assert castles.engine == "opensearch"
    with pytest.raises(Refused):
        await asked(search_url, prefix, {"query": {"nothing": {}}})


@pytest.mark.prd("2.8.7")
async def test_an_address_where_nobody_listens_or_nobody_answers(
    shelf: Shelf, settings_for: Callable[..., Settings], token: Callable[[str], str], silent: str
) -> None:
    """One caller waits for a second, the next ones do not wait."""
    await shelf.put(MOCS, "Castle")
    app = create_app(settings_for(redis_url="", opensearch_url=f"http://{silent}"))
    app.state.gateway.services.search.load()
    headers = {"Authorization": f"Bearer {token('alice')}"}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://t", headers=headers) as client:
        took = []
        for _ in range(3):
            started = time.monotonic()
            body = (await client.get("/api/mocs/search?q=castle")).json()
            took.append(time.monotonic() - started)
            assert ([moc["title"] for moc in body["mocs"]], body["source"]) == (["Castle"], "database")
    await app.state.gateway.services.close()
    assert 0.9 < took[0] < 2
    assert max(took[1:]) < 0.5
