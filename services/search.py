"""OpenSearch, signed with the function's role where it is a domain of AWS (PRD 1.5.4)."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from opensearchpy import AsyncOpenSearch

TIMEOUT = 1.0  # seconds


class SearchDown(Exception):
    """The cluster answers, and cannot serve: its health is red."""


class Search:
    """One process's connections to an OpenSearch domain; opens none until first used.

    Args:
        url: the domain's endpoint.
        region: the region that signatures are made for.
    """

    def __init__(self, url: str, region: str) -> None:
        self._url, self._region = url, region

    @cached_property
    def _client(self) -> AsyncOpenSearch:
        from opensearchpy import AsyncOpenSearch, AWSV4SignerAsyncAuth  # noqa: PLC0415 - 500 ms of imports, with aiohttp

        auth = None
        if (urlsplit(self._url).hostname or "").endswith(".amazonaws.com"):
            import boto3  # noqa: PLC0415 - as above

            auth = AWSV4SignerAsyncAuth(boto3.Session().get_credentials(), self._region, "es")
        return AsyncOpenSearch(hosts=[self._url], http_auth=auth, timeout=TIMEOUT, max_retries=0)

    def load(self) -> None:
        """Import the client, which takes long and blocks; so that no clock of a request runs while it does."""
        _ = self._client

    async def ping(self) -> None:
        """Ask for the cluster's health.

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
