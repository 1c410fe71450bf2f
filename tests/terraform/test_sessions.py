"""Who comes from GitHub to change a workspace may stay for as long as the change takes."""

from __future__ import annotations

import re
from typing import Any

import yaml

from gateway.dev.api import ROOT
from gateway.dev.terraform import MODULE

JOBS = yaml.safe_load((ROOT / ".github" / "workflows" / "workspace.yml").read_text())["jobs"]
CREDENTIALS, UPLOAD = "aws-actions/configure-aws-credentials@", "actions/upload-artifact@"


def steps(job: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = JOBS[job]["steps"]
    return found


def test_a_job_outlasts_a_change_of_the_search_domain_and_its_session_the_job() -> None:
    (change,) = re.findall(r'update = var.emulated \? "20s" : "(\d+)m"', (MODULE / "search.tf").read_text())
    (allowed,) = re.findall(
        r'resource "aws_iam_role" "deploy" \{.*?max_session_duration = (\d+) \* 3600',
        (MODULE / "bootstrap" / "github.tf").read_text(),
        re.DOTALL,
    )
    (login,) = [step["with"] for step in steps("workspace") if step.get("uses", "").startswith(CREDENTIALS)]
    assert int(change) + 30 <= JOBS["workspace"]["timeout-minutes"]
    assert JOBS["workspace"]["timeout-minutes"] * 60 <= login["role-duration-seconds"] <= int(allowed) * 3600


def test_a_state_that_could_not_be_saved_is_kept_and_sealed() -> None:
    sealed = next(step for step in steps("workspace") if "errored.tfstate" in step.get("if", ""))
    assert "gpg --batch" in sealed["run"]
    kept = [step["with"]["path"] for step in steps("workspace") if step.get("uses", "").startswith(UPLOAD)]
    assert kept == ["dist/errored.tfstate.gpg"]
