"""Who is calling: a Cognito JWT, by cookie or Bearer, or the claims that an API Gateway authorizer has verified (FR9).

Source: https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-tokens-verifying-a-jwt.html
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import jwt

from gateway.errors import refuse
from resolvers.context import Caller
from resolvers.errors import Unauthorized

if TYPE_CHECKING:
    from starlette.requests import HTTPConnection

    from settings import Settings

ALGORITHM = "RS256"
KNOWN_TOKENS = 4096  # tokens whose claims are kept
KEY_COOLDOWN = 10.0  # seconds between two fetches of the keys, so that invented key ids cost nothing
KEY_TIMEOUT = 3.0  # seconds
FAILURE_COOLDOWN = (
    1.0  # seconds for which a pool that gave no keys is not asked again, so that an outage makes no queue
)
_SHOWN = 20  # characters of a wrong value
_GIVEN = frozenset({b"cookie", b"authorization"})

_log = logging.getLogger("brickgate.identity")


@dataclass(frozen=True, slots=True)
class Identity:
    """A caller, and what spoke for them."""

    caller: Caller
    kind: Literal["authorizer", "cookie", "bearer"]

    @property
    def by_cookie(self) -> bool:
        """Whether a cookie did: then a browser may have been tricked, and CSRF is checked."""
        return self.kind == "cookie"


class KeySet:
    """The signing keys of the user pool: fetched once, and again when a token names a key that is not among them."""

    def __init__(self, url: str, cooldown: float = KEY_COOLDOWN) -> None:
        self._url = url
        self._cooldown = cooldown
        self._keys: dict[str, jwt.PyJWK] = {}
        self._failure: jwt.PyJWKClientError | None = None
        self._rests_until = 0.0
        self._lock = asyncio.Lock()

    async def key(self, identifier: str) -> jwt.PyJWK | None:
        """The key of that id, None if the pool has none such.

        Raises:
            jwt.PyJWKClientError: the pool does not answer, or not with keys.
        """
        if identifier not in self._keys:
            async with self._lock:  # who waits here is answered by what the first one has learnt
                if identifier not in self._keys and time.monotonic() >= self._rests_until:
                    await self._fetch()
            if identifier not in self._keys and self._failure:
                raise self._failure
        return self._keys.get(identifier)

    async def _fetch(self) -> None:
        client = jwt.PyJWKClient(self._url, cache_keys=False, cache_jwk_set=False, timeout=KEY_TIMEOUT)
        try:
            # The client's own limit is one of each read, which an answer that trickles never meets.
            keys = await asyncio.wait_for(asyncio.to_thread(client.get_signing_keys), KEY_TIMEOUT)
        except (
            jwt.PyJWTError,
            OSError,
            ValueError,
            RecursionError,
        ) as error:  # OSError has TimeoutError, ValueError all that is no JSON
            self._failure = jwt.PyJWKClientError(f"{type(error).__name__}: {error}")
            self._rests_until = time.monotonic() + min(self._cooldown, FAILURE_COOLDOWN)
        else:
            self._failure = None
            self._keys = {str(key.key_id): key for key in keys}
            self._rests_until = time.monotonic() + self._cooldown


class Verifier:
    """Verifies access and id tokens of one user pool, and remembers whom a token names until it expires."""

    def __init__(self, settings: Settings, keys: KeySet | None = None) -> None:
        self._issuer = settings.issuer
        self._clients = settings.cognito_client_id
        self._keys = keys or KeySet(settings.jwks_url)
        self._known: OrderedDict[str, tuple[float, Caller]] = OrderedDict()

    async def identify(self, connection: HTTPConnection) -> Identity | None:
        """Who sent this request; None where it names nobody.

        The claims of an API Gateway authorizer come with the Lambda event, which no client can write, and are taken as they are.
        Else the cookie `token` wins over `Authorization: Bearer`, as in the legacy service.

        Raises:
            Unauthorized: a token is there and is not valid.
        """
        claims = _authorizer_claims(connection)
        if claims is not None:
            return Identity(_caller(claims), "authorizer")
        # Of headers that came twice the first counts.
        given = {name: value for name, value in reversed(connection.scope["headers"]) if name in _GIVEN}
        if b"cookie" in given and (token := connection.cookies.get("token")):
            return Identity(await self.verify(token), "cookie")
        scheme, _, credentials = given.get(b"authorization", b"").decode("latin-1").partition(" ")
        if scheme.lower() == "bearer" and credentials.strip():
            return Identity(await self.verify(credentials.strip()), "bearer")
        return None

    async def verify(self, token: str) -> Caller:
        """The caller that `token` names.

        Raises:
            Unauthorized: malformed, forged, expired, of another pool or client, or without a user.
            Problem: SERVICE_UNAVAILABLE, the pool does not tell its keys.
        """
        known = self._known.get(token)
        if known is not None and time.time() < known[0]:
            return known[1]
        claims = await self._claims(token)
        caller = _caller(claims)
        self.remember(token, claims["exp"], caller)
        return caller

    def remember(self, token: str, until: float, caller: Caller) -> None:
        """Keep whom a token names; of too many the oldest is forgotten."""
        self._known[token] = (until, caller)
        while len(self._known) > KNOWN_TOKENS:
            self._known.popitem(last=False)

    async def _claims(self, token: str) -> dict[str, Any]:
        try:
            header = jwt.get_unverified_header(token)
            if header.get("alg") != ALGORITHM:
                signed = str(header.get("alg"))[:_SHOWN]
                raise Unauthorized(f"Invalid token: signed with {signed!r}, must be {ALGORITHM}")
            key = await self._keys.key(str(header.get("kid")))
            if key is None:
                raise Unauthorized("Invalid token: its key is not one of the user pool's")
            claims: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=[ALGORITHM],
                issuer=self._issuer,
                # The audience is checked below: access tokens name the client elsewhere. `iat` needs no clock agreement.
                options={"require": ["exp", "iss", "token_use"], "verify_aud": False, "verify_iat": False},
            )
        except jwt.ExpiredSignatureError:
            raise Unauthorized("Token expired: sign in again") from None
        except jwt.InvalidIssuerError:
            raise Unauthorized("Invalid token: issued by another user pool") from None
        except jwt.MissingRequiredClaimError as error:
            raise Unauthorized(f"Invalid token: without the claim {error.claim}") from None
        except jwt.PyJWKClientError as error:
            _log.error("user pool unavailable", extra={"errorType": type(error).__name__, "errorMessage": str(error)})
            refuse("SERVICE_UNAVAILABLE", "Tokens cannot be verified for a moment; try again", Retry_After="1")
        except jwt.InvalidTokenError:
            raise Unauthorized("Invalid token: malformed or forged") from None
        use = claims["token_use"]
        client = claims.get({"access": "client_id", "id": "aud"}.get(use, ""))
        if client not in self._clients:
            raise Unauthorized("Invalid token: issued to another client")
        return claims


def _caller(claims: dict[str, Any]) -> Caller:
    subject = claims.get("sub")
    if not isinstance(subject, str) or not subject:
        raise Unauthorized("Token missing user ID: no claim sub")
    return Caller(subject)


def _authorizer_claims(connection: HTTPConnection) -> dict[str, Any] | None:
    event = connection.scope.get("aws.event")
    if not isinstance(event, dict):
        return None
    authorizer = event.get("requestContext", {}).get("authorizer") or {}
    claims = (authorizer.get("jwt") or {}).get("claims")
    return claims if isinstance(claims, dict) else None
