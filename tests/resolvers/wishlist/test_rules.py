"""What a wish may be, and where it goes, without a database (contract sections 3 and 7)."""

from __future__ import annotations

import re
from collections import Counter
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resolvers.errors import ValidationFailed
from resolvers.wishlist import rules

HIGHEST = "9" * 50
ID = "90000000-0000-4000-8000-000000000001"
unhurried = settings(deadline=None)  # a busy machine is no fault of the rules


def wrong(call: Any, *arguments: Any) -> dict[tuple[str | int, ...], str]:
    """The wrong fields that `call` names."""
    with pytest.raises(ValidationFailed) as failed:
        call(*arguments)
    return {detail.path: detail.message for detail in failed.value.details}


def test_right_values_stay_as_they_were_sent() -> None:
    values: dict[str, Any] = {
        "title": " T ",
        "description": None,
        "product_link": "HTTP://Example.com/%7Ea/../b?q=ü#",
        "image_url": None,
        "category": " c",
        "sort_order": None,
    }
    assert rules.new(values) == values
    assert rules.change({}) == {}
    assert rules.change({"description": None, "category": None, "sort_order": " 1"}) == {
        "description": None,
        "category": None,
        "sort_order": " 1",
    }


def test_all_that_is_wrong_is_named() -> None:
    values = {
        "title": "",
        "description": "d" * 2001,
        "product_link": "x",
        "image_url": "y",
        "category": "",
        "sort_order": "",
    }
    assert wrong(rules.new, values).keys() == {(name,) for name in values}
    assert wrong(rules.change, values | {"title": None, "sort_order": None}).keys() == {(name,) for name in values}


@pytest.mark.parametrize(
    "link",
    [
        "https://example.com",
        "http://localhost:3000/a.jpg",
        "HTTPS://EXAMPLE.COM/",
        "https://user:pw@example.com:8443/a;b?c=d&e=%20#f",
        "https://größe.example/日本",
        "http://192.168.0.1/",
        "http://[::1]:80/",
        "https://example.com/a_(b)'c\"d",
        "https://a_b.example.com",
    ],
)
@pytest.mark.parametrize("field", rules.LINKS)
def test_links_of_the_web_are_kept(field: str, link: str) -> None:
    assert rules.change({field: link}) == {field: link}


@pytest.mark.parametrize(
    "link",
    [
        "",
        "x",
        "not a url",
        "example.com",
        "//example.com/a",
        "/uploads/a.jpg",
        "http:",
        "http://",
        "http:example.com",
        "https:///a.jpg",
        "https://?a=b",
        "https://:443/",
        "https://user@/",
        "http://<b>/",
        "http://[::1/",
        "http://example.com:99999/",
        "http://example.com:x/",
        "http:\\\\example.com",
        " https://example.com",
        "https://example.com\n",
        "https://example.com/a b",
        "https://exam\tple.com/",
        "https://example.com/\u00a0",
        "java\nscript:alert(1)",
        "javascript:alert(1)",
        "javascript://example.com/%0aalert(1)",
        "ftp://example.com/a",
        "data:text/html,x",
        "mailto:a@example.com",
        "file:///etc/passwd",
    ],
)
@pytest.mark.parametrize("field", rules.LINKS)
def test_what_is_no_link_of_the_web_is_refused(field: str, link: str) -> None:
    message = f"must be an http or https URL, such as https://example.com/, is {link!r}"
    assert wrong(rules.new, {field: link}) == {(field,): message}


def test_a_long_wrong_link_is_shown_by_its_beginning() -> None:
    assert wrong(rules.new, {"image_url": "x" * 2048}) == {
        ("image_url",): f"must be an http or https URL, such as https://example.com/, is {'x' * 50!r}"
    }


# -- positions -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("2", "2"),
        ("1.50", "1.5"),
        ("-0", "0"),
        ("007", "7"),
        ("1e-07", "0.0000001"),
        ("-1E+2", "-100"),
        (HIGHEST, HIGHEST),
    ],
)
def test_what_reads_as_a_number_is_one(text: str, number: str) -> None:
    assert rules.place(text) == Decimal(number)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " 1",
        "1 ",
        "1\n",
        "+1",
        "--1",
        "1.",
        ".5",
        "1,5",
        "٣",
        "1e999999",
        "1e100",
        "0x10",
        "NaN",
        "Infinity",
        "1" * 51,
        "1_0",
    ],
)
def test_everything_else_is_text(text: str) -> None:
    assert rules.place(text) == text


