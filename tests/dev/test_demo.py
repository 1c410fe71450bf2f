from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from gateway.dev.demo import Draft, seed

SUBS = {"alice": "sub-a", "bob": "sub-b", "carol": "sub-c"}
BUCKET = "https://bucket.s3.us-east-1.amazonaws.com"
NOW = datetime(2026, 3, 1, 12)  # noqa: DTZ001 - the database's columns have no time zone

Rows = list[dict[str, Any]]


@pytest.fixture(scope="module")
def tables() -> dict[str, Rows]:
    return Draft(SUBS, BUCKET, NOW).tables()


def test_there_are_sixty_projects_and_most_are_alices(tables: dict[str, Rows]) -> None:
    mocs = tables["moc_instructions"]

    assert Counter(moc["user_id"] for moc in mocs) == {"sub-a": 44, "sub-b": 10, "sub-c": 6}
    assert Counter(moc["type"] for moc in mocs) == {"moc": 37, "set": 23}
    assert len({(moc["user_id"], moc["title"]) for moc in mocs}) == 60


def test_each_type_has_its_fields_and_not_the_others(tables: dict[str, Rows]) -> None:
    for moc in tables["moc_instructions"]:
        if moc["type"] == "moc":
            assert moc["author"]
            assert moc["parts_count"] >= 1
            assert (moc["brand"], moc["release_year"], moc["retired"]) == (None, None, None)
        else:
            assert moc["brand"]
            assert moc["set_number"]
            assert 1950 <= moc["release_year"] <= NOW.year + 1
            assert (moc["author"], moc["parts_count"]) == (None, None)


def test_projects_are_spread_over_eighteen_months_and_edited_later(tables: dict[str, Rows]) -> None:
    mocs = tables["moc_instructions"]
    created = [moc["created_at"] for moc in mocs]

    assert max(created) < NOW
    assert NOW - timedelta(days=18 * 31) < min(created) < NOW - timedelta(days=17 * 30)
    assert len({moment.strftime("%Y-%m") for moment in created}) >= 18
    assert all(moc["created_at"] <= moc["updated_at"] <= NOW for moc in mocs)


def test_files_lie_where_uploads_would_put_them(tables: dict[str, Rows]) -> None:
    owners = {moc["id"]: moc["user_id"] for moc in tables["moc_instructions"]}
    files = tables["moc_files"]

    assert Counter(file["file_type"] for file in files).keys() == {"instruction", "parts-list", "thumbnail"}
    for file in files:
        assert file["file_url"].startswith(f"{BUCKET}/mocs/{owners[file['moc_id']]}/{file['moc_id']}/")
    assert len({(file["moc_id"], file["original_filename"]) for file in files}) == len(files)


def test_a_parts_list_adds_up(tables: dict[str, Rows]) -> None:
    mocs = {moc["id"]: moc for moc in tables["moc_instructions"]}
    pieces: Counter[Any] = Counter()
    for part in tables["moc_parts"]:
        pieces[part["parts_list_id"]] += part["quantity"]

    assert len(tables["moc_parts_lists"]) == 20
    for parts_list in tables["moc_parts_lists"]:
        assert parts_list["total_parts_count"] == str(pieces[parts_list["id"]])
        assert mocs[parts_list["moc_id"]]["total_piece_count"] == pieces[parts_list["id"]]
        assert int(parts_list["acquired_parts_count"]) <= pieces[parts_list["id"]]


def test_pictures_albums_and_projects_that_belong_together_have_one_owner(tables: dict[str, Rows]) -> None:
    images = {image["id"]: image for image in tables["gallery_images"]}
    albums = {album["id"]: album for album in tables["gallery_albums"]}
    owners = {moc["id"]: moc["user_id"] for moc in tables["moc_instructions"]}

    assert (len(images), len(albums)) == (30, 6)
    for image in images.values():
        assert image["album_id"] is None or albums[image["album_id"]]["user_id"] == image["user_id"]
        assert image["image_url"].startswith(f"{BUCKET}/images/{image['user_id']}/")
    for album in albums.values():
        assert images[album["cover_image_id"]]["album_id"] == album["id"]
    for link in tables["moc_gallery_images"]:
        assert images[link["gallery_image_id"]]["user_id"] == owners[link["moc_id"]]
    for link in tables["moc_gallery_albums"]:
        assert albums[link["gallery_album_id"]]["user_id"] == owners[link["moc_id"]]


def test_flagged_pictures_are_those_that_others_flagged(tables: dict[str, Rows]) -> None:
    flags = tables["gallery_flags"]
    flagged = {image["id"]: image["user_id"] for image in tables["gallery_images"] if image["flagged"]}

    assert {flag["image_id"] for flag in flags} == flagged.keys()
    assert all(flag["user_id"] != flagged[flag["image_id"]] for flag in flags)


def test_wishes_are_numbered_per_user(tables: dict[str, Rows]) -> None:
    for sub in SUBS.values():
        positions = [int(item["sort_order"]) for item in tables["wishlist_items"] if item["user_id"] == sub]
        assert positions[0] == 1
        assert all(after == before + 1 for before, after in pairwise(positions))


def test_two_drafts_of_one_moment_are_alike(tables: dict[str, Rows]) -> None:
    assert Draft(SUBS, BUCKET, NOW).tables() == tables


async def test_data_is_written_once(database_url: str, database: Any) -> None:
    assert await seed(database_url, SUBS, bucket="bucket", region="us-east-1") is True
    assert await seed(database_url, SUBS, bucket="bucket", region="us-east-1") is False

    assert await database.fetchval("SELECT count(*) FROM moc_instructions") == 60
    newest = await database.fetchval("SELECT max(created_at) FROM moc_instructions")
    assert datetime.now(UTC).replace(tzinfo=None) - newest < timedelta(days=6)


async def test_a_database_with_anything_in_it_is_left_alone(database_url: str, database: Any) -> None:
    await database.execute("INSERT INTO wishlist_items (user_id, title, sort_order) VALUES ('me', 'one', '1')")

    assert await seed(database_url, SUBS, bucket="bucket", region="us-east-1") is False
    assert await database.fetchval("SELECT count(*) FROM moc_instructions") == 0
