"""The tokens by which a replay signs in as the recorded users: given by name, and tried before anything is sent."""

from __future__ import annotations

import json
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.dev.parity.sending import NoTokenError
from gateway.dev.process import StartError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import httpx

    from gateway.dev.parity.exchange import Exchange

_PROBE = "/api/mocs?limit=1"  # wants a user, and reads


class Given:
    """Tokens by the name of the recorded user.

    Where an exchange was sent with claims of its own, which no token of its user has, the token is named `#` and the exchange's number.
    """

    def __init__(self, tokens: Mapping[str, str]) -> None:
        self._tokens = tokens

    @classmethod
    def of(cls, pairs: Sequence[str], file: str | None) -> Given:
        """Tokens written NAME=TOKEN, and those of a file: a JSON object of names and tokens.

        Raises:
            StartError: they are malformed.
        """
        tokens: dict[str, str] = {}
        if file:
            try:
                found = json.loads(Path(file).read_text())
            except (OSError, ValueError) as error:
                raise StartError(f"{file} cannot be read: {error}") from None
            if not isinstance(found, dict) or not all(isinstance(token, str) for token in found.values()):
                raise StartError(f'{file} is no JSON object of names and tokens: {{"alice": "eyJ..."}}')
            tokens |= found
        for pair in pairs:
            name, equals, token = pair.partition("=")
            if not (name and equals and token):
                raise StartError(f"A token is written NAME=TOKEN; {name!r} is none.")
            tokens[name] = token
        return cls(tokens)

    def __call__(self, user: str, exchange: Exchange | None = None) -> str:
        """See `gateway.dev.parity.sending.Tokens`."""
        name = f"#{exchange.recorded['n']}" if exchange and "claims" in exchange.recorded else user
        if name not in self._tokens:
            raise NoTokenError(name)
        return self._tokens[name]

    async def check(self, client: httpx.AsyncClient) -> None:
        """Sign in as each user.

        Raises:
            StartError: a token is refused.
        """
        for name, token in self._tokens.items():
            if name.startswith("#"):  # its exchange may be about how it is refused
                continue
            answer = await client.get(_PROBE, headers={"Authorization": f"Bearer {token}"})
            if answer.status_code in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
                raise StartError(f"The token of {name} is refused ({answer.status_code}): sign in again for a new one.")