@pytest.mark.parametrize(
    ("taken", "expected"),
    [
        ([], "1"),
        (["later", "NaN", "٣"], "1"),
        (["2", "10", "later"], "11"),
        (["1.5"], "2"),
        (["-5"], "-4"),
        (["-1.5"], "-1"),
        ([HIGHEST], "9" * 49 + "8"),
        ([HIGHEST, "9" * 49 + "8", "9" * 49 + "6"], "9" * 49 + "7"),
        (["9e99", "1"], HIGHEST),
        (["-9e99"], "-" + "9" * 49),
        (["9" * 51], "1"),
    ],
)
def test_a_new_item_goes_after_the_highest_number(taken: list[str], expected: str) -> None:
    assert rules.default(taken) == expected
    assert len(expected) <= 50


POSITIONS = st.one_of(
    st.integers(-3, 12).map(str),
    st.decimals(-2, 12, places=1).map(str),
    st.sampled_from(["later", "z", " 1", "٣", "01", "1e0", HIGHEST, "9" * 49 + "8", "9e99", "-9e99", "1e999999"]),
)


def in_order(positions: list[str]) -> dict[str, str]:
    """A wishlist as `store` reads it: numbers by value, then text."""
    numbers = sorted((p for p in positions if isinstance(rules.place(p), Decimal)), key=Decimal)
    words = sorted((p for p in positions if not isinstance(rules.place(p), Decimal)), key=str.encode)
    return {f"item {number}": position for number, position in enumerate([*numbers, *words])}


@unhurried
@given(st.lists(POSITIONS, max_size=30))
def test_a_new_item_never_takes_what_is_taken(taken: list[str]) -> None:
    position = rules.default(taken)
    assert rules.place(position) not in {rules.place(other) for other in taken}
    assert isinstance(rules.place(position), Decimal)
    assert len(position) <= 50


# -- reordering ----------------------------------------------------------------------------------------------------------------


def test_exactly_one_list_of_ids_is_named() -> None:
    neither = {("items",): "must be given, or else itemIds, and not both"}
    assert wrong(rules.named, None, None) == neither
    assert wrong(rules.named, [ID], [ID]) == neither
    assert wrong(rules.named, [], None) == {("items",): "must name 1 to 1000 items, names 0"}
    assert wrong(rules.named, None, [ID] * 1001) == {("item_ids",): "must name 1 to 1000 items, names 1001"}
    assert wrong(rules.named, [ID, "x"], None) == {("items", 1, "id"): "must be a UUID, is 'x'"}
    assert wrong(rules.named, None, ["y" * 60, ID]) == {("item_ids", 0): f"must be a UUID, is {'y' * 50!r}"}
    assert rules.named(None, [ID.upper()] * 1000) == [ID] * 1000
    assert rules.named([ID], None) == [ID]


@pytest.mark.parametrize(
    ("item_ids", "changes"),
    [
        (["a"], {}),
        (["a", "b", "c", "d"], {}),
        (["d", "a"], {"d": "1", "a": "4"}),
        (["c", "b"], {"c": "2", "b": "3"}),
        (["d", "c", "b", "a"], {"d": "1", "c": "2", "b": "3", "a": "4"}),
    ],
)
def test_ids_share_out_their_places(item_ids: list[str], changes: dict[str, str]) -> None:
    assert rules.sequenced({"a": "1", "b": "2", "c": "3", "d": "4"}, item_ids) == changes


def test_the_whole_list_is_numbered() -> None:
    held = {"a": "-1", "b": "01", "c": "1.0", "d": "4", "e": "later"}
    assert rules.sequenced(held, ["a"]) == {"a": "1", "b": "2", "c": "3", "e": "5"}


@pytest.mark.parametrize(
    ("held", "items", "changes"),
    [
        ({"a": "1", "b": "2"}, {"a": "1"}, {}),
        ({"a": "1", "b": "2"}, {"a": "1.0"}, {"a": "1.0"}),
        ({"a": "1", "b": "2"}, {"a": "2", "b": "1"}, {"a": "2", "b": "1"}),
        ({"a": "1", "b": "2"}, {"b": "1"}, {"b": "1", "a": "2"}),
        ({"a": "1", "b": "2", "c": "3", "d": "4"}, {"d": "2"}, {"d": "2", "b": "3", "c": "4"}),
        ({"a": "1", "b": "2", "c": "4", "d": "5"}, {"d": "2"}, {"d": "2", "b": "3"}),
        ({"a": "1", "b": "1.5", "c": "2"}, {"c": "1.5"}, {"c": "1.5", "b": "2"}),
        ({"a": "1", "b": "2", "c": "3", "d": "9"}, {"d": "1", "c": "2"}, {"d": "1", "c": "2", "a": "3", "b": "4"}),
        ({"a": "7", "b": "7", "c": "8"}, {"c": "6"}, {"c": "6"}),
        ({"a": "7", "b": "7", "c": "8"}, {"c": "7"}, {"c": "7", "a": "8", "b": "9"}),
        ({"a": "-1", "b": "0"}, {"b": "-1"}, {"b": "-1", "a": "0"}),
        ({"a": "1", "b": "later", "c": "z"}, {"a": "later"}, {"a": "later", "b": "1"}),
        ({"a": "1", "b": "later", "c": "z"}, {"c": "later"}, {"c": "later", "b": "2"}),
        ({"a": HIGHEST, "b": "1"}, {"b": HIGHEST}, {"b": HIGHEST, "a": "9" * 49 + "8"}),
    ],
)
def test_what_is_in_the_way_makes_room(held: dict[str, str], items: dict[str, str], changes: dict[str, str]) -> None:
    assert rules.arranged(held, [*items.items()]) == changes


