"""The recorded set: its files, its users, and tokens of theirs from the tests' own pool."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.dev.parity.exchange import UUID, Recording

if TYPE_CHECKING:
    from gateway.dev.parity.exchange import Exchange
    from settings import Settings
    from tests.gateway.pool import Pool

RECORDINGS = Path(__file__).with_name("recordings")
SEED = RECORDINGS / "seed.sql"
USERS = {
    "alice": "a1111111-1111-4111-8111-111111111111",
    "bob": "b2222222-2222-4222-8222-222222222222",
    "carol": "68c6461c0000000000000c01",
}
# What was recorded in which environment; both kinds of exchanges start from the seed. The old service's was staging.
ENVIRONMENTS = {"exchanges.jsonl": "staging", "exchanges-production.jsonl": "production"}
# What the legacy service took from its tokens, `iss` aside: the pool has one of its own.
_PERMISSIONS = {"permissions": ["upload"]}


def recording(file: str) -> Recording:
    """A file, where the seed's ids stand for themselves."""
    return Recording.read(RECORDINGS / file, frozenset(UUID.findall(SEED.read_text())))


class Signer:
    """Signs what `gateway.dev.parity.sending.Tokens` asks for: a token that is valid in everything that recorded claims do not say."""

    def __init__(self, pool: Pool, settings: Settings) -> None:
        self._pool = pool
        self._settings = settings

    def __call__(self, user: str, exchange: Exchange | None = None) -> str:
        theirs = {"sub": USERS[user], "email": f"{user}@example.com", "name": user.title(), **_PERMISSIONS}
        claims = exchange.recorded.get("claims") if exchange else None
        valid = {
            "iss": self._settings.issuer,
            "exp": int(time.time()) + 3600,
            "token_use": "access",
            "client_id": self._settings.cognito_client_id[0],
        }
        return self._pool.sign(valid | (theirs if claims is None else claims))
