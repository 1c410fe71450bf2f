"""What passes for equal, and what does not: a comparison that cannot fail would prove nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from gateway.dev.parity.comparison import MISSING, Comparison, Difference, Ids, carried, code, look_up, payload

RECORDED, NEW = "4aa75c13-fd81-4e5d-bec0-0c9c4fdba38b", "11111111-2222-4333-8444-555555555555"
OTHER = "99999999-2222-4333-8444-555555555555"
SEEDED, NEXT = "10000000-0000-4000-8000-000000000001", "10000000-0000-4000-8000-000000000002"
ALICE, BOB = "a1111111-1111-4111-8111-111111111111", "b2222222-2222-4222-8222-222222222222"
JULY = "2024-07-01T10:00:00.000Z"


def differences(recorded: Any, answered: Any, *, unordered: bool = False, more: bool = False) -> list[Difference]:
    known = frozenset({SEEDED, NEXT, ALICE, BOB})
    comparison = Comparison(Ids(known), "2025-10", "2026-11", unordered=unordered, more=more)
    return comparison.differences(recorded, answered, "body")


@pytest.mark.parametrize(
    ("recorded", "answered"),
    [
        pytest.param({"a": 1}, {"a": 1, "b": 2}, id="a new key"),
        pytest.param({"id": RECORDED}, {"id": NEW}, id="a new id"),
        pytest.param([RECORDED, f"about {RECORDED}"], [NEW, f"about {NEW}"], id="an id in a sentence"),
        pytest.param("2026-11-22T13:11:42.695Z", "2030-01-01T00:00:00.000Z", id="now"),
        pytest.param("<64 hex digits>", "0" * 64, id="a token"),
        pytest.param("/a?X-Amz-Signature=<secret>&b", "/a?X-Amz-Signature=abc&b", id="a credential"),
        pytest.param(
            {"fileUrl": "/uploads/a.pdf"}, {"fileUrl": "https://bucket/key?signature=x"}, id="a presigned URL"
        ),
        pytest.param("2026-11", f"{datetime.now(UTC):%Y-%m}", id="this month"),
    ],
)
def test_what_varies_between_two_runs_is_equal(recorded: Any, answered: Any) -> None:
    assert differences(recorded, answered) == []


@pytest.mark.parametrize(
    ("recorded", "answered"),
    [
        pytest.param(1, True, id="a number and a boolean"),
        pytest.param(1, "1", id="a number and text"),
        pytest.param(None, "", id="null and empty text"),
        pytest.param(SEEDED, NEXT, id="another row of the seed"),
        pytest.param(ALICE, BOB, id="another user"),
        pytest.param(JULY, "2024-07-01T10:00:00.001Z", id="another fixed time"),
        pytest.param(JULY, "2030-01-01T00:00:00.000Z", id="now, where the row should be untouched"),
        pytest.param("2026-11-22T13:11:42.695Z", JULY, id="an old time, where the row was written"),
        pytest.param("2026-11-22T13:11:42.695Z", "2030-01-01T00:00:00Z", id="a time without milliseconds"),
        pytest.param("2026-10", f"{datetime.now(UTC):%Y-%m}", id="another month"),
        pytest.param("<64 hex digits>", "0" * 63, id="a short token"),
        pytest.param("Bearer <secret>", "Bearer ", id="no credential"),
    ],
)
def test_other_values_differ(recorded: Any, answered: Any) -> None:
    assert differences(recorded, answered) == [Difference("body", recorded, answered)]


def test_a_missing_key_differs_also_where_it_was_null() -> None:
    assert differences({"a": {"b": None}}, {"a": {}}) == [Difference("body.a.b", None, MISSING)]


def test_a_url_must_be_there_where_one_was() -> None:
    assert differences({"url": "/a.png"}, {"url": None}) == [Difference("body.url", "/a.png", None)]
    assert differences({"url": None}, {}) == [Difference("body.url", None, MISSING)]


def test_an_id_stands_for_one_other_id_alone() -> None:
    assert differences([RECORDED, RECORDED], [NEW, OTHER]) == [Difference("body[1]", RECORDED, OTHER)]
    assert differences([RECORDED, OTHER], [NEW, NEW]) == [Difference("body[1]", OTHER, NEW)]


def test_arrays_have_an_order_unless_they_were_recorded_without() -> None:
    assert differences([1, 2], [2, 1]) == [Difference("body[0]", 1, 2), Difference("body[1]", 2, 1)]
    assert differences([1, 2], [2, 1], unordered=True) == []
    assert differences([1], [1, 2]) == [Difference("body", [1], [1, 2])]


def test_a_set_holds_each_item_as_often_as_before() -> None:
    assert differences([1, 1], [1, 2], unordered=True) == [
        Difference("body[]", 1, MISSING),
        Difference("body[]", MISSING, 2),
    ]
    items = [{"id": RECORDED, "at": 1}, {"id": OTHER, "at": 2}]
    assert differences(items, [{"id": NEW, "at": 2}, {"id": RECORDED, "at": 1}], unordered=True) == []


def test_a_text_search_may_find_more_and_not_less() -> None:
    assert differences({"mocs": ["a"], "total": 1}, {"mocs": ["b", "a"], "total": 2}, more=True) == []
    assert differences({"mocs": ["a"], "total": 1}, {"mocs": ["b"], "total": 0}, more=True) == [
        Difference("body.mocs[]", "a", MISSING),
        Difference("body.total", 1, 0),
    ]


def test_a_payload_is_what_its_frame_holds() -> None:
    assert payload({"message": "created", "moc": {"id": "1"}}) == {"moc": {"id": "1"}}
    assert payload({"status": 200, "message": "found", "data": {"id": "1"}}) == {"data": {"id": "1"}}
    assert payload({"status": 200, "data": {"items": [], "total": 0}}) == {"items": [], "total": 0}


def test_a_payload_is_found_under_its_alias_or_under_data() -> None:
    assert carried({"data": {"id": "1"}, "moc": {"id": "2"}}, "moc") == {"id": "2"}
    assert carried({"data": {"id": "1"}}, "moc") == {"id": "1"}
    assert carried({"data": {"id": "1", "images": []}, "album": {}}, "images") == []
    assert carried({"success": True}, "moc") == MISSING


def test_a_code_is_a_code_and_no_sentence() -> None:
    assert code({"success": False, "code": "CSRF_FAILED", "message": "no"}) == "CSRF_FAILED"
    assert code({"status": 404, "error": "NOT_FOUND"}) == "NOT_FOUND"
    assert code({"error": "MOC not found"}) is None
    assert code("") is None


def test_saved_values_are_looked_up_in_either_frame() -> None:
    answered = {"data": {"id": "1", "files": [{"id": "2"}]}}
    assert look_up(answered, "moc.id") == "1"
    assert look_up(answered, "moc.files.0.id") == "2"
    assert look_up(answered, "data.item.id") == "1"
    assert look_up(answered, "moc.files.7.id") is None
