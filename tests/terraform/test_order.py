"""What is destroyed after what: the opposite of what depends on what."""

from __future__ import annotations

import re
from shutil import which
from typing import TYPE_CHECKING

import pytest

from gateway.dev import terraform
from gateway.dev.terraform import Terraform

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.timeout(120)


@pytest.fixture(scope="module")
def dependencies(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    """Resource -> what it depends on, however many lie between."""
    if not which("terraform"):
        pytest.skip(terraform.MISSING)
    return graph(tmp_path_factory.mktemp("order"))


def graph(folder: Path) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for what, needed in re.findall(r'^ +"([^"]+)" -> "([^"]+)";$', Terraform(folder)("graph"), re.MULTILINE):
        found.setdefault(what, set()).add(needed)
    closed: dict[str, set[str]] = {}
    for what, needed in found.items():
        closed[what], waiting = set(), list(needed)
        while waiting:
            if (one := waiting.pop()) not in closed[what]:
                closed[what].add(one)
                waiting += found.get(one, ())
    return closed


def test_roles_of_functions_outlive_the_network_interfaces(dependencies: dict[str, set[str]]) -> None:
    """Lambda deletes interfaces under the role, long after the function is gone; a security group goes after the last of them."""
    role = {"module.function.aws_iam_role.this", "module.function.aws_iam_role_policy.connect"}
    for group in ("aws_security_group.functions", "aws_security_group.migrator"):
        assert role < dependencies[group]  # destroyed before its role
        assert group in dependencies["module.function.aws_lambda_function.this"]  # and after the functions
