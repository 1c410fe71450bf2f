"""How many requests a caller may send (FR8; contract section 5): counted in Redis for all processes together.

Where Redis is not configured or does not answer, each process counts for itself, by the same limits. A window begins with the caller's
first request, as in the legacy service. No library is used: the common ones ask Redis twice to tell what is left.
Source: https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-ratelimit-headers-07
"""

from __future__ import annotations

import logging
import math
import time
from collections import OrderedDict
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeVar

from gateway.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from services.cache import Cache
    from settings import Rate, Settings

Class = Literal["general", "auth", "upload"]
_T = TypeVar("_T")

RETRY = 5.0  # seconds after which a Redis that failed is asked again
REMEMBERED = 10_000  # callers that a process counts by itself

_log = logging.getLogger("brickgate.limits")


class Verdict(NamedTuple):
    """What a caller has left of a window."""

    rate: Rate
    used: int
    reset: int

    @property
    def allowed(self) -> bool:
        """Whether this request is still within the limit."""
        return self.used <= self.rate.count

    def headers(self) -> list[tuple[bytes, bytes]]:
        """The RateLimit headers, as ASGI writes them."""
        told = {
            "ratelimit-limit": self.rate.count,
            "ratelimit-remaining": max(0, self.rate.count - self.used),
            "ratelimit-reset": self.reset,
            "ratelimit-policy": f"{self.rate.count};w={self.rate.seconds}",
        }
        return [(name.encode(), str(value).encode()) for name, value in told.items()]

    def problem(self) -> Problem:
        """The refusal of a request that is one too many."""
        message = (
            f"Too many requests: at most {self.rate.count} in {self.rate.seconds} seconds; try again in {self.reset}"
        )
        more = {"retryAfter": self.reset}
        return Problem("TOO_MANY_REQUESTS", message, headers={"Retry-After": str(self.reset)}, more=more)


class Limits:
    """Counts the requests of each caller, in classes of their own.

    Args:
        rates: how many each class may send.
        cache: where all processes count together.
    """

    def __init__(self, rates: Mapping[Class, Rate], cache: Cache | None) -> None:
        self._rates = rates
        self._cache = cache
        self._again = 0.0
        self._local: OrderedDict[str, tuple[int, float]] = OrderedDict()

    @classmethod
    def of(cls, settings: Settings, cache: Cache | None) -> Limits:
        """The limits that `settings` ask for."""
        rates: dict[Class, Rate] = {
            "general": settings.rate_limit_general,
            "auth": settings.rate_limit_auth,
            "upload": settings.rate_limit_upload,
        }
        return cls(rates, cache)

    async def hit(self, caller: str, kind: Class = "general") -> Verdict:
        """Count a request of `caller`, a user id or an address."""
        key, rate = _key(caller, kind), self._rates[kind]
        count, left = await self._shared(lambda cache: cache.count(key, rate.seconds)) or self._own(key, rate)
        return Verdict(rate, count, max(1, math.ceil(left)))

    async def forgive(self, caller: str, kind: Class) -> None:
        """Take the caller's last request back, which turned out not to count."""
        key = _key(caller, kind)
        if await self._shared(lambda cache: cache.uncount(key)) is None and key in self._local:
            count, ends = self._local[key]
            self._local[key] = (count - 1, ends)

    async def _shared(self, ask: Callable[[Cache], Awaitable[_T]]) -> _T | None:
        if self._cache is None or time.monotonic() < self._again:
            return None
        try:
            return await ask(self._cache)
        except Exception as error:  # noqa: BLE001 - whatever Redis has, requests are counted here and served
            self._again = time.monotonic() + RETRY
            facts = {"errorType": type(error).__name__, "errorMessage": str(error)}
            _log.warning("requests are counted by this process alone", extra=facts)
            return None

    def _own(self, key: str, rate: Rate) -> tuple[int, float]:
        now = time.monotonic()
        count, ends = self._local.pop(key, (0, 0.0))
        if ends <= now:
            count, ends = 0, now + rate.seconds
        self._local[key] = (count + 1, ends)
        if len(self._local) > REMEMBERED:
            self._local.popitem(last=False)
        return count + 1, ends - now


def _key(caller: str, kind: Class) -> str:
    return f"limit:{{{caller}}}:{kind}"
