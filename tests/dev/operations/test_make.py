"""What `make` makes of the workspace that it is told, with a program in Terraform's place that says what it was asked."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gateway.dev.commands import OPERATIONS

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[3]
ADDRESS = "https://d1.cloudfront.net"
TERRAFORM = f"""#!/bin/sh
echo "$TF_WORKSPACE $*" >>"$CALLS"
case "$*" in
*output*) printf %s {ADDRESS} ;;
*show*) echo "1 to destroy" ;;
esac
"""
Said = tuple[int, str, list[str]]


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., Said]:
    """`make("apply", "WORKSPACE=production", answer="y")`: status, output, and how Terraform was called."""
    for name in ("Makefile", "pyproject.toml", "uv.lock"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / ".tools" / "uv" / "bin").mkdir(parents=True)
    (tmp_path / ".tools" / "uv" / "bin" / "uv").touch()  # else it would be installed
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "synced").touch()
    (tmp_path / "terraform").mkdir()
    (tmp_path / "terraform" / "backend.hcl").touch()
    program = tmp_path / "bin" / "terraform"
    program.parent.mkdir()
    program.write_text(TERRAFORM)
    program.chmod(0o755)
    asked = tmp_path / "asked"

    def run(*arguments: str, answer: str = "", **environ: str) -> Said:
        asked.write_text("")
        told = {"PATH": f"{program.parent}:{os.environ['PATH']}", "CALLS": str(asked), **environ}
        done = subprocess.run(
            [shutil.which("make") or "/usr/bin/make", *arguments],
            cwd=tmp_path,
            env=told,
            input=answer,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr, asked.read_text().splitlines()

    return run


def verbs(calls: list[str]) -> list[str]:
    return [call.split()[1] for call in calls]


@pytest.mark.parametrize(("answer", "status"), [("y\n", 0), ("n\n", 2), ("", 2)])
def test_production_is_shown_and_asked_about(make: Callable[..., Said], answer: str, status: int) -> None:
    done, said, calls = make("apply", "WORKSPACE=production", answer=answer)

    assert done == status
    assert said.index("1 to destroy") < said.index("Apply this to production? [y/N]")
    assert verbs(calls) == ["init", "workspace", "plan", "show", *(["apply"] if status == 0 else [])]
    assert ("Nothing was changed." in said) is (status != 0)


@pytest.mark.parametrize(
    ("arguments", "environ"),
    [(["WORKSPACE=production", "YES=1"], {}), (["WORKSPACE=production"], {"CI": "true"}), (["WORKSPACE=staging"], {})],
)
def test_nobody_is_asked_twice_nor_about_the_others(
    make: Callable[..., Said], arguments: list[str], environ: dict[str, str]
) -> None:
    status, said, calls = make("apply", *arguments, **environ)

    assert (status, "[y/N]" in said) == (0, False)
    assert verbs(calls)[-1] == "apply"


def test_a_draft_that_is_there_is_not_made_again(make: Callable[..., Said]) -> None:
    assert verbs(make("draft", "ARGS=-lock=false")[2]) == ["init", "workspace", "plan", "show"]
    status, _, calls = make("apply", "DRAFTED=1")
    assert (status, verbs(calls)) == (0, ["init", "workspace", "apply"])


@pytest.mark.parametrize("target", ["deploy", "smoke", "integration"])
def test_an_address_that_nobody_gives_is_terraforms(make: Callable[..., Said], target: str) -> None:
    _, said, calls = make("-n", target, "WORKSPACE=staging")
    assert f"--against '{ADDRESS}'" in said
    assert calls == ["staging -chdir=terraform output -raw distribution_url"]

    _, said, calls = make("-n", target, API_URL="https://api.example.com")
    assert "--against 'https://api.example.com'" in said
    assert calls == []


@pytest.mark.parametrize("target", ["draft", "apply", "destroy", "deploy", "smoke", "integration"])
def test_a_workspace_that_is_none_is_not_made(make: Callable[..., Said], target: str) -> None:
    status, said, calls = make(target, "WORKSPACE=prod")

    assert status == 2
    assert "There is no workspace prod: choose one of dev staging production" in said
    assert calls == []


def test_the_workspaces_are_terraforms() -> None:
    named = re.findall(r"^WORKSPACES := (.+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    sizes = re.findall(r"^    (\w+) = \{$", (ROOT / "terraform" / "workspace.tf").read_text(), re.MULTILINE)
    assert named[0].split() == sizes[:3]
    assert set(sizes[:3]) == set(OPERATIONS["deploy"][3]["--workspace"]["choices"])


@pytest.mark.parametrize("target", ["deploy", "smoke", "integration"])
def test_an_estate_that_is_not_there_is_one_sentence(make: Callable[..., Said], tmp_path: Path, target: str) -> None:
    program = tmp_path / "bin" / "terraform"
    program.write_text(
        "#!/bin/sh\necho 'Warning: No outputs found'\necho 'Error: Backend initialization required' >&2\n"
    )

    status, said, _ = make(target)
    assert (status, len(said.splitlines())) == (2, 1)
    assert "Terraform knows no API of dev. Say API_URL=https://..., or: make apply WORKSPACE=dev" in said

    (tmp_path / "terraform" / "backend.hcl").unlink()
    status, said, _ = make(target)
    assert (status, len(said.splitlines())) == (2, 1)
    assert "There is no terraform/backend.hcl, which says where the state is kept" in said


@pytest.mark.prd("1.1.2")
def test_a_command_each_runs_deploys_and_removes_what_pinned_tools_make(make: Callable[..., Said]) -> None:
    """What SST's package.json would: `sst dev`, `sst deploy`, `sst remove`, and the dependencies that they want."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert "moto" in {re.split(r"[\[>=]", one)[0] for one in project["dependency-groups"]["dev"]}
    assert 'source  = "hashicorp/aws"' in (ROOT / "terraform" / "versions.tf").read_text()
    assert "gateway.cli run --with-parent" in make("-n", "run")[1]
    assert "gateway.cli deploy --workspace dev" in make("-n", "deploy")[1]
    assert "terraform -chdir=terraform destroy" in make("-n", "destroy")[1]


def test_an_estate_is_destroyed_when_terraform_has_asked(make: Callable[..., Said]) -> None:
    assert make("destroy")[2][-1] == " -chdir=terraform destroy"
    assert make("destroy", "YES=1")[2][-1] == " -chdir=terraform destroy -input=false -auto-approve"
    assert verbs(make("destroy")[2]) == ["init", "workspace", "destroy"]


@pytest.mark.parametrize("target", ["outbox", "reindex"])
def test_this_machine_is_meant_unless_a_workspace_is_named(make: Callable[..., Said], target: str) -> None:
    assert "--workspace" not in make("-n", target)[1]
    assert f"cli {target} --workspace production all" in make("-n", target, "WORKSPACE=production", "ARGS=all")[1]
    assert f"cli {target} --workspace staging" in make("-n", target, WORKSPACE="staging")[1]
