"""What the scanner says of uploads, through every door (PRD 2.7.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

from gateway.dev.process import free_port
from tests.clamd import EICAR
from tests.gateway.rest.uploads.conftest import picture

if TYPE_CHECKING:
    from collections.abc import Callable

    from settings import Settings

INFECTED = picture() + EICAR


class TestScanned:
    """With a scanner."""

    @pytest.fixture
    def settings(self, settings_for: Callable[..., Settings], clamd: int) -> Settings:
        return settings_for(clamd_url=f"tcp://127.0.0.1:{clamd}")

    @pytest.mark.prd("2.7.4")
    async def test_infected_files_are_refused_and_leave_nothing(
        self, alice: httpx.AsyncClient, bucket: Callable[[], set[str]]
    ) -> None:
        item = (await alice.post("/api/wishlist", json={"title": "x"})).json()["data"]
        for path in ("/api/images", "/api/wishlist/upload-image", f"/api/wishlist/{item['id']}/image"):
            answer = await alice.post(path, files={"image": ("holiday.png", INFECTED, "image/png")})
            assert (answer.status_code, answer.json()["code"]) == (400, "FILE_ERROR")
            assert "holiday.png: the file is infected (Eicar-Test" in answer.json()["message"]
        assert bucket() == set()
        assert (await alice.post("/api/images", files={"image": ("x.png", picture(), "image/png")})).status_code == 201

    async def test_so_are_those_that_went_straight_to_the_bucket(
        self, alice: httpx.AsyncClient, bucket: Callable[[], set[str]]
    ) -> None:
        body = {"kind": "image", "filename": "f.png", "contentType": "image/png", "size": 5000}
        upload: dict[str, Any] = (await alice.post("/api/uploads", json=body)).json()["data"]
        async with httpx.AsyncClient(trust_env=False, timeout=60) as browser:
            await browser.post(upload["url"], data=upload["fields"], files={"file": ("f", INFECTED, "image/png")})
        answer = await alice.post("/api/images", json={"uploadId": upload["uploadId"]})
        assert (answer.status_code, answer.json()["code"]) == (400, "FILE_ERROR")
        assert {key.partition("/")[0] for key in bucket()} == {"uploads"}


class TestAway:
    """With a scanner that is not there."""

    @pytest.fixture
    def settings(self, settings_for: Callable[..., Settings]) -> Settings:
        return settings_for(clamd_url=f"tcp://127.0.0.1:{free_port()}")

    async def test_nothing_unscanned_gets_in(self, alice: httpx.AsyncClient, bucket: Callable[[], set[str]]) -> None:
        answer = await alice.post("/api/images", files={"image": ("x.png", picture(), "image/png")})
        assert (answer.status_code, answer.json()["code"]) == (503, "SERVICE_UNAVAILABLE")
        assert "clam" not in answer.text.lower()
        assert bucket() == set()
