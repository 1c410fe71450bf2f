"""The OpenAPI document by the linters that its readers use."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from gateway.rest.openapi import document

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "openapi.json"
    path.write_text(json.dumps(document()))
    return str(path)


def test_the_document_is_openapi_3_1() -> None:
    assert document()["openapi"] == "3.1.0"
    assert list(OpenAPIV31SpecValidator(document()).iter_errors()) == []


def test_spectral_finds_nothing(node: Callable[..., subprocess.CompletedProcess[str]], file: str) -> None:
    done = node("spectral", "lint", file, "--ruleset", "spectral.yaml", "--fail-severity", "warn")
    assert done.returncode == 0, done.stdout


def test_redocly_finds_nothing(node: Callable[..., subprocess.CompletedProcess[str]], file: str) -> None:
    done = node("redocly", "lint", file, "--format", "json")
    report = json.loads(done.stdout[done.stdout.index("{") :])
    assert (done.returncode, report["totals"]["errors"], report["totals"]["warnings"]) == (0, 0, 0), done.stdout
