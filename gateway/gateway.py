"""What the doors of one process share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from db.engine import Database
from gateway.answers import Answers, release
from gateway.identity import Verifier
from gateway.limits import Limits
from resolvers.context import Context, Services
from services.aws import Aws
from services.cache import Cache
from services.identity import Identity
from services.indices import Indices
from services.queue import Queue
from services.scanner import Clamd
from services.search import Search
from services.storage import Storage

if TYPE_CHECKING:
    from collections.abc import Callable

    from resolvers.context import Caller, Limit
    from settings import Settings

_CLAMD_PORT, _POSTGRESQL_PORT = 3310, 5432


@dataclass(frozen=True)
class Gateway:
    """What one process has: made once, and opening no connection until one is needed."""

    settings: Settings
    services: Services
    verifier: Verifier
    limits: Limits
    answers: Answers

    @classmethod
    def of(cls, settings: Settings) -> Gateway:
        """The gateway that `settings` describe."""
        region, prefix = settings.aws_region, settings.opensearch_index_prefix
        aws = Aws(region, settings.aws_endpoint_url, {"s3": settings.aws_endpoint_url_s3})
        database = Database(
            settings.database_url,
            pool_size=settings.database_pool_size,
            statement_cache=settings.database_statement_cache,
            password=_token(aws, settings.database_url) if settings.database_iam_auth else None,
        )
        cache = None
        if settings.redis_url:
            url, seconds = settings.redis_url, settings.redis_timeout_ms / 1000
            cache = Cache(url, cluster=settings.redis_cluster, release=release(settings), timeout=seconds)
        search = indices = None
        if settings.opensearch_url:
            url, refresh = settings.opensearch_url, f"{settings.opensearch_refresh_ms}ms"
            search = Search(url, region, prefix)
            indices = Indices(url, region, prefix, refresh, settings.opensearch_readers)
        identity = Identity(aws, settings.cognito_user_pool_id)
        storage = Storage(aws, settings.s3_bucket, settings.s3_url_seconds, scanned=settings.malware_protection)
        clamd = urlsplit(settings.clamd_url or "")
        scanner = Clamd(clamd.hostname, clamd.port or _CLAMD_PORT) if clamd.hostname else None
        queue = Queue(aws, settings.outbox_queue_url) if settings.outbox_queue_url else None
        services = Services(database, identity, storage, cache, search, scanner, indices, queue)
        return cls(settings, services, Verifier(settings), Limits.of(settings, cache), Answers(settings, cache))

    def context(self, caller: Caller | None, limit: Limit) -> Context:
        """What an operation of this caller's, None for nobody, is run in; `limit` as of a context."""
        return Context(caller, self.services, deadline=self.settings.deadline_seconds, limit=limit)


def _token(aws: Aws, url: str) -> Callable[[], str]:
    """What makes the password of a connection to the database of this URL."""
    parts = urlsplit(url)
    return lambda: aws.database_token(parts.hostname or "", parts.port or _POSTGRESQL_PORT, parts.username or "")
