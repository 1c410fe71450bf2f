"""What `make audit` makes of what the checkers say; a program of the test's own speaks for them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from gateway.dev import audit
from gateway.dev.process import StartError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

WEAK = {"name": "left-pad", "version": "1.0", "vulns": [{"id": "PYSEC-2026-1", "fix_versions": ["1.1"]}]}
SOUND = {"name": "right-pad", "version": "1.0", "vulns": []}
SKIPPED = {"name": "private", "skip_reason": "not found on PyPI"}
LOOKS_LIKE_ONE = {"type": "AWS Access Key", "hashed_secret": "0" * 40, "line_number": 7, "is_verified": False}


@pytest.fixture
def said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """`said(packages, secrets, **environ)`: the exit status, where the checkers say that."""
    monkeypatch.setattr(audit, "BASELINE", tmp_path / "baseline")

    def run(packages: list[Any], secrets: dict[str, Any], **environ: str) -> int:
        (tmp_path / "packages").write_text(json.dumps({"dependencies": packages}))
        (tmp_path / "secrets").write_text(json.dumps({"results": secrets}))
        uv = tmp_path / "uv"
        uv.write_text(
            f'#!/bin/sh\ncase "$*" in *detect*) cat {tmp_path}/secrets;; *pip-audit*) cat {tmp_path}/packages;; esac\n'
        )
        uv.chmod(0o755)
        return audit.audit({"UV": str(uv), **environ})

    return run


def test_a_weakness_fails_and_is_named_with_what_mends_it(
    said: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert said([WEAK, SOUND, SKIPPED], {}) == 1
    told = capsys.readouterr().out
    assert "left-pad 1.0: PYSEC-2026-1, mended in 1.1" in told
    assert "2 packages looked at, 1 unknown to PyPI." in told
    assert said([SOUND], {}) == 0


def test_that_nobody_answers_passes_only_where_that_is_allowed(said: Callable[..., int]) -> None:
    assert said([SKIPPED], {}) == 1
    assert said([SKIPPED], {}, OFFLINE="1") == 0
    assert said([WEAK], {}, OFFLINE="1") == 1


def test_what_looks_like_a_secret_fails_until_it_was_looked_at_wherever_it_stands(said: Callable[..., int]) -> None:
    assert said([SOUND], {"a.py": [LOOKS_LIKE_ONE]}) == 1
    assert said([SOUND], {"a.py": [dict(LOOKS_LIKE_ONE)]}, ACCEPT="1") == 0
    assert said([SOUND], {"a.py": [{**LOOKS_LIKE_ONE, "line_number": 70}]}) == 0
    assert said([SOUND], {"a.py": [{**LOOKS_LIKE_ONE, "hashed_secret": "1" * 40}]}) == 1
    assert said([SOUND], {"b.py": [LOOKS_LIKE_ONE]}) == 1


def test_a_checker_that_does_not_run_is_told(tmp_path: Path) -> None:
    uv = tmp_path / "uv"
    uv.write_text("#!/bin/sh\necho no network >&2\nexit 2\n")
    uv.chmod(0o755)
    with pytest.raises(StartError, match="no network"):
        audit.audit({"UV": str(uv), "OFFLINE": "1"})
