"""Terraform beside an emulated AWS: `python -m gateway.dev.terraform plan production`, and what `rehearse` stands on.

It works on a copy of `terraform/`, so that neither the state of a real workspace nor `.terraform/` of the checkout is touched; the copy
keeps its state in a file instead of the bucket. The provider comes from this machine where one is installed (`../shared/tools`), else
from the registry.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from copy import copy
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway.dev.api import ROOT
from gateway.dev.aws import CREDENTIALS
from gateway.dev.process import LOOPBACK, Child, StartError, answers, free_port

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

MODULE = ROOT / "terraform"
REGION = "us-east-1"
WORKSPACES = ("dev", "staging", "production")
MISSING = "Terraform 1.11 or newer is not installed: https://developer.hashicorp.com/terraform/install"
# What an estate that people depend on has to be told, in plans and in the tests of the module, which load it by themselves.
TOLD = MODULE / "tests" / "told.auto.tfvars.json"
_OFFLINE = ROOT.parent / "shared" / "tools" / "terraform-offline"
_BACKEND = 'terraform {\n  backend "local" {}\n}\n'
_AT_ONCE = 2  # test files; each takes a core
_KEPT_OUT = shutil.ignore_patterns(
    ".terraform", ".terraform.lock.hcl", "*.tfstate*", "*.hcl.local", "backend.hcl", "*.tfvars"
)


class TerraformError(StartError):
    """Terraform refused; the text is what it said."""


class Terraform:
    """One workspace of a copy of the module in `folder`.

    Args:
        folder: an empty one, to be filled.
        workspace: its name.
        endpoint: the emulated AWS; without one nothing can be planned, and much can be checked.
    """

    def __init__(self, folder: Path, workspace: str = "dev", endpoint: str | None = None) -> None:
        self.program = shutil.which("terraform") or ""
        if not self.program:
            raise TerraformError(MISSING)
        self.folder = folder / "terraform"
        shutil.copytree(MODULE, self.folder, ignore=_KEPT_OUT)
        (self.folder / "backend_override.tf").write_text(_BACKEND)
        (ROOT / "dist").mkdir(exist_ok=True)
        for name in ("dist", "docs"):  # what the module reads beside itself
            (folder / name).symlink_to(ROOT / name)
        self._environment = environment(workspace, endpoint)
        self("init", "-input=false")

    def __call__(self, *arguments: str) -> str:
        """Run one command and return what it printed.

        Raises:
            TerraformError: it failed, with what it said of it.
        """
        done = subprocess.run(  # noqa: S603 - arguments are written in this package
            [self.program, f"-chdir={self.folder}", *arguments],
            env=self._environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            said = done.stdout if arguments[0] == "test" else ""  # where else what failed stands on standard error
            raise TerraformError(f"terraform {arguments[0]} failed.\n{said}{done.stderr}".rstrip())
        return done.stdout

    def unformatted(self) -> list[str]:
        """The files that `terraform fmt` would change.

        Raises:
            TerraformError: one is no HCL.
        """
        done = subprocess.run(  # noqa: S603 - as above
            [self.program, f"-chdir={self.folder}", "fmt", "-check", "-recursive"],
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode and not done.stdout:
            raise TerraformError(f"terraform fmt failed.\n{done.stderr}")
        return done.stdout.splitlines()

    def module(self, name: str) -> Terraform:
        """A module below this one, as a root of its own."""
        inner = copy(self)
        inner.folder = self.folder / name
        inner("init", "-input=false")
        return inner

    @property
    def tests(self) -> list[str]:
        """The files of tests, from the folder."""
        return sorted(str(path.relative_to(self.folder)) for path in self.folder.glob("tests/*.tftest.hcl"))

    def stand_in(self) -> Path:
        """A package that holds the handlers and nothing that they import, for where none is built."""
        target = self.folder.parent / "stand-in.zip"
        with zipfile.ZipFile(target, "w") as package:
            for handler in sorted((ROOT / "gateway" / "lambdas").glob("*.py")):
                package.write(handler, handler.relative_to(ROOT))
        return target

    def plan(self, variables: Mapping[str, Any], *options: str) -> dict[str, Any]:
        """What `terraform show -json` says of a plan with these variables."""
        (self.folder / "emulated.auto.tfvars.json").write_text(json.dumps({"emulated": True, **variables}))
        self("plan", "-input=false", "-out=plan", "-lock=false", *options)
        shown: dict[str, Any] = json.loads(self("show", "-json", "plan"))
        return shown


def resources(shown: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Address -> attributes of what a plan would have in the end, modules included, as far as they are known."""
    found: dict[str, dict[str, Any]] = {}
    modules = [shown["planned_values"]["root_module"]]
    while modules:
        module = modules.pop()
        modules += module.get("child_modules", ())
        found |= {
            one["address"]: one.get("values", {}) for one in module.get("resources", ()) if one["mode"] == "managed"
        }
    return found