def test_what_is_named_twice_and_what_is_no_position_is_named() -> None:
    items = [("a", "1"), ("b", ""), ("a", "01"), ("c", "x\0")]
    assert wrong(rules.arranged, {"a": "1", "b": "2", "c": "3"}, items) == {
        ("items", 2, "id"): "names the same item as number 0 of the list",
        ("items", 1, "sort_order"): "must have 1 to 50 characters, has 0",
        ("items", 2, "sort_order"): "is the position of number 0 of the list, too: '01'",
        ("items", 3, "sort_order"): "must not contain the NUL character",
    }
    assert wrong(rules.sequenced, {"a": "1"}, ["a", "a"]) == {
        ("item_ids", 1): "names the same item as number 0 of the list"
    }


@st.composite
def reorders(draw: st.DrawFn) -> tuple[dict[str, str], dict[str, str]]:
    """A wishlist, and new positions for some of its items."""
    held = in_order(draw(st.lists(POSITIONS, min_size=1, max_size=25)))
    ids = draw(st.lists(st.sampled_from([*held]), min_size=1, unique=True))
    asked = draw(st.lists(POSITIONS, min_size=len(ids), max_size=len(ids), unique_by=rules.place))
    return held, dict(zip(ids, asked, strict=True))


@unhurried
@given(reorders())
def test_a_reorder_does_what_is_asked_and_doubles_nothing(reorder: tuple[dict[str, str], dict[str, str]]) -> None:
    held, asked = reorder
    changes = rules.arranged(held, [*asked.items()])
    after = held | changes
    assert after.keys() == held.keys()
    assert asked.items() <= after.items()
    assert all(held[identifier] != position for identifier, position in changes.items())
    assert all(len(position) <= 50 for position in changes.values())
    before, now = (Counter(map(rules.place, positions.values())) for positions in (held, after))
    assert all(count == 1 or count <= before[where] for where, count in now.items())
    assert all(now[rules.place(position)] == 1 for position in asked.values())
    moved = {identifier: after[identifier] for identifier in changes if identifier not in asked}
    assert all(now[rules.place(position)] == 1 for position in moved.values())
    assert rules.arranged(in_place(after), [*asked.items()]) == {}


def in_place(positions: dict[str, str]) -> dict[str, str]:
    """`positions` in the order of the list."""
    return dict(sorted(positions.items(), key=lambda item: _key(item[1])))


def _key(position: str) -> tuple[bool, Decimal, str]:
    where = rules.place(position)
    return (False, where, "") if isinstance(where, Decimal) else (True, Decimal(0), where)


@unhurried
@given(reorders())
def test_wholes_keep_their_order_among_themselves(reorder: tuple[dict[str, str], dict[str, str]]) -> None:
    held, asked = reorder
    whole = re.compile(r"-?[0-9]{1,40}")
    held = {identifier: position for identifier, position in held.items() if whole.fullmatch(position)}
    asked = {identifier: position for identifier, position in asked.items() if identifier in held}
    after = held | rules.arranged(held, [*asked.items()])
    others = [int(after[identifier]) for identifier in held if identifier not in asked]
    assert others == sorted(others)


@unhurried
@given(reorders())
def test_ids_keep_everything_else_in_sequence(reorder: tuple[dict[str, str], dict[str, str]]) -> None:
    held, asked = reorder
    after = held | rules.sequenced(held, [*asked])
    sequence = sorted(after, key=lambda identifier: int(after[identifier]))
    assert [after[identifier] for identifier in sequence] == [str(number) for number in range(1, len(held) + 1)]
    assert [identifier for identifier in sequence if identifier in asked] == [*asked]
    places = [place for place, identifier in enumerate(held) if identifier not in asked]
    assert [sequence[place] for place in places] == [identifier for identifier in held if identifier not in asked]


def test_a_thousand_items_find_room_where_twenty_thousand_are_in_the_way() -> None:
    held = {f"old {number}": "1" for number in range(20_000)} | {f"new {number}": "5" for number in range(1000)}
    items = [(f"new {number}", str(number + 1)) for number in range(1000)]
    changes = rules.arranged(held, items)
    assert changes["old 19999"] == "21000"
    assert len({rules.place(position) for position in (held | changes).values()}) == 21_000
