"""An album of alice's with all that it can have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx


@pytest.fixture
async def made(
    alice: httpx.AsyncClient, add_image: Callable[..., Any], add_album: Callable[..., Any]
) -> dict[str, Any]:
    """The data of an album of two images, one of them its cover."""
    cover = await add_image(title="Cover", image_url="/cover.webp")
    album = await add_album(description="All my castles", cover_image_id=cover)
    await alice.patch(f"/api/images/{cover}", json={"albumId": album})
    await add_image(title="Gate", album_id=album)
    data: dict[str, Any] = (await alice.get(f"/api/albums/{album}")).json()["data"]
    return data
