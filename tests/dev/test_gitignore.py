"""What is made on a machine stays out of the repository (PRD 1.1.5)."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MADE = [
    "dist/function.zip",
    ".venv/bin/python",
    ".tools/actionlint",
    ".local/postgres/PG_VERSION",
    ".coverage",
    "gateway/__pycache__/app.cpython-313.pyc",
    "terraform/.terraform/providers/aws",
    "terraform/terraform.tfstate",
    "terraform/terraform.tfstate.d/dev/terraform.tfstate.backup",
    "terraform/backend.hcl",
]
KEPT = [
    "gateway/app.py",
    "schema.graphql",
    "terraform/routes.json",
    "terraform/dev.tfvars",
    "uv.lock",
    "docs/settings.md",
]


@pytest.mark.prd("1.1.5")
def test_git_ignores_what_is_made_and_nothing_that_is_written(tmp_path: Path) -> None:
    """What SST leaves in `.sst/` and `.build/`, Terraform, uv and make leave here. A copy of the checkout may have no `.git`."""
    shutil.copy(ROOT / ".gitignore", tmp_path)
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)  # noqa: S607 - whatever git there is
    asked = ["git", "check-ignore", "--no-index", *MADE, *KEPT]
    found = subprocess.run(asked, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert found.splitlines() == MADE
