"""Links to what is another user's: the legacy service makes them, in tables that both services share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    import asyncpg
    import httpx

    from gateway.dev.aws import Aws

EVERYTHING = """query($id: ID!) { moc(id: $id) {
  images { url alt } galleryImages { title userId } albums { title images(limit: null) { title } }
} mocs { items { images { url alt } galleryImages { title userId } albums { title images(limit: null) { title } } } } }"""


@pytest.mark.prd("3.3.5")
@pytest.mark.prd("3.4.7")
async def test_strangers_images_and_albums_are_left_out(
    alice: httpx.AsyncClient,
    aws: Aws,
    create: Callable[..., Any],
    graphql: Callable[..., Any],
    database: asyncpg.Connection[asyncpg.Record],
) -> None:
    moc = (await create())["id"]
    for user in (aws.users["alice"].sub, aws.users["bob"].sub):
        album = await database.fetchval(
            "INSERT INTO gallery_albums (user_id, title) VALUES ($1, $1) RETURNING id", user
        )
        image = await database.fetchval(
            "INSERT INTO gallery_images (user_id, title, image_url, album_id) VALUES ($1, $1, '/i', $2) RETURNING id",
            user,
            album,
        )
        await database.execute("INSERT INTO moc_gallery_images (moc_id, gallery_image_id) VALUES ($1, $2)", moc, image)
        await database.execute("INSERT INTO moc_gallery_albums (moc_id, gallery_album_id) VALUES ($1, $2)", moc, album)
    own = aws.users["alice"].sub
    shown = {
        "images": [{"url": "/i", "alt": own}],
        "galleryImages": [{"title": own, "userId": own}],
        "albums": [{"title": own, "images": [{"title": own}]}],
    }
    assert (await graphql(EVERYTHING, {"id": moc}))["data"] == {"moc": shown, "mocs": {"items": [shown]}}
    for path in (f"/api/mocs/{moc}", f"/api/mocs/{moc}/gallery-images", f"/api/mocs/{moc}/albums"):
        answer = await alice.get(path)
        assert answer.status_code == 200
        assert own in answer.text
        assert aws.users["bob"].sub not in answer.text
