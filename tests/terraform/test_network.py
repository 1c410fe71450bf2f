"""PRD 1.2: the network of every workspace, by its plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gateway.dev.terraform import WORKSPACES

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.terraform.conftest import Plan

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]  # a plan takes half a minute
every_workspace = pytest.mark.parametrize("workspace", WORKSPACES)


@pytest.mark.prd("1.2.1")
@every_workspace
def test_the_vpc_has_the_addresses_of_the_prd(plans: Callable[..., Plan], workspace: str) -> None:
    assert plans(workspace).one("aws_vpc.main")["cidr_block"] == "10.0.0.0/16"


@pytest.mark.prd("1.2.2")
@every_workspace
def test_public_and_private_subnets_lie_in_two_zones(plans: Callable[..., Plan], workspace: str) -> None:
    subnets = plans(workspace).of("aws_subnet")
    zones = {(address.split("[")[0], values["availability_zone"]) for address, values in subnets.items()}
    assert zones == {(f"aws_subnet.{kind}", f"us-east-1{zone}") for kind in ("public", "private") for zone in "ab"}


@pytest.mark.prd("1.2.3")
@every_workspace
def test_public_subnets_lead_to_the_internet_gateway(plans: Callable[..., Plan], workspace: str) -> None:
    plan = plans(workspace)
    addresses = {plan.one(f'aws_subnet.public["{zone}"]')["cidr_block"] for zone in "ab"}
    assert addresses == {"10.0.1.0/24", "10.0.2.0/24"}
    assert plan.one("aws_route.internet")["destination_cidr_block"] == "0.0.0.0/0"
    assert "aws_internet_gateway.main" in plan.references("aws_route.internet", "gateway_id")
    assert "aws_route_table.public" in plan.references("aws_route.internet", "route_table_id")
    assert "aws_route_table.public" in plan.references("aws_route_table_association.public", "route_table_id")
    assert len(plan.of("aws_route_table_association")) == 4


@pytest.mark.prd("1.2.4")
@pytest.mark.parametrize(("workspace", "gateways"), [("dev", 1), ("staging", 1), ("production", 2)])
def test_private_subnets_lead_to_nat(plans: Callable[..., Plan], workspace: str, gateways: int) -> None:
    plan = plans(workspace)
    addresses = {plan.one(f'aws_subnet.private["{zone}"]')["cidr_block"] for zone in "ab"}
    assert addresses == {"10.0.101.0/24", "10.0.102.0/24"}
    assert len(plan.of("aws_nat_gateway")) == gateways
    assert "aws_subnet.public" in plan.references("aws_nat_gateway.main", "subnet_id")
    assert [plan.one(f'aws_route.nat["{zone}"]')["destination_cidr_block"] for zone in "ab"] == ["0.0.0.0/0"] * 2
    assert "aws_nat_gateway.main" in plan.references("aws_route.nat", "nat_gateway_id")


@pytest.mark.prd("1.2.5")
@every_workspace
def test_security_groups_open_one_port_to_who_needs_it(plans: Callable[..., Plan], workspace: str) -> None:
    plan = plans(workspace)
    assert plan.conversations == {
        ("functions", "proxy", 5432),
        ("proxy", "database", 5432),
        ("migrator", "database", 5432),
        ("functions", "cache", 6379),
        ("functions", "search", 443),
    }
    inwards = plan.of("aws_vpc_security_group_ingress_rule").values()
    assert all(rule["cidr_ipv4"] is None and rule["from_port"] == rule["to_port"] for rule in inwards)
    outwards = plan.of("aws_vpc_security_group_egress_rule")
    anywhere = {address: rule["to_port"] for address, rule in outwards.items() if rule["cidr_ipv4"]}
    assert anywhere == {
        f'aws_vpc_security_group_egress_rule.https["{name}"]': 443 for name in ("functions", "migrator")
    }
    assert not any(
        group.get("ingress") or group.get("egress") for group in plan.of("aws_default_security_group").values()
    )


@pytest.mark.prd("1.2.7")
@every_workspace
def test_s3_is_reached_past_the_nat_gateway(plans: Callable[..., Plan], workspace: str) -> None:
    plan = plans(workspace)
    endpoint = plan.one("aws_vpc_endpoint.s3")
    assert (endpoint["vpc_endpoint_type"], endpoint["service_name"]) == ("Gateway", "com.amazonaws.us-east-1.s3")
    assert "aws_route_table.private" in plan.references("aws_vpc_endpoint.s3", "route_table_ids")


@pytest.mark.prd("1.2.8")
@pytest.mark.prd("5.7.1")
@every_workspace
def test_everything_that_can_be_tagged_is(plans: Callable[..., Plan], workspace: str) -> None:
    tagged = {
        address: values["tags_all"] for address, values in plans(workspace).resources.items() if "tags_all" in values
    }
    assert len(tagged) > 50
    wanted = {"Project": "LEGO-API", "Environment": workspace}
    assert [address for address, tags in tagged.items() if not wanted.items() <= (tags or {}).items()] == []


@pytest.mark.prd("1.2.6")
def test_a_bastion_stands_in_a_public_subnet_and_lets_nothing_in(otherwise: Callable[[str], Plan]) -> None:
    plan = otherwise("dev")
    assert "aws_subnet.public" in plan.references("aws_instance.bastion", "subnet_id")
    assert plan.one("aws_instance.bastion[0]")["associate_public_ip_address"] is True
    assert {talk for talk in plan.conversations if "bastion" in talk} == {("bastion", "database", 5432)}
    rules = plan.configured["aws_instance.bastion"]["vpc_security_group_ids"]["references"]
    assert {rule.split("[")[0] for rule in rules} == {"aws_security_group.bastion"}
    assert "AmazonSSMManagedInstanceCore" in plan.one("aws_iam_role_policy_attachment.bastion[0]")["policy_arn"]
