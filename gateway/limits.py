"""How many requests a caller may send (FR8; contract section 5): counted in Redis for all processes together.

Where Redis is not configured or does not answer, each process counts for itself, by the same limits. A window begins with the caller's
first request, as in the legacy service. No library is used: the common ones ask Redis twice to tell what is left.
Source: https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-ratelimit-headers-07
"""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

from gateway.errors import Problem
from services.breaker import Unreachable
from services.windows import Count, Window

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Mapping

    from services.cache import Cache, Look
    from services.spelling import Rate
    from settings import Settings

Class = Literal["general", "auth", "upload"]
Begun: TypeAlias = "asyncio.Future[Any] | None"

KEYS = "limit:*"  # of the counts in Redis, as its SCAN matches them
REMEMBERED = 10_000  # callers that a process counts by itself


class Verdict(NamedTuple):
    """What a caller has left of a window, whose key and end tell it from all others."""

    rate: Rate
    used: int
    reset: int
    key: str
    ends: float

    @property
    def allowed(self) -> bool:
        """Whether this request is still within the limit."""
        return self.used <= self.rate.count

    def headers(self) -> list[tuple[bytes, bytes]]:
        """The RateLimit headers, as ASGI writes them."""
        left = max(0, self.rate.count - self.used)
        return [*_told(self.rate), (b"ratelimit-remaining", b"%d" % left), (b"ratelimit-reset", b"%d" % self.reset)]

    def check(self) -> None:
        """Let a request that is within the limit pass.

        Raises:
            Problem: TOO_MANY_REQUESTS, it is one too many.
        """
        if not self.allowed:
            raise self.problem()

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
        self._local: OrderedDict[str, tuple[int, float]] = OrderedDict()
        self._spent: OrderedDict[str, float] = OrderedDict()

    @classmethod
    def of(cls, settings: Settings, cache: Cache | None) -> Limits:
        """The limits that `settings` ask for."""
        rates: dict[Class, Rate] = {
            "general": settings.rate_limit_general,
            "auth": settings.rate_limit_auth,
            "upload": settings.rate_limit_upload,
        }
        return cls(rates, cache)

    @property
    def shared(self) -> bool:
        """Whether all processes count together."""
        return self._cache is not None

    def begin(self, caller: str, kind: Class = "general") -> Begun:
        """Begin to count a request of `caller`: Redis is asked, and `hit` hears what it says."""
        try:
            return self._cache.begin_count(_key(caller, kind), self._rates[kind].seconds) if self._cache else None
        except Unreachable:
            return None

    def leave(self, begun: Begun) -> None:
        """Hear no more of what was begun; it counts all the same."""
        if begun and self._cache:
            self._cache.unheard(begun)

    async def hit(self, caller: str, kind: Class = "general", begun: Begun = None) -> Verdict:
        """Count a request of `caller`, a user id or an address (`gateway.address`); `begun` if it is."""
        due = self.due(caller, kind)
        try:
            window = await self._cache.count(due.key, due.rate.seconds, begun) if self._cache else None
        except Unreachable:
            window = None
        return self.judged(due, window)

    def due(self, caller: str, kind: Class = "general") -> Count:
        """How a request of `caller` is counted, for whoever counts it with something else."""
        return Count(_key(caller, kind), self._rates[kind])

    async def look(
        self, user_id: str, place: str, counted: Verdict | None = None, failing: Class | None = None
    ) -> tuple[Verdict, Verdict | None, Look | None]:
        """Look for what is kept for a user under `place`, None without Redis, and count a general request with the same round trip.

        Args:
            user_id: whose it is.
            place: where it is.
            counted: the verdict on this request where it has been counted.
            failing: the class in which it counts, too, until it is known not to fail; of one that has not been counted.

        Returns:
            The verdicts, and what was found. A request with something found counts as failing no more, nor does one that is one too many.
        """
        kinds: list[Class] = [] if counted else ["general", failing] if failing else ["general"]
        counts = [self.due(user_id, kind) for kind in kinds]
        try:
            look = await self._cache.look(user_id, place, *counts) if self._cache else None
        except Unreachable:
            look = None
        windows = look.windows if look else [None] * len(counts)
        verdicts = [self.judged(count, window) for count, window in zip(counts, windows, strict=True)]
        general, risk = counted or verdicts[0], verdicts[1] if failing else None
        if look is None and risk and not (general.allowed and risk.allowed):
            await self.forgive(risk)
        return general, risk, look

    async def forgive(self, verdict: Verdict) -> None:
        """Take a request back, which turned out not to count, from the window that it was counted in, wherever that is."""
        count, ends = self._local.get(verdict.key, (0, 0.0))
        if ends == verdict.ends:
            self._local[verdict.key] = (count - 1, ends)
        elif self._cache:
            with suppress(Unreachable):  # it counts until its window ends
                await self._cache.uncount(verdict.key, verdict.ends)

    def spent(self, caller: str, kind: Class = "general") -> bool:
        """Whether this process has refused the caller in a window that still lasts."""
        return self._spent.get(_key(caller, kind), 0.0) > time.monotonic()

    def judged(self, due: Count, window: Window | None) -> Verdict:
        """The verdict on a request of which Redis has counted this, or None: then this process counts it."""
        key, rate = due
        window = window or self._own(due)
        verdict = Verdict(rate, window.used, max(1, math.ceil(window.left)), key, window.ends)
        if not verdict.allowed:
            self._spent[key] = time.monotonic() + window.left
            if len(self._spent) > REMEMBERED:
                self._spent.popitem(last=False)
        return verdict

    def _own(self, due: Count) -> Window:
        """Count for this process alone."""
        key, rate = due
        now = time.monotonic()
        count, ends = self._local.pop(key, (0, 0.0))
        if ends <= now:
            count, ends = 0, now + rate.seconds
        self._local[key] = (count + 1, ends)
        if len(self._local) > REMEMBERED:
            self._local.popitem(last=False)
        return Window(count + 1, ends - now, ends)


@cache
def _told(rate: Rate) -> list[tuple[bytes, bytes]]:
    """What the headers of all who have this limit say."""
    return [
        (b"ratelimit-limit", b"%d" % rate.count),
        (b"ratelimit-policy", b"%d;w=%d" % (rate.count, rate.seconds)),
    ]


def _key(caller: str, kind: Class) -> str:
    return f"limit:{{{caller}}}:{kind}"
