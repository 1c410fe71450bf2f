"""PRD 2.1.7, 5.5.1, 5.5.2: the routes of the API, and how its name is shared with the legacy API, by plans."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from gateway.dev.terraform import MODULE, WORKSPACES

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.terraform.conftest import Plan

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]  # a plan takes half a minute
every_workspace = pytest.mark.parametrize("workspace", WORKSPACES)
CUT_OVER = {
    "domain": {"name": "api.example.com", "zone_id": "Z0123456789ABCDEFGHIJ"},
    "legacy": {"dns_name": "legacy-1234567890.us-east-1.elb.amazonaws.com", "zone_id": "Z35SXDOTRQ7X7K"},
}


@every_workspace
def test_the_api_has_the_routes_of_the_gateway_and_no_other(plans: Callable[..., Plan], workspace: str) -> None:
    planned = {values["route_key"] for values in plans(workspace).of("aws_apigatewayv2_route").values()}
    assert planned == set(json.loads((MODULE / "routes.json").read_text()))


@pytest.mark.prd("2.1.7")
@every_workspace
def test_the_http_api_serves_mocs_by_a_path_parameter(plans: Callable[..., Plan], workspace: str) -> None:
    plan = plans(workspace)
    assert plan.one("aws_apigatewayv2_api.main")["protocol_type"] == "HTTP"
    planned = {values["route_key"] for values in plan.of("aws_apigatewayv2_route").values()}
    assert {"GET /api/mocs", "POST /api/mocs", "GET /api/mocs/{id}", "PATCH /api/mocs/{id}"} <= planned


@pytest.mark.prd("1.8.5")
@every_workspace
def test_the_http_api_serves_health(plans: Callable[..., Plan], workspace: str) -> None:
    planned = {values["route_key"] for values in plans(workspace).of("aws_apigatewayv2_route").values()}
    assert "GET /health" in planned


@every_workspace
def test_no_route_can_be_reached_past_cloudfront(plans: Callable[..., Plan], workspace: str) -> None:
    plan = plans(workspace)
    assert {values["authorization_type"] for values in plan.of("aws_apigatewayv2_route").values()} == {"CUSTOM"}
    assert plan.references("aws_apigatewayv2_route.this", "authorizer_id") >= {"aws_apigatewayv2_authorizer.origin"}


@pytest.mark.prd("5.5.1")
@pytest.mark.prd("5.5.2")
def test_at_first_the_legacy_api_gets_all_of_the_traffic(plans: Callable[..., Plan]) -> None:
    assert _weights(plans("production", **CUT_OVER)) == {"legacy": 100, "lambda": 0}


@pytest.mark.prd("5.5.1")
def test_one_number_moves_a_part_of_the_traffic(plans: Callable[..., Plan]) -> None:
    assert _weights(plans("production", **CUT_OVER, lambda_weight=10)) == {"legacy": 90, "lambda": 10}


@pytest.mark.prd("5.8.8")
def test_without_the_legacy_api_all_of_the_traffic_comes_here(plans: Callable[..., Plan]) -> None:
    assert _weights(plans("production", domain=CUT_OVER["domain"])) == {"lambda": 100}


def test_with_a_domain_the_api_has_no_other_name(plans: Callable[..., Plan]) -> None:
    plan = plans("production", **CUT_OVER)
    assert plan.one("aws_apigatewayv2_api.main")["disable_execute_api_endpoint"] is True
    assert plan.one("aws_apigatewayv2_domain_name.origin[0]")["domain_name"] == "origin.api.example.com"
    assert plan.one("aws_cloudfront_distribution.api")["aliases"] == ["api.example.com"]


def _weights(plan: Plan) -> dict[str, int]:
    records = [values for values in plan.of("aws_route53_record").values() if values.get("name") == "api.example.com"]
    return {values["set_identifier"]: values["weighted_routing_policy"][0]["weight"] for values in records}
