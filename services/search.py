"""OpenSearch, signed with the function's role where it is a domain of AWS (PRD 1.5.4).

Source: https://docs.opensearch.org/2.19/api-reference/search-apis/search/
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar
from urllib.parse import urlsplit

from services import tracing
from services.breaker import Breaker, Refused
from services.tracing import span

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from opensearchpy import AsyncOpenSearch

_T = TypeVar("_T")

TIMEOUT = 1.0  # seconds
# More searches at once wait for one another; each takes milliseconds, and a Lambda has one request at a time.
CONNECTIONS = 4
# Rather no answer than one without the part of the index that is away: PostgreSQL has all of it.
_WHOLE = {"allow_partial_search_results": "false"}


class SearchDown(Exception):
    """The cluster answers, and cannot serve: its health is red."""


class Hits(NamedTuple):
    """The ids of the documents of a page, in order, and how many match in all."""

    ids: list[str]
    total: int


def connect(url: str, region: str, *, timeout: float) -> AsyncOpenSearch:
    """A client that asks once and opens no connection yet; the first one of a process takes half a second to import.

    Args:
        url: the domain's endpoint.
        region: the region that signatures are made for.
        timeout: seconds that an answer may take.
    """
    from opensearchpy import AsyncOpenSearch  # noqa: PLC0415 - 500 ms of imports, with aiohttp

    signed: dict[str, Any] = {}
    if (urlsplit(url).hostname or "").endswith(".amazonaws.com"):
        import boto3  # noqa: PLC0415 - as above
        from opensearchpy import AsyncHttpConnection, AWSV4SignerAsyncAuth  # noqa: PLC0415 - as above

        signed["http_auth"] = AWSV4SignerAsyncAuth(boto3.Session().get_credentials(), region, "es")
        signed["connection_class"] = AsyncHttpConnection  # the default one knows no signatures
    return AsyncOpenSearch(hosts=[url], timeout=timeout, max_retries=0, maxsize=CONNECTIONS, **signed)


async def asked(breaker: Breaker, call: Callable[[], Awaitable[_T]]) -> _T:
    """What a request to OpenSearch returns, past a breaker.

    Raises:
        Unreachable: there is no answer.
        Refused: there is no such index, or the request is none.
    """

    async def ask() -> _T:
        from opensearchpy import NotFoundError, RequestError  # noqa: PLC0415 - as in `connect`

        try:
            return await call()
        except (NotFoundError, RequestError) as error:
            raise Refused(f"{error.error} ({error.status_code}): {error}") from error

    return await breaker.call(ask)


class Search:
    """One process's connections to an OpenSearch domain; opens none until first used.

    Args:
        url: the domain's endpoint.
        region: the region that signatures are made for.
        prefix: what the names of the indices begin with.
    """

    def __init__(self, url: str, region: str, prefix: str = "") -> None:
        self._url, self._region, self._prefix = url, region, prefix
        self._breaker = Breaker("opensearch", TIMEOUT)

    @cached_property
    def _client(self) -> AsyncOpenSearch:
        # Longer than the breaker waits, whose clock knows when this process was too busy to listen.
        return connect(self._url, self._region, timeout=2 * TIMEOUT)

    def load(self) -> None:
        """Import the client, which takes long and blocks; so that no clock of a request runs while it does."""
        _ = self._client

    async def find(self, index: str, query: dict[str, Any]) -> Hits:
        """The documents that match.

        Args:
            index: one of `services.mappings.INDICES`.
            query: the body of a search.

        Raises:
            Unreachable: there is no answer within `TIMEOUT`, or a failure, or there was one a moment ago.
            Refused: there is no such index, or the query is none.
        """
        self.load()

        async def ask() -> Any:
            headers = tracing.headers()
            return await self._client.search(index=self._prefix + index, body=query, params=_WHOLE, headers=headers)

        with span("search", f"search {index}", {"db.operation.name": "search", "db.collection.name": index}):
            found = (await asked(self._breaker, ask))["hits"]
        return Hits([hit["_id"] for hit in found["hits"]], found["total"]["value"])

    async def ping(self) -> None:
        """Ask for the cluster's health, also while searches leave it alone; the caller bounds the time.

        Raises:
            SearchDown: it is red.
            opensearchpy.OpenSearchException: there is no answer, or a refusal.
        """
        health = await self._client.cluster.health()
        if health["status"] == "red":
            raise SearchDown("the cluster's health is red")

    async def close(self) -> None:
        """Close every connection that was opened."""
        if "_client" in self.__dict__:
            await self._client.close()
