"""The plans of all workspaces, made once for all tests: `plans("production")`."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache, cached_property
from shutil import which
from typing import TYPE_CHECKING, Any

import pytest

from gateway.dev import terraform

if TYPE_CHECKING:
    from collections.abc import Callable

Values = dict[str, Any]


@dataclass(frozen=True)
class Plan:
    """What `terraform show -json` says, by address."""

    shown: Values

    @cached_property
    def resources(self) -> dict[str, Values]:
        """Address -> attributes, as far as they are known before anything is made; of modules too."""
        return terraform.resources(self.shown)

    @cached_property
    def configured(self) -> dict[str, Values]:
        """Address without index -> expressions, of the root module: what attributes refer to."""
        return {
            found["address"]: found["expressions"]
            for found in self.shown["configuration"]["root_module"]["resources"]
            if found["mode"] == "managed"
        }

    def of(self, kind: str) -> dict[str, Values]:
        """The resources of one type."""
        return {
            address: values
            for address, values in self.resources.items()
            if kind in re.sub(r"\[[^]]*\]", "", address).split(".")  # without the keys of instances
        }

    def one(self, address: str) -> Values:
        """A resource by its address."""
        return self.resources[address]

    def references(self, address: str, attribute: str) -> set[str]:
        """What an attribute of a resource of the root module refers to."""
        return set(self.configured[address][attribute].get("references", ()))

    def policy(self, address: str, attribute: str = "policy") -> list[Values]:
        """The statements of a policy that is known before anything is made."""
        statements: list[Values] = json.loads(self.one(address)[attribute])["Statement"]
        return statements

    @property
    def conversations(self) -> set[tuple[str, str, int]]:
        """Who may open a connection to whom, and at which port: (from, to, port), by names of security groups."""
        return {
            (description.removeprefix("From "), name.split("_")[-1], values["from_port"])
            for address, values in self.of("aws_vpc_security_group_ingress_rule").items()
            for description, name in [(values["description"], address.split('"')[1])]
        }


@pytest.fixture(scope="session")
def plans() -> Callable[..., Plan]:
    """The plan of a workspace, with variables that are not the defaults: `plans("dev", bastion=True)`."""
    if not which("terraform"):
        pytest.skip(terraform.MISSING)

    @cache
    def made(workspace: str, variables: str) -> Plan:
        try:
            return Plan(terraform.planned(workspace, json.loads(variables)))
        except terraform.TerraformError as error:
            if "Failed to query available provider packages" in str(error):
                pytest.skip("The AWS provider of Terraform is not on this machine, and its registry does not answer.")
            raise

    return lambda workspace, **variables: made(workspace, json.dumps(variables, sort_keys=True))


@pytest.fixture(scope="session")
def otherwise(plans: Callable[..., Plan]) -> Callable[[str], Plan]:
    """The plan of a workspace with what the base of the estate has by choice: a plan takes half a minute, so all of it at once."""
    key = "-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----\n"
    return lambda workspace: plans(
        workspace,
        database_kind="aurora" if workspace == "dev" else "instance",
        bastion=True,
        cors_origins=["https://app.example.com"],
        files_cdn_public_key=key,
    )
