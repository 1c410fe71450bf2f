"""What the files of a MOC may be, without a database."""

from __future__ import annotations

import pytest

from resolvers.errors import Conflict, FileError, PayloadTooLarge, ValidationFailed
from resolvers.files.rules import Failure, Wanted, bounded, brought, named, refusal, saved_as, twice, validity, wanted


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
        assert wanted(file_type, ids)[-1] == (file_type, ids[-1], file_type, "upload_ids", len(ids) - 1)
        return
    with pytest.raises(ValidationFailed) as caught:
        wanted(file_type, ids)
    assert [detail.path[0] for detail in caught.value.details] == fields


NONE: dict[str, list[str]] = {"instructions_file": [], "parts_lists": [], "images": []}


def test_what_a_new_moc_brings_along_has_an_order() -> None:
    uploads = {"instructions_file": ["a", "b"], "parts_lists": ["c"], "images": ["d", "e", "f"]}
    assert brought(uploads) == [
        ("instruction", "a", "instruction", "instructions_file", 0),
        ("instruction", "b", "instruction", "instructions_file", 1),
        ("parts-list", "c", "parts-list", "parts_lists", 0),
        ("thumbnail", "d", "thumbnail", "images", 0),
        ("gallery-image", "e", "gallery-image", "images", 1),
        ("gallery-image", "f", "gallery-image", "images", 2),
    ]
    with pytest.raises(ValidationFailed) as caught:
        brought({"instructions_file": [], "parts_lists": ["x"] * 11, "images": list("abcd")})
    assert {detail.path[0] for detail in caught.value.details} == set(uploads)


def test_uploads_are_sorted_by_their_kinds_and_one_image_becomes_the_thumbnail() -> None:
    others = [("g", "gallery-image"), ("p", "parts-list"), ("t", "thumbnail"), ("i", "instruction")]
    assert brought(NONE, others) == [
        ("instruction", "i", "instruction", "upload_ids", 3),
        ("parts-list", "p", "parts-list", "upload_ids", 1),
        ("thumbnail", "t", "thumbnail", "upload_ids", 2),
        ("gallery-image", "g", "gallery-image", "upload_ids", 0),
    ]
    assert brought({**NONE, "instructions_file": ["a"]}, others[:2])[2:] == [
        ("thumbnail", "g", "gallery-image", "upload_ids", 0),
    ]
    assert [one.file_type for one in brought({**NONE, "images": ["d"]}, others)[2:]] == [
        "thumbnail",
        "gallery-image",
        "gallery-image",
    ]


@pytest.mark.parametrize(
    ("others", "path", "sentence"),
    [
        ([("p", "parts-list")], ("upload_ids",), "must be 1 to 10 files of kind instruction, are 0"),
        (
            [(letter, "instruction") for letter in "abcdefghijk"],
            ("upload_ids",),
            "must be 1 to 10 files of kind instruction, are 11",
        ),
        (
            [("i", "instruction"), ("t", "thumbnail"), *((letter, "gallery-image") for letter in "abc")],
            ("upload_ids",),
            "must be at most 3 files of kind thumbnail or gallery-image, are 4",
        ),
        (
            [("i", "instruction"), ("a", "avatar")],
            ("upload_ids", 1),
            "must be an upload for instruction, parts-list, thumbnail, gallery-image, is one for avatar",
        ),
        ([("i", "instruction"), ("i", "instruction")], ("upload_ids", 1), "is there twice"),
    ],
)
def test_uploads_that_cannot_be_sorted(
    others: list[tuple[str, str]], path: tuple[str | int, ...], sentence: str
) -> None:
    with pytest.raises(ValidationFailed) as caught:
        brought(NONE, others)
    assert [(detail.path, detail.message) for detail in caught.value.details] == [(path, sentence)]


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
    error = refusal(failures, wanted("instruction", list("abcde")))
    assert type(error) is kind
    assert [detail.as_dict() for detail in error.details] == [
        {"field": "uploadIds", "path": ["uploadIds", place], "message": one.message} for place, one in enumerate(errors)
    ]


def test_a_failure_is_told_by_its_place_in_its_field() -> None:
    failures = [Failure(0, "a", FileError("a")), Failure(3, "d", FileError("d"))]
    fields = [("instructions_file", 0), ("images", 0), ("images", 1), ("images", 2)]
    error = refusal(failures, [Wanted("instruction", "a", "instruction", *it) for it in fields])
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
