"""The AWS account of a workspace, as operators' commands reach it: by the environment's credentials, and by Terraform's names."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from gateway.dev.process import StartError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

DEV, PRODUCTION = "dev", "production"
# What AWS answers to credentials that are none any more, or may not do it: asking again does not help.
_LOCKED_OUT = frozenset(
    {
        "AccessDenied",
        "AccessDeniedException",
        "AuthFailure",
        "ExpiredToken",
        "ExpiredTokenException",
        "InvalidClientTokenId",
        "UnrecognizedClientException",
    }
)
GLOBAL = "us-east-1"  # the region of what has none: Route 53, bills


class Account:
    """Clients of AWS, and the name that everything of `workspace` begins with (terraform/workspace.tf).

    Credentials are what the SDK finds by itself: a profile of the operator's, or a role by OIDC in CI. AWS_ENDPOINT_URL leads to an
    emulated AWS, AWS_ENDPOINT_URL_<SERVICE> for one service.
    """

    def __init__(self, environ: Mapping[str, str], workspace: str = DEV) -> None:
        self.workspace = workspace
        self.name = f"lego-api-{workspace}"
        self.region = environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION") or GLOBAL
        self._environ = environ
        self._clients: dict[tuple[str, str, int], Any] = {}

    def client(self, service: str, region: str | None = None, patience: int = 60) -> Any:
        """A client of a service in the workspace's region, or in another; made once. `patience` is in seconds, for one answer."""
        import boto3  # noqa: PLC0415 - a third of a second, which a refusal need not take
        from botocore.config import Config  # noqa: PLC0415 - as above

        key = service, region or self.region, patience
        if key not in self._clients:
            variable = f"AWS_ENDPOINT_URL_{service.upper().replace('-', '_')}"
            endpoint = self._environ.get(variable) or self._environ.get("AWS_ENDPOINT_URL")
            # A proxy of the operator's does not lead to an emulated AWS on this machine.
            config = Config(
                proxies={} if endpoint else None,
                read_timeout=patience,
                retries={"mode": "standard"},
                tcp_keepalive=True,
            )
            self._clients[key] = boto3.client(  # type: ignore[call-overload] # the stubs want the service as a literal
                service,
                region_name=key[1],
                endpoint_url=endpoint,
                aws_access_key_id=self._environ.get("AWS_ACCESS_KEY_ID"),  # None lets the SDK look further
                aws_secret_access_key=self._environ.get("AWS_SECRET_ACCESS_KEY"),
                aws_session_token=self._environ.get("AWS_SESSION_TOKEN"),
                config=config,
            )
        return self._clients[key]

    def listed(self, service: str, operation: str, key: str, **arguments: Any) -> list[Any]:
        """All that an operation lists under `key`, page by page."""
        pages = self.client(service).get_paginator(operation).paginate(**arguments)
        return [one for page in pages for one in page.get(key, ())]


@contextmanager
def sentences() -> Iterator[None]:
    """Let what AWS refuses end a command with a sentence instead of a traceback.

    Raises:
        StartError: AWS refused, or there are no credentials.
    """
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - as above

    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise StartError(f"AWS: {error}") from None


def locked_out(error: Exception) -> bool:
    """Whether AWS, or the SDK, says that there are no credentials that would do: none, expired ones, or ones without the right."""
    from botocore import exceptions  # noqa: PLC0415 - as above

    if isinstance(error, exceptions.ClientError):
        return error.response["Error"]["Code"] in _LOCKED_OUT
    kinds = (
        exceptions.NoCredentialsError,
        exceptions.PartialCredentialsError,
        exceptions.CredentialRetrievalError,
        exceptions.TokenRetrievalError,
        exceptions.SSOError,
    )
    return isinstance(error, kinds)


def agree(question: str, *, yes: bool) -> None:
    """Ask the person at the terminal before something is changed; `yes` has answered already.

    Raises:
        StartError: the answer was no, or nobody is there to be asked.
    """
    if yes:
        return
    if not sys.stdin.isatty():
        raise StartError(f"{question} Nobody is here to be asked: say --yes.")
    if input(f"{question} [y/N] ").strip().lower() not in {"y", "yes"}:
        raise StartError("Nothing was changed.")
