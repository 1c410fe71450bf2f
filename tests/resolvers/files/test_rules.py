"""What the files of a MOC may be, without a database."""

from __future__ import annotations

import pytest

from resolvers.errors import Conflict, FileError, PayloadTooLarge, ValidationFailed
from resolvers.files.rules import Failure, bounded, brought, named, refusal, saved_as, twice, validity, wanted


@pytest.mark.parametrize(
    ("file_type", "ids", "fields"),
    [
        ("instruction", ["a"], []),
        ("gallery-image", list("abcdefghij"), []),
        ("movie", ["a"], ["file_type"]),
        ("movie", [], ["file_type", "upload_ids"]),
        ("thumbnail", list("abcdefghijk"), ["upload_ids"]),
        ("thumbnail", ["a", "b", "a"], ["upload_ids"]),
    ],
)
def test_what_a_request_says_about_its_files(file_type: str, ids: list[str], fields: list[str]) -> None:
    if not fields:
        wanted(file_type, ids)
        return
    with pytest.raises(ValidationFailed) as caught:
        wanted(file_type, ids)
    assert [detail.path[0] for detail in caught.value.details] == fields


def test_what_a_new_moc_brings_along_has_an_order() -> None:
    uploads = {"instructions_file": ["a", "b"], "parts_lists": ["c"], "images": ["d", "e", "f"]}
    assert brought(uploads) == [
        ("instruction", "a"),
        ("instruction", "b"),
        ("parts-list", "c"),
        ("thumbnail", "d"),
        ("gallery-image", "e"),
        ("gallery-image", "f"),
    ]
    with pytest.raises(ValidationFailed) as caught:
        brought({"instructions_file": [], "parts_lists": ["x"] * 11, "images": list("abcd")})
    assert {detail.path[0] for detail in caught.value.details} == set(uploads)


def test_names_and_sizes_have_bounds() -> None:
    assert named("x" * 255) == "x" * 255
    for wrong in ("", "   ", "x" * 256, "nul\0.pdf"):
        with pytest.raises(FileError):
            named(wrong)
    bounded(50 * 1024 * 1024)
    with pytest.raises(PayloadTooLarge):
        bounded(50 * 1024 * 1024 + 1)
    assert [failure.place for failure in twice([(0, "a"), (2, "b"), (3, "a"), (4, "a")])] == [3, 4]


@pytest.mark.parametrize(
    ("errors", "kind"),
    [
        ([Conflict("a")], Conflict),
        ([Conflict("a"), Conflict("b")], Conflict),
        ([PayloadTooLarge("a"), PayloadTooLarge("b")], PayloadTooLarge),
        ([PayloadTooLarge("a"), Conflict("b")], FileError),
        ([FileError("a"), Conflict("b")], FileError),
    ],
)
def test_several_failures_are_one_error(errors: list[FileError], kind: type[FileError]) -> None:
    failures = [Failure(place, "f", error) for place, error in enumerate(errors)]
    error = refusal(failures, ["upload_ids"] * len(errors))
    assert type(error) is kind
    assert [detail.as_dict() for detail in error.details] == [
        {"field": "uploadIds", "path": ["uploadIds", place], "message": one.message} for place, one in enumerate(errors)
    ]


def test_a_failure_is_told_by_its_place_in_its_field() -> None:
    failures = [Failure(0, "a", FileError("a")), Failure(3, "d", FileError("d"))]
    error = refusal(failures, ["instructions_file", "images", "images", "images"])
    assert [detail.names() for detail in error.details] == [["instructionsFile", 0], ["images", 2]]


@pytest.mark.parametrize(
    ("filename", "url", "mime_type", "saved"),
    [
        ("a.pdf", "/f", "application/pdf", "a.pdf"),
        ("a.b.png", "/f", "image/webp", "a.b.webp"),
        ("picture", "/f", "image/webp", "picture.webp"),
        ("A.WEBP", "/f", "image/webp", "A.WEBP"),
        (".png", "/f", "image/webp", ".png.webp"),
        (None, "https://x/y/z%20z.pdf?q", None, "z z.pdf"),
        (None, "/", None, "file"),
    ],
)
def test_the_name_to_save_a_file_under(filename: str | None, url: str, mime_type: str | None, saved: str) -> None:
    assert saved_as(filename, url, mime_type) == saved


def test_a_signed_url_says_how_long_it_is_good() -> None:
    url = "https://b.s3.amazonaws.com/k?X-Amz-Date=20261231T235000Z&X-Amz-Expires=900&X-Amz-Signature=0"
    assert validity(url) == (900, "2027-01-01T00:05:00.000Z")
