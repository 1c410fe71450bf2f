"""What `make package` says of a zip that Lambda would not take: before an apply does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gateway.dev.package import NEARLY, UPLOAD, uploadable
from gateway.dev.process import StartError

if TYPE_CHECKING:
    from pathlib import Path


def sized(path: Path, size: int) -> Path:
    """A file of holes."""
    with path.open("wb") as file:
        file.truncate(size)
    return path


def test_a_zip_that_lambda_does_not_take_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        StartError, match=r"^layer-arm64\.zip has 50,000,001 bytes, and Lambda takes uploads of 50,000,000 at most\. "
    ):
        uploadable(sized(tmp_path / "layer-arm64.zip", UPLOAD + 1))


def test_one_that_is_nearly_too_large_is_warned_of(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    uploadable(sized(tmp_path / "layer-arm64.zip", UPLOAD))
    assert capsys.readouterr().out == (
        "  layer-arm64.zip is near the 50,000,000 bytes that Lambda takes in an upload: 0 are left.\n"
    )


def test_of_one_that_fits_nothing_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    uploadable(sized(tmp_path / "layer-arm64.zip", NEARLY))
    assert capsys.readouterr().out == ""
