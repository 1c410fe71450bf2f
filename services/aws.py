"""The clients of AWS that one process keeps, and what their faults mean.

The SDK's own retries are off: there is one policy, in `services.retry`.
"""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

from services.retry import retried

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    import aioboto3
    from botocore.config import Config
    from botocore.session import Session

CONNECT_TIMEOUT, READ_TIMEOUT = 2.0, 5.0  # seconds
LONGEST = 7.0  # seconds of one attempt; the SDK waits for ever to be let send a body, and while nobody takes it

_T = TypeVar("_T")
# Source: https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html and the services' own lists of errors.
_THROTTLED = frozenset(
    {
        "BandwidthLimitExceeded",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "SlowDown",
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "TooManyRequestsException",
    }
)
_BROKEN = frozenset({"InternalError", "InternalErrorException", "RequestTimeout", "RequestTimeoutException"})
_SERVER_ERROR = 500


class Unavailable(Exception):
    """A service of AWS gave no answer, or refused for being busy, as often as it was asked. The text is for the log alone."""


class Aws:
    """One process's clients; opens none until it is first asked for.

    Args:
        region: where the services are.
        endpoint_url: of an emulated AWS; None for the real one.
        endpoint_urls: of single services that answer elsewhere, by service; None stands for `endpoint_url`.
    """

    def __init__(
        self, region: str, endpoint_url: str | None = None, endpoint_urls: Mapping[str, str | None] | None = None
    ) -> None:
        self.region = region
        self._endpoint_url = endpoint_url
        self._endpoint_urls = dict(endpoint_urls or {})
        self._clients: dict[str, Any] = {}
        self._opened = AsyncExitStack()
        self._opening = asyncio.Lock()

    def endpoint(self, service: str) -> str | None:
        """Where a service is emulated, without a slash at the end; None for the real one."""
        url = self._endpoint_urls.get(service) or self._endpoint_url
        return url.rstrip("/") if url else None

    def _config(self, service: str) -> Config:
        from botocore.config import Config  # noqa: PLC0415 - as above

        # A stand-in has no names for buckets; AWS has them, and in us-east-1 the SDK's default is the global name of old.
        style = {"addressing_style": "path" if self.endpoint(service) else "virtual"}
        return Config(
            connect_timeout=CONNECT_TIMEOUT,
            read_timeout=READ_TIMEOUT,
            retries={"total_max_attempts": 1},
            signature_version="s3v4" if service == "s3" else None,
            s3={**style, "us_east_1_regional_endpoint": "regional"},  # type: ignore[arg-type] # the stubs want literals
        )

    async def client(self, service: str) -> Any:
        """The client of a service, opened once."""
        if service not in self._clients:
            async with self._opening:
                if service not in self._clients:
                    session: Any = _session(self.region)
                    opening = session.client(service, endpoint_url=self.endpoint(service), config=self._config(service))
                    self._clients[service] = await self._opened.enter_async_context(opening)
        return self._clients[service]

    def signer(self, service: str) -> Any:
        """A client that is only good for signing: it would block if it asked."""
        return _plain_session().create_client(
            service, region_name=self.region, endpoint_url=self.endpoint(service), config=self._config(service)
        )

    def database_token(self, host: str, port: int, user: str) -> str:
        """A password for a database that knows this process's role; good for a quarter of an hour, for as many connections as it takes.

        Source: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.Connecting.Python.html
        """
        from botocore.model import ServiceId  # noqa: PLC0415 - as above
        from botocore.signers import RequestSigner  # noqa: PLC0415 - as above

        session: Any = _plain_session()
        # The client of RDS has the same, and would read a megabyte of its service's description first.
        signer = RequestSigner(
            ServiceId("rds-db"),
            self.region,
            "rds-db",
            "v4",
            session.get_credentials(),
            session.get_component("event_emitter"),
        )
        request = {
            "url_path": "/",
            "query_string": "",
            "headers": {},
            "body": "",
            "method": "GET",
            "url": f"https://{host}:{port}/?Action=connect&DBUser={user}",
            "context": {},
        }
        signed: str = signer.generate_presigned_url(
            request, operation_name="connect", expires_in=900, region_name=self.region, signing_name="rds-db"
        )
        return signed.removeprefix("https://")

    def credentials(self) -> Any:
        """The keys of this process, as they are now."""
        found = _plain_session().get_credentials()
        return found.get_frozen_credentials() if found else None

    async def close(self) -> None:
        """Close every client that was opened."""
        self._clients.clear()
        await self._opened.aclose()


# The SDK's sessions are kept by the process: each would read the services' descriptions anew.
@cache
def _session(region: str) -> aioboto3.Session:
    import aioboto3  # noqa: PLC0415 - 400 ms of imports that a start without use should not pay

    return aioboto3.Session(region_name=region)


@cache
def _plain_session() -> Session:
    from botocore.session import get_session  # noqa: PLC0415 - as above

    return get_session()


async def asked(service: str, call: Callable[[], Awaitable[_T]], again: Callable[[Exception], bool]) -> _T:
    """What a request to a service returns, made by `services.retry`, each attempt within its time.

    Args:
        service: its name, for the log.
        call: makes the request anew each time.
        again: whether it may be made again after an exception: `transient` for a read, `unsent` for a write.

    Raises:
        Unavailable: there was no answer.
        Exception: whatever else the service refused.
    """

    async def attempt() -> _T:
        async with asyncio.timeout(LONGEST):
            return await call()

    try:
        return await retried(attempt, again)
    except Exception as error:
        if transient(error):
            raise Unavailable(f"{service}: {error!r}") from error
        raise


def code(error: Exception) -> str:
    """The error code of a service's answer, such as `UserNotFoundException`; empty where there was no answer."""
    return str(_answer(error).get("Error", {}).get("Code", ""))


def passes(error_code: str) -> bool:
    """Whether what an error code says may be different at the next attempt: too much to do, or the server's own fault."""
    return error_code in _THROTTLED or error_code in _BROKEN


def unsent(error: Exception) -> bool:
    """Whether the request had no effect for certain, and may have one later: throttled, or never sent. A write may be repeated."""
    from botocore.exceptions import ConnectTimeoutError, EndpointConnectionError  # noqa: PLC0415 - loaded by then

    return code(error) in _THROTTLED or isinstance(error, ConnectTimeoutError | EndpointConnectionError)


def transient(error: Exception) -> bool:
    """Whether a read may succeed at the next attempt: as `unsent`, or broken off, or an error of the server's own."""
    from botocore.exceptions import HTTPClientError  # noqa: PLC0415 - as above

    status = _answer(error).get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    broken = isinstance(error, HTTPClientError | TimeoutError) or status >= _SERVER_ERROR or code(error) in _BROKEN
    return unsent(error) or broken


def _answer(error: Exception) -> dict[str, Any]:
    """What the service answered, as the SDK's exceptions carry it; empty where there was no answer."""
    return getattr(error, "response", None) or {}
