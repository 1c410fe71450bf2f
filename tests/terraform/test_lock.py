"""A lock file of providers, where whoever deploys has made one, is good on every platform."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gateway.dev.modulepages import modules

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("folder", modules(), ids=lambda folder: folder.name)
def test_a_lock_file_has_the_hashes_of_all_platforms(folder: Path) -> None:
    """A provider from a folder of this machine leaves the hash of one alone, by which `make apply` refuses every other."""
    path = folder / ".terraform.lock.hcl"
    assert not path.exists() or '"zh:' in path.read_text(), f"delete {path}, or make it by `terraform providers lock`"
