"""The function that runs in CloudFront before the API (terraform/paths.js), by Node, and what the application is told of it."""

from __future__ import annotations

import json
import re
import subprocess
from shutil import which
from typing import Any

import pytest

from gateway.dev.terraform import MODULE

SCRIPT = (MODULE / "paths.js").read_text()
FUNCTIONS = (MODULE / "functions.tf").read_text()


def asked(uri: str, headers: dict[str, Any], viewer: str) -> Any:
    """The request that CloudFront sends on."""
    node = which("node")
    if node is None:
        pytest.skip("there is no node here")
    event = {"request": {"uri": uri, "headers": headers}, "viewer": {"ip": viewer}}
    script = f"{SCRIPT}\nconsole.log(JSON.stringify(handler({json.dumps(event)})))"
    return json.loads(subprocess.run([node, "-e", script], check=True, capture_output=True).stdout)


@pytest.mark.parametrize(
    ("uri", "expected"), [("/", "/"), ("/api/images/", "/api/images"), ("/api/images//", "/api/images"), ("//", "/")]
)
def test_a_trailing_slash_is_taken_off(uri: str, expected: str) -> None:
    assert asked(uri, {}, "203.0.113.7")["uri"] == expected


def test_who_asks_is_told_over_whatever_was_said() -> None:
    forged = {"x-viewer-address": {"value": "192.0.2.1", "multiValue": [{"value": "192.0.2.1"}]}}
    assert asked("/", forged, "2001:db8::7")["headers"] == {"x-viewer-address": {"value": "2001:db8::7"}}


def test_the_application_believes_that_header_alone() -> None:
    told = dict(re.findall(r'^ +(\w+) += "([^"]+)"', FUNCTIONS, re.MULTILINE))
    assert (told["TRUSTED_PROXIES"], told["CLIENT_ADDRESS_HEADER"]) == ("1", "x-viewer-address")
