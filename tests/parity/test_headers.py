"""Which headers of an answer must be as they were."""

from __future__ import annotations

from typing import Any

from gateway.dev.parity.comparison import MISSING, Difference
from gateway.dev.parity.exchange import Exchange
from gateway.dev.parity.headers import SECURITY, WITHOUT_ORIGIN, differences

ALL = SECURITY | WITHOUT_ORIGIN


def exchange(response_headers: dict[str, str], **recorded: Any) -> Exchange:
    return Exchange({"part": "main", "response_headers": response_headers, **recorded})


def test_what_the_recordings_leave_out_is_compared_too() -> None:
    found = list(differences(exchange({}), {name: value for name, value in ALL.items() if name != "referrer-policy"}))
    assert found == [Difference("header referrer-policy", "no-referrer", MISSING)]


def test_lists_may_grow_and_not_shrink() -> None:
    more = ALL | {"access-control-expose-headers": "ETag, X-Content-Range, Content-Range"}
    assert list(differences(exchange({}), more)) == []
    less = ALL | {"access-control-expose-headers": "Content-Range"}
    assert [difference.where for difference in differences(exchange({}), less)] == [
        "header access-control-expose-headers without Origin"
    ]


def test_a_cookie_keeps_its_attributes() -> None:
    recorded = exchange({"set-cookie": "XSRF-TOKEN=<64 hex digits>; Max-Age=7200; Path=/; Expires=Sun; SameSite=Lax"})
    same = f"XSRF-TOKEN={'a' * 64}; Max-Age=7200; Path=/; SameSite=lax"
    assert list(differences(recorded, ALL | {"set-cookie": same})) == []
    for other in (same.replace("7200", "60"), same.replace("a" * 64, "a"), f"{same}; HttpOnly"):
        assert len(list(differences(recorded, ALL | {"set-cookie": other}))) == 1


def test_a_quirk_leaves_security_and_transport_security() -> None:
    recorded = exchange(
        {"strict-transport-security": "max-age=1", "access-control-allow-origin": "x", "cache-control": "no-store"},
        quirk="a foreign origin is allowed",
    )
    assert [difference.where for difference in differences(recorded, SECURITY)] == ["header strict-transport-security"]


def test_answers_marked_so_had_no_cors_headers() -> None:
    assert list(differences(exchange({"cors": "none"}), SECURITY)) == []
