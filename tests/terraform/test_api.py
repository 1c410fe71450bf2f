"""PRD 2.1.7, 5.5.1, 5.5.2: the routes of the API, and how its name is shared with the legacy API, by plans."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from gateway.dev.terraform import MODULE, WORKSPACES
from gateway.errors import Problem

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


# Every rule of the groups, as AWS lists them: WAF takes a name that is not there without a word, and the rule goes on blocking.
# Source: https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-list.html
RULES = {
    "AWSManagedRulesCommonRuleSet": {
        *("NoUserAgent_HEADER", "UserAgent_BadBots_HEADER"),
        *(f"SizeRestrictions_{part}" for part in ("QUERYSTRING", "Cookie_HEADER", "BODY", "URIPATH")),
        *(f"EC2MetaDataSSRF_{part}" for part in ("BODY", "COOKIE", "URIPATH", "QUERYARGUMENTS")),
        *(f"GenericLFI_{part}" for part in ("QUERYARGUMENTS", "URIPATH", "BODY")),
        *(f"RestrictedExtensions_{part}" for part in ("URIPATH", "QUERYARGUMENTS")),
        *(f"GenericRFI_{part}" for part in ("QUERYARGUMENTS", "BODY", "URIPATH")),
        *(f"CrossSiteScripting_{part}" for part in ("COOKIE", "QUERYARGUMENTS", "BODY", "URIPATH")),
    },
    "AWSManagedRulesSQLiRuleSet": {
        *(f"SQLi_{part}" for part in ("QUERYARGUMENTS", "BODY", "COOKIE", "URIPATH")),
        *(f"SQLiExtendedPatterns_{part}" for part in ("QUERYARGUMENTS", "BODY")),
    },
}
FIREWALLS = {"module.firewall", "module.appsync_firewall[0]"}


def test_texts_files_searches_and_documents_pass_the_firewall_and_paths_and_cookies_are_looked_at(
    plans: Callable[..., Plan],
) -> None:
    texts = ("_BODY", "_QUERYARGUMENTS", "_QUERYSTRING", "NoUserAgent_HEADER", "SizeRestrictions_Cookie_HEADER")
    for firewall in FIREWALLS:
        rules = plans("production").one(f"{firewall}.aws_wafv2_web_acl.this")["rule"]
        groups = [group for rule in rules for group in rule["statement"][0]["managed_rule_group_statement"]]
        counted = {group["name"]: {one["name"] for one in group["rule_action_override"]} for group in groups}
        for name, existing in RULES.items():
            assert counted.pop(name) == {rule for rule in existing if rule.endswith(texts)}
        assert set(counted) == {"AWSManagedRulesAmazonIpReputationList", "AWSManagedRulesKnownBadInputsRuleSet"}
        assert not any(counted.values())


def test_a_flood_is_answered_in_the_words_of_the_api(plans: Callable[..., Plan]) -> None:
    bodies = {}
    for firewall in FIREWALLS:
        acl = plans("production").one(f"{firewall}.aws_wafv2_web_acl.this")
        (rate,) = [rule for rule in acl["rule"] if rule["name"] == "rate"]
        (answer,) = rate["action"][0]["block"][0]["custom_response"]
        assert answer["response_code"] == 429
        assert answer["response_header"] == [{"name": "Retry-After", "value": "300"}]
        (body,) = acl["custom_response_body"]
        assert (body["key"], body["content_type"]) == (answer["custom_response_body_key"], "APPLICATION_JSON")
        bodies[firewall] = json.loads(body["content"])
    message = bodies["module.firewall"]["message"]
    of_gateway = Problem("TOO_MANY_REQUESTS", message, more={"retryAfter": 300})
    known = {key: value for key, value in of_gateway.body().items() if key not in {"requestId", "timestamp"}}
    assert bodies["module.firewall"] == known
    (error,) = bodies["module.appsync_firewall[0]"]["errors"]
    assert error == {"message": message, "extensions": {"code": "TOO_MANY_REQUESTS"}}


def _weights(plan: Plan) -> dict[str, int]:
    records = [values for values in plan.of("aws_route53_record").values() if values.get("name") == "api.example.com"]
    return {values["set_identifier"]: values["weighted_routing_policy"][0]["weight"] for values in records}
