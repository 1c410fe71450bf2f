"""Requests to a domain of AWS are signed with the function's role (PRD 1.5.4, 2.1.6)."""

from __future__ import annotations

import re
import socket
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from services.search import Search
from tests.gateway.telemetry.conftest import listener

if TYPE_CHECKING:
    from gateway.dev.aws import Aws
    from tests.gateway.telemetry.conftest import Listener

__all__ = ["listener"]

DOMAIN = "vpc-lego-api-dev.us-east-1.es.amazonaws.com"


@pytest.mark.prd("2.1.6")
@pytest.mark.parametrize(("host", "signed"), [(DOMAIN, True), ("search.example.com", False)])
async def test_a_domain_of_aws_is_asked_with_a_signature_and_no_other_is(
    listener: Listener, aws: Aws, monkeypatch: pytest.MonkeyPatch, host: str, signed: bool
) -> None:
    here, resolved = urlsplit(listener.url), socket.getaddrinfo

    def resolve(name: Any, *more: Any, **options: Any) -> Any:
        return resolved(here.hostname if name == host else name, *more, **options)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    search = Search(f"http://{host}:{here.port}", aws.region, "")
    try:
        assert (await search.find("moc_instructions", {})).total == 0
    finally:
        await search.close()
    (head,) = listener.heads
    scope = re.findall(
        r"authorization: AWS4-HMAC-SHA256 Credential=\w+/\d{8}/us-east-1/es/aws4_request,", head, re.IGNORECASE
    )
    assert len(scope) == signed
