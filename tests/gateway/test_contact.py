"""Whom to tell of a weakness (RFC 9116)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from gateway.app import create_app
from gateway.contact import PATH
from settings import SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable

CONTACT = "mailto:security@example.com"


async def asked(settings: Any) -> httpx.Response:
    application = create_app(settings)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(application), base_url="http://t") as client:
        answer = await client.get(PATH)
    await application.state.gateway.services.close()
    return answer


async def test_the_file_names_whom_to_tell_and_how_long_that_holds(settings_for: Callable[..., Any]) -> None:
    answer = await asked(settings_for(security_contact=CONTACT))
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/plain; charset=utf-8")
    fields = dict(line.split(": ", 1) for line in answer.text.splitlines())
    expires = datetime.fromisoformat(fields.pop("Expires"))
    assert 80 < (expires - datetime.now(UTC)).days < 365
    assert fields == {"Contact": CONTACT, "Preferred-Languages": "en"}


async def test_without_anybody_to_tell_there_is_no_file(settings_for: Callable[..., Any]) -> None:
    assert (await asked(settings_for())).status_code == 404


@pytest.mark.parametrize("contact", ["security@example.com", "http://example.com", "javascript:x"])
def test_a_contact_is_a_uri_of_one_line(settings_for: Callable[..., Any], contact: str) -> None:
    with pytest.raises(SettingsError):
        settings_for(security_contact=contact)
