from collections.abc import Callable

import httpx
import pytest

from gateway.app import create_app
from settings import Settings

BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


async def test_a_browser_finds_a_first_page(anonymous: httpx.AsyncClient) -> None:
    page = await anonymous.get("/", headers=BROWSER)

    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "Accept" in page.headers["vary"]
    for part in ('href="/graphql"', 'href="/docs"', 'href="/health"', "make -s token USER=alice", "STATE_DIR"):
        assert part in page.text
    assert "https://" not in page.text  # nothing is loaded from elsewhere


@pytest.mark.parametrize(("method", "accept"), [("GET", "application/json"), ("GET", "*/*"), ("POST", "text/html")])
async def test_a_client_of_the_api_finds_nothing_there(anonymous: httpx.AsyncClient, method: str, accept: str) -> None:
    answer = await anonymous.request(method, "/", headers={"accept": accept})

    assert answer.status_code == 404
    assert answer.json()["message"] == "Not Found - /"


async def test_production_has_no_first_page(settings_for: Callable[..., Settings]) -> None:
    app = create_app(settings_for(environment="production"))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        answer = await client.get("/", headers=BROWSER)
    await app.state.gateway.services.close()

    assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")
