"""A client of a deployed API for the commands that look at one: its address, and a token of whoever it visits as."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from gateway.dev.account import Account, sentences
from gateway.dev.process import LOOPBACK, StartError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import httpx

_SECONDS = 30  # API Gateway waits no longer


def token_of(environ: Mapping[str, str]) -> str:
    """The token in TOKEN, else one of a sign-in as TEST_EMAIL with TEST_PASSWORD; empty where nobody is to be signed in.

    The sign-in is the one for which IAM has to grant cognito-idp:AdminInitiateAuth; COGNITO_USER_POOL_ID and COGNITO_CLIENT_ID say where.

    Raises:
        StartError: Cognito refused.
    """
    names = ("TEST_EMAIL", "TEST_PASSWORD", "COGNITO_USER_POOL_ID", "COGNITO_CLIENT_ID")
    email, password, pool_id, client_ids = (environ.get(name, "") for name in names)
    if environ.get("TOKEN") or not all((email, password, pool_id, client_ids)):
        return environ.get("TOKEN", "")
    with sentences():
        cognito = Account(environ).client("cognito-idp")
        answer = cognito.admin_initiate_auth(
            UserPoolId=pool_id,
            ClientId=client_ids.split(",")[0],
            AuthFlow="ADMIN_USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": email, "PASSWORD": password},
        )
    return str(answer["AuthenticationResult"]["AccessToken"])


def visitor(against: str, token: str = "") -> httpx.Client:
    """A client of the API at `against`, signed in where there is a token.

    Raises:
        StartError: that is no URL.
    """
    import httpx  # noqa: PLC0415 - a tenth of a second, which the other commands need not take

    parts = urlsplit(against)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise StartError(f"{against!r} is no address of an API, such as https://api.example.com.")
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    # A proxy of the operator's does not lead to this machine.
    local = parts.hostname in {LOOPBACK, "localhost"}
    return httpx.Client(base_url=against.rstrip("/"), headers=headers, timeout=_SECONDS, trust_env=not local)