def environment(workspace: str, endpoint: str | None) -> dict[str, str]:
    """The environment of Terraform: this process's, without its AWS, with ours."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "TF_VAR_", "TF_DATA_DIR"))
    }
    kept |= {"CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1", "TF_WORKSPACE": workspace, "NO_COLOR": "1"}
    kept |= {"TF_CLI_ARGS": "-no-color", "NO_PROXY": f"{LOOPBACK},{kept.get('NO_PROXY', '')}"}
    kept |= CREDENTIALS | {"AWS_REGION": REGION, "AWS_EC2_METADATA_DISABLED": "true"}
    if endpoint:
        kept["AWS_ENDPOINT_URL"] = endpoint
    if not Path(kept.get("TF_CLI_CONFIG_FILE", "none")).is_file() and _OFFLINE.exists():
        kept.pop("TF_CLI_CONFIG_FILE", None)
        lines = subprocess.run([str(_OFFLINE)], capture_output=True, text=True, check=True).stdout  # noqa: S603 - as above
        if found := re.search(r"^export TF_CLI_CONFIG_FILE=(\S+)$", lines, re.MULTILINE):
            kept["TF_CLI_CONFIG_FILE"] = found[1]
    return kept


@contextmanager
def emulated_aws(folder: Path) -> Iterator[str]:
    """A moto server of its own, empty; yields its URL."""
    port = free_port()
    child = Child(
        "AWS (moto)",
        [sys.executable, "-m", "gateway.dev.emulator", LOOPBACK, str(port)],
        log=folder / "moto.log",
        environment=os.environ | CREDENTIALS | {"MOTO_IAM_LOAD_MANAGED_POLICIES": "true", "MOTO_PORT": str(port)},
    )
    try:
        child.wait_until(lambda: answers(port), 60)
        connection = HTTPConnection(LOOPBACK, port)
        connection.request("POST", "/moto-api/config", json.dumps({"lambda": {"use_docker": False}}))
        connection.getresponse().read()
        connection.close()
        yield f"http://{LOOPBACK}:{port}"
    finally:
        child.stop()


def planned(workspace: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The plan of an empty account, with `variables` instead of what `TOLD` says.

    Raises:
        TerraformError: Terraform is missing, or refused.
    """
    with tempfile.TemporaryDirectory(prefix="brickgate-plan-") as name, emulated_aws(Path(name)) as endpoint:
        return Terraform(Path(name), workspace, endpoint).plan(json.loads(TOLD.read_text()) | dict(variables or {}))


def plan(workspace: str) -> int:
    """`make plan`: write `dist/plan.WORKSPACE.json` and say what would be made."""
    shown = planned(workspace)
    target = ROOT / "dist" / f"plan.{workspace}.json"
    target.write_text(json.dumps(shown, indent=1) + "\n")
    made = [change["type"] for change in shown["resource_changes"] if "create" in change["change"]["actions"]]
    print(f"{workspace}: {len(made)} resources of {len(set(made))} types would be made")
    print(f"written to {target.relative_to(ROOT)}")
    return 0


def check(kind: str = "form") -> int:
    """`make check` looks at the form, and says so where it cannot; `make terraform-check` (`all`) runs the tests of the module, too."""
    if kind == "form" and not shutil.which("terraform"):
        print(f"{MISSING}: its files are not checked.")
        return 0
    with tempfile.TemporaryDirectory(prefix="brickgate-check-") as name:
        terraform = Terraform(Path(name))
        if crooked := [line for line in terraform.unformatted() if not line.startswith("backend_override")]:
            raise TerraformError(f"`make format` would mend terraform/{', terraform/'.join(crooked)}")
        modules = [terraform, terraform.module("bootstrap")]
        for module in modules:
            module("validate")
        print("Terraform: formatted and valid")
        if kind == "all":
            tests = [(module, file) for module in modules for file in module.tests]
            with ThreadPoolExecutor(_AT_ONCE) as pool:  # one process each: Terraform runs them in turns
                for said in pool.map(lambda test: test[0]("test", f"-filter={test[1]}"), tests):
                    print(said)
    return 0


if __name__ == "__main__":
    try:
        commands: dict[str, Callable[..., int]] = {"plan": plan, "check": check}
        sys.exit(commands[sys.argv[1]](*sys.argv[2:]))
    except StartError as problem:
        sys.exit(str(problem))
