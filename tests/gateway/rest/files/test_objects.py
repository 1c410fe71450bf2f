"""What becomes of the objects of files when the files, or their MOC, are deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.gateway.rest.files.conftest import PDF
from tests.gateway.rest.uploads.conftest import picture

if TYPE_CHECKING:
    from collections.abc import Callable

    import asyncpg
    import httpx

    from gateway.dev.aws import Aws


async def test_the_object_of_a_deleted_file_goes(
    alice: httpx.AsyncClient,
    create: Callable[..., Any],
    add: Callable[..., Any],
    bucket: Callable[[], set[str]],
    work: Callable[[], Any],
) -> None:
    moc = await create()
    gone, kept = [(await add(moc, (name, PDF))).json()["data"]["id"] for name in ("a.pdf", "b.pdf")]
    assert (await alice.delete(f"/api/mocs/{moc['id']}/files/{gone}")).status_code == 200
    await work()
    assert {key.rpartition("/")[2] for key in bucket()} == {f"{kept}.pdf"}


async def test_a_moc_loses_its_thumbnail_with_the_thumbnails_file_alone(
    alice: httpx.AsyncClient,
    create: Callable[..., Any],
    add: Callable[..., Any],
    stored: Callable[[str], Any],
    bucket: Callable[[], set[str]],
    work: Callable[[], Any],
) -> None:
    moc = await create()
    old, new = [
        (await add(moc, (name, picture()), file_type="thumbnail")).json()["data"]["id"] for name in ("a.png", "b.png")
    ]
    assert (await alice.delete(f"/api/mocs/{moc['id']}/files/{old}")).status_code == 200
    assert new in (await stored(moc["id"]))["thumbnail_url"]
    assert (await alice.delete(f"/api/mocs/{moc['id']}/files/{new}")).status_code == 200
    assert (await stored(moc["id"]))["thumbnail_url"] is None
    await work()
    assert bucket() == set()


@pytest.mark.prd("2.6.4")
async def test_the_objects_of_a_deleted_moc_go_by_one_request_and_linked_images_stay(
    alice: httpx.AsyncClient,
    bob: httpx.AsyncClient,
    create: Callable[..., Any],
    add: Callable[..., Any],
    stored: Callable[[str], Any],
    bucket: Callable[[], set[str]],
    work: Callable[[], Any],
    spans: Any,
) -> None:
    moc, other = await create(), await create(title="Other")
    await add(moc, ("a.pdf", PDF), ("b.pdf", PDF))
    await add(moc, ("t.png", picture()), file_type="thumbnail")
    await add(other, ("a.pdf", PDF))
    image = (await alice.post("/api/images", files={"image": ("x.png", picture(), "image/png")})).json()["data"]
    link = {"galleryImageId": image["id"]}
    assert (await alice.post(f"/api/mocs/{moc['id']}/gallery-images", json=link)).status_code == 201
    before = bucket()
    assert (await bob.delete(f"/api/mocs/{moc['id']}")).status_code == 403
    await work()
    assert bucket() == before
    assert (await alice.delete(f"/api/mocs/{moc['id']}")).status_code == 200
    spans.clear()
    await work()
    assert [one.name for one in spans.get_finished_spans() if one.name.startswith("S3.")] == ["S3.DeleteObjects"]
    assert await stored(moc["id"]) is None
    assert bucket() == {key for key in before if moc["id"] not in key}
    assert len(before) - len(bucket()) == 3
    assert any(image["id"] in key for key in bucket())


async def test_a_thumbnail_goes_with_its_moc_only_if_it_is_the_mocs_alone(
    alice: httpx.AsyncClient,
    aws: Aws,
    create: Callable[..., Any],
    bucket: Callable[[], set[str]],
    work: Callable[[], Any],
    database: asyncpg.Connection[asyncpg.Record],
) -> None:
    user = aws.users["alice"].sub
    image = f"images/{user}/shared.webp"
    aws.client("s3").put_object(Bucket=aws.bucket, Key=image, Body=b"x")
    for title in ("own", "shared", "elsewhere"):
        moc = await create(title=title)
        own = f"mocs/{user}/{moc['id']}/thumbnail.webp"
        if title == "own":
            aws.client("s3").put_object(Bucket=aws.bucket, Key=own, Body=b"x")
        place = f"https://{aws.bucket}.s3.{aws.region}.amazonaws.com"
        url = {"own": f"{place}/{own}", "shared": f"{place}/{image}", "elsewhere": "/uploads/x.png"}[title]
        await database.execute("UPDATE moc_instructions SET thumbnail_url = $1 WHERE id = $2", url, moc["id"])
        assert (await alice.delete(f"/api/mocs/{moc['id']}")).status_code == 200
    await work()
    assert bucket() == {image}
