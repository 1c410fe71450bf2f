"""Under which address a request is counted (docs/decisions/0025)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from gateway.address import Origin

if TYPE_CHECKING:
    from collections.abc import Callable

PEER = "198.51.100.1"
VIEWER = "203.0.113.7"


@pytest.fixture
def address(settings_for: Callable[..., Any]) -> Callable[..., str]:
    """`address(1, "...", "...")`: of a request with these headers, where so many proxies are ours."""

    def ask(proxies: int, *told: str, peer: str | None = PEER, name: str = "X-Forwarded-For") -> str:
        settings = settings_for(trusted_proxies=proxies, client_address_header=name)
        headers = [(b"host", b"test"), *((name.lower().encode(), value.encode("latin-1")) for value in told)]
        return Origin(settings).of({"type": "http", "client": peer and (peer, 1), "headers": headers})

    return ask


@pytest.mark.parametrize(
    ("proxies", "told", "expected"),
    [
        (0, (), PEER),
        (0, (VIEWER,), PEER),
        (1, (VIEWER,), VIEWER),
        (1, (f"192.0.2.66, {VIEWER}",), VIEWER),
        (2, (f"192.0.2.66, {VIEWER}, 192.0.2.1",), VIEWER),
        (2, ("192.0.2.66", f"{VIEWER},192.0.2.1"), VIEWER),
        (2, ("192.0.2.66", VIEWER, "192.0.2.1"), VIEWER),
        (3, (f"{VIEWER}, 192.0.2.1",), PEER),
        (1, (), PEER),
        (1, ("",), PEER),
        (1, (f"{VIEWER},",), PEER),
        (1, ("unknown",), PEER),
        (1, ("_hidden, 300.1.1.1",), PEER),
        (1, ("ü",), PEER),
        (1, (f" {VIEWER}:50123 ",), VIEWER),
        (1, (f"[::ffff:{VIEWER}]:443",), VIEWER),
        (1, ("2001:db8:1:2:3:4:5:6",), "2001:db8:1:2::/64"),
        (1, ("[2001:DB8:1:2::9]",), "2001:db8:1:2::/64"),
        (1, ("[2001:db8:1:2::9]:443",), "2001:db8:1:2::/64"),
        (1, ("fe80::1%eth0",), "fe80::/64"),
        (1, (f"{VIEWER}}}:general",), PEER),
    ],
)
def test_the_place_that_the_outermost_proxy_of_ours_has_written_counts(
    address: Callable[..., str], proxies: int, told: tuple[str, ...], expected: str
) -> None:
    assert address(proxies, *told) == expected


@pytest.mark.parametrize(
    ("peer", "expected"),
    [("2001:db8::1", "2001:db8::/64"), ("::ffff:192.0.2.1", "192.0.2.1"), ("pipe", "pipe"), (None, "unknown")],
)
def test_whoever_connects_is_counted_likewise(address: Callable[..., str], peer: str | None, expected: str) -> None:
    assert address(0, peer=peer) == address(1, peer=peer) == expected


def test_another_header_can_tell(address: Callable[..., str]) -> None:
    assert address(1, VIEWER, name="X-Viewer-Address") == VIEWER
