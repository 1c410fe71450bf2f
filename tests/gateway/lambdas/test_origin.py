"""The authorizer: whoever passes CloudFront by does not know the key."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from gateway.lambdas.origin import handler
from tests.gateway.lambdas.test_http import event

KEYS = ("a5c1", "0f3e")
VARIABLES = {"originKeys": ",".join(hashlib.sha256(key.encode()).hexdigest() for key in KEYS)}


def asked(key: str | None, variables: dict[str, str] | None) -> dict[str, Any]:
    """The event of an authorizer, payload format 2.0."""
    made = event("GET", "/api/mocs", headers={} if key is None else {"x-origin-key": key})
    return made | {"type": "REQUEST"} | ({} if variables is None else {"stageVariables": variables})


@pytest.mark.parametrize("key", KEYS)
def test_any_key_that_the_stage_knows_passes(key: str) -> None:
    assert handler(asked(key, VARIABLES), None) == {"isAuthorized": True}


@pytest.mark.parametrize("key", [None, "", "a5c2", VARIABLES["originKeys"], VARIABLES["originKeys"].split(",")[0]])
def test_nothing_else_does(key: str | None) -> None:
    assert handler(asked(key, VARIABLES), None) == {"isAuthorized": False}


@pytest.mark.parametrize("variables", [None, {}, {"originKeys": ""}])
@pytest.mark.parametrize("key", [None, "", "a5c1"])
def test_a_stage_without_keys_lets_nobody_through(key: str | None, variables: dict[str, str] | None) -> None:
    assert handler(asked(key, variables), None) == {"isAuthorized": False}
