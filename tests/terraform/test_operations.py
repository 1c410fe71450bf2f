"""PRD 5.1 to 5.3 and 5.7: what operators look at, and what wakes them, by the plan of every workspace."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, get_args

import pytest

from gateway.answers import State
from gateway.dev.api import ROOT
from gateway.dev.terraform import WORKSPACES
from gateway.logs import ACCESS
from resolvers.search.engines import DATABASE, OPENSEARCH
from services.metrics import DIMENSION, METRICS, NAMESPACE, SEARCHES_PERFORMED

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.terraform.conftest import Plan

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]  # a plan takes half a minute
every_workspace = pytest.mark.parametrize("workspace", WORKSPACES)
RUNBOOKS = ROOT / "docs" / "runbooks"

# Criterion 5.2.3, line by line: severity, what is compared, above (or below) which value, within how many seconds.
ALARMS = {
    "lambda-errors-api": ("CRITICAL", {"Errors": "Sum", "Invocations": "Sum"}, ">", 5, 300),
    "lambda-throttles-api": ("WARNING", {"Throttles": "Sum"}, ">", 10, 300),
    "api-5xx": ("CRITICAL", {"5xx": "Sum", "Count": "Sum"}, ">", 3, 300),
    "api-latency": ("WARNING", {"Latency": "p99"}, ">", 3000, 300),
    "database-cpu": ("WARNING", {"CPUUtilization": "Average"}, ">", 80, 300),
    "database-memory": ("WARNING", {"FreeableMemory": "Minimum"}, "<", 1024**3, 300),
    "cache-evictions": ("WARNING", {"Evictions": "Sum"}, ">", 100, 60),
    "search-red": ("CRITICAL", {"ClusterStatus.red": "Maximum"}, ">", 0, 60),
    "cold-start-api": ("WARNING", {"ColdStart-api": "p99"}, ">", 2000, 300),
}
OF_DEV = {"database-memory": 100 * 1024**2}  # whose instance has no more than a GiB
# What a state that is operated is told besides.
OPERATED = {
    "alert_emails": ["devops@example.com"],
    "finance_emails": ["finance@example.com"],
    "cost_tags": True,
    "monthly_budget": 200,
}
COMPARISONS = {"GreaterThanThreshold": ">", "LessThanThreshold": "<"}

# Criteria 5.1.2, 5.1.3 and 5.7.6: what the dashboard shows, by namespace, metric and statistic.
SHOWN = {
    *(("AWS/Lambda", name, "Sum") for name in ("Invocations", "Errors", "Throttles")),
    *(("AWS/Lambda", "Duration", stat) for stat in ("Average", "p50", "p95", "p99")),
    ("AWS/Lambda", "ConcurrentExecutions", "Maximum"),
    *(("AWS/ApiGateway", name, "Sum") for name in ("Count", "4xx", "5xx")),
    *(("AWS/ApiGateway", "Latency", stat) for stat in ("p50", "p95", "p99")),
    ("AWS/RDS", "DatabaseConnectionsCurrentlyBorrowed", "Average"),  # active; and those that are not, idle:
    ("AWS/RDS", "DatabaseConnections", "Average"),
    ("AWS/RDS", "DatabaseConnectionsBorrowLatency", "Average"),
    *(("AWS/ElastiCache", name, "Sum") for name in ("CacheHits", "CacheMisses")),
    ("AWS/ElastiCache", "DatabaseMemoryUsagePercentage", "Average"),
    *(("AWS/ES", f"ClusterStatus.{color}", "Maximum") for color in ("green", "yellow", "red")),
    *(("AWS/ES", name, "Average") for name in ("IndexingRate", "SearchLatency")),
    *(("AWS/S3", name, "Sum") for name in ("GetRequests", "PutRequests")),
}
COUNTED = {(NAMESPACE, metric.name, "Maximum" if metric.latest else "Sum") for metric in METRICS}  # what the code emits


def alarms(plan: Plan, workspace: str) -> dict[str, dict[str, Any]]:
    return {
        values["alarm_name"].removeprefix(f"lego-api-{workspace}-"): values
        for values in plan.of("aws_cloudwatch_metric_alarm").values()
    }


def output(plan: Plan, name: str) -> Any:
    """An output, as far as it is known before anything is made."""
    return plan.shown["output_changes"][name]["after"]


def shown(plan: Plan) -> set[tuple[str, str, str]]:
    """Namespace, metric and statistic of every line of the dashboard."""
    lines = set()
    for widget in output(plan, "dashboard")["widgets"]:
        for line in widget["properties"]["metrics"]:
            if isinstance(line[0], str):
                options = line[-1] if isinstance(line[-1], dict) else {}
                lines.add((line[0], line[1], options.get("stat", widget["properties"]["stat"])))
    return lines


@pytest.mark.prd("5.2.3")
@pytest.mark.prd("4.8.10")
@every_workspace
def test_the_alarms_of_the_prd_are_there(plans: Callable[..., Plan], workspace: str) -> None:
    found = alarms(plans(workspace), workspace)
    for name, (severity, metrics, comparison, threshold, seconds) in ALARMS.items():
        alarm = found[name]
        watched = [query["metric"][0] for query in alarm["metric_query"] if query["metric"]]
        assert alarm["alarm_description"].startswith(f"{severity}: "), name
        assert {metric["metric_name"]: metric["stat"] for metric in watched} == metrics, name
        assert {metric["period"] for metric in watched} == {seconds}, name
        limit = OF_DEV.get(name, threshold) if workspace == "dev" else threshold
        assert (COMPARISONS[alarm["comparison_operator"]], alarm["threshold"]) == (comparison, limit), name
    share = {name: alarm for name, alarm in found.items() if name.startswith("lambda-errors")}
    for name, alarm in share.items():
        (expression,) = [query["expression"] for query in alarm["metric_query"] if query["expression"]]
        assert (expression, alarm["threshold"]) == ("IF(invocations > 0, 100 * errors / invocations, 0)", 5), name
    for kind in ("lambda-errors", "lambda-throttles"):
        assert sum(name.startswith(kind) for name in found) == 10  # one for each function
    assert sum(name.startswith("cold-start") for name in found) == 9  # nobody waits for the migrator


@pytest.mark.prd("5.2.4")
@every_workspace
def test_every_alarm_links_a_page_that_says_what_to_do(plans: Callable[..., Plan], workspace: str) -> None:
    for name, alarm in alarms(plans(workspace), workspace).items():
        found = re.search(r"https://\S+/docs/runbooks/(\S+\.md)$", alarm["alarm_description"])
        assert found, name
        text = (RUNBOOKS / found[1]).read_text()
        assert all(f"\n## {part}\n" in text for part in ("What it means", "Look", "Do")), name


@pytest.mark.prd("5.2.1")
@pytest.mark.prd("5.2.5")
@every_workspace
def test_every_alarm_is_sent_to_the_topic_of_the_workspace(plans: Callable[..., Plan], workspace: str) -> None:
    plan = plans(workspace)
    assert plan.one("aws_sns_topic.alerts")["name"] == f"lego-api-serverless-alerts-{workspace}"
    assert "aws_sns_topic.alerts" in plan.references("aws_cloudwatch_metric_alarm.this", "alarm_actions")
    assert all(alarm["actions_enabled"] for alarm in alarms(plan, workspace).values())


@pytest.mark.prd("5.2.2")
@pytest.mark.prd("5.7.5")
def test_the_team_hears_of_alarms_and_finance_of_costs(plans: Callable[..., Plan]) -> None:
    plan = plans("production", **OPERATED)
    subscribed = {
        (address.split('"')[1].split()[0], values["protocol"], values["endpoint"])
        for address, values in plan.of("aws_sns_topic_subscription").items()
    }
    assert subscribed == {
        ("alerts", "email", "devops@example.com"),
        ("costs", "email", "devops@example.com"),
        ("costs", "email", "finance@example.com"),
    }


@pytest.mark.prd("5.1.1")
def test_the_dashboard_of_production_has_the_name_of_the_prd(plans: Callable[..., Plan]) -> None:
    dashboard = plans("production").one("aws_cloudwatch_dashboard.main")
    assert dashboard["dashboard_name"] == "LEGO-API-Serverless-Production"


@pytest.mark.prd("5.1.2")
@every_workspace
def test_the_dashboard_shows_every_metric_of_the_prd(plans: Callable[..., Plan], workspace: str) -> None:
    assert SHOWN - shown(plans(workspace)) == set()
    widgets = {widget["properties"]["title"]: widget for widget in output(plans(workspace), "dashboard")["widgets"]}
    for title in ("Lambda: invocations", "Lambda: errors", "Lambda: throttles", "Lambda: duration, p99, ms"):
        assert len(widgets[title]["properties"]["metrics"]) == 10  # one line for each function


@every_workspace
def test_the_dashboard_shows_what_people_do(plans: Callable[..., Plan], workspace: str) -> None:
    """What the code emits for it stands in an output, too."""
    plan = plans(workspace)
    assert COUNTED - shown(plan) == set()
    emitted = output(plan, "emitted_metrics").values()
    assert {(metric["namespace"], metric["name"]) for metric in emitted} == {line[:2] for line in COUNTED}
    assert all(metric["dimensions"] == {"Environment": workspace} for metric in emitted)


@every_workspace
def test_alarms_and_the_dashboard_name_no_metric_of_ours_that_the_code_does_not_emit(
    plans: Callable[..., Plan], workspace: str
) -> None:
    plan = plans(workspace)
    watched = {
        (metric["namespace"], metric["metric_name"], json.dumps(metric["dimensions"]))
        for alarm in alarms(plan, workspace).values()
        for query in alarm["metric_query"]
        for metric in query["metric"]
        if metric["namespace"] == NAMESPACE
    }
    dimensions = json.dumps({DIMENSION: workspace})
    engines = {
        (NAMESPACE, SEARCHES_PERFORMED.name, json.dumps({SEARCHES_PERFORMED.by: engine, DIMENSION: workspace}))
        for engine in (OPENSEARCH, DATABASE)  # what the code counts them by
    }
    plain = ("OutboxAge", "OutboxDead", "CacheHits", "CacheMisses")
    assert watched == {(NAMESPACE, name, dimensions) for name in plain} | engines
    lines = {line for line in shown(plan) if line[0] == NAMESPACE}
    assert lines == COUNTED


@every_workspace
def test_a_worker_that_tells_nothing_rings(plans: Callable[..., Plan], workspace: str) -> None:
    """It tells each minute; everything else may have nothing to tell."""
    missing = {name: alarm["treat_missing_data"] for name, alarm in alarms(plans(workspace), workspace).items()}
    assert missing.pop("outbox-late") == "breaching"
    assert set(missing.values()) == {"notBreaching"}


@every_workspace
def test_a_redis_and_an_opensearch_that_do_not_answer_ring(plans: Callable[..., Plan], workspace: str) -> None:
    found = alarms(plans(workspace), workspace)
    expected = {
        "cache-away": "IF(wanted >= 10, 100 * (wanted - FILL(hits, 0) - FILL(misses, 0)) / wanted, 0)",
        "search-fallback": "IF(FILL(opensearch, 0) + FILL(database, 0) >= 10, "
        "100 * FILL(database, 0) / (FILL(opensearch, 0) + FILL(database, 0)), 0)",
    }
    for name, expression in expected.items():
        alarm = found[name]
        (told,) = [query["expression"] for query in alarm["metric_query"] if query["return_data"]]
        assert (told, alarm["threshold"], alarm["evaluation_periods"]) == (expression, 50, 3)
        assert {query["metric"][0]["period"] for query in alarm["metric_query"] if query["metric"]} == {300}


@every_workspace
def test_reads_that_wanted_redis_are_counted_from_the_access_log(plans: Callable[..., Plan], workspace: str) -> None:
    filters = {
        address.split('"')[1]: values
        for address, values in plans(workspace).of("aws_cloudwatch_log_metric_filter").items()
        if "cache_wanted" in address
    }
    assert set(filters) == {"api", "graphql", "files", "images", "pictures", "parts-lists", "appsync"}
    states = " || ".join(f'$.cache = "{state}"' for state in get_args(State))
    for values in filters.values():
        assert values["pattern"] == f'{{ $.logger = "{ACCESS}" && ({states}) }}'
        assert values["metric_transformation"][0]["value"] == "1"


def test_without_the_access_log_nobody_can_tell_that_redis_is_away(plans: Callable[..., Plan]) -> None:
    assert "cache-away" not in alarms(plans("dev", log_level="WARNING"), "dev")


@pytest.mark.prd("5.1.4")
@every_workspace
def test_the_dashboard_shows_a_day_by_minutes(plans: Callable[..., Plan], workspace: str) -> None:
    body = output(plans(workspace), "dashboard")
    assert body["start"] == "-PT24H"
    assert body["periodOverride"] == "inherit"
    coarse = [widget["properties"]["title"] for widget in body["widgets"] if widget["properties"]["period"] != 60]
    assert coarse == ["Cost of the account this month, USD"]  # AWS estimates it a few times a day


@pytest.mark.prd("5.1.6")
@every_workspace
def test_the_dashboard_is_written_in_code_to_the_last_widget(plans: Callable[..., Plan], workspace: str) -> None:
    """But for ids that AWS gives, all of it is known before anything is made, and comes out the same again."""
    plan = plans(workspace)
    (address,) = plan.of("aws_cloudwatch_dashboard")
    assert "local.dashboard_body" in plan.references(address, "dashboard_body")
    widgets = output(plan, "dashboard")["widgets"]
    assert len(widgets) > 20
    assert all(widget["type"] == "metric" and widget["properties"]["title"] for widget in widgets)


@pytest.mark.prd("5.1.5")
@every_workspace
def test_the_dashboard_is_found_by_an_output(plans: Callable[..., Plan], workspace: str) -> None:
    url = output(plans(workspace), "dashboard_url")
    assert url.endswith(f"#dashboards/dashboard/LEGO-API-Serverless-{workspace.title()}")


@pytest.mark.prd("5.7.6")
@every_workspace
def test_the_dashboard_shows_costs(plans: Callable[..., Plan], workspace: str) -> None:
    assert ("AWS/Billing", "EstimatedCharges", "Maximum") in shown(plans(workspace))


@pytest.mark.prd("5.7.3")
@pytest.mark.prd("5.7.4")
def test_the_budget_is_told_at_80_and_at_100_percent(plans: Callable[..., Plan]) -> None:
    plan = plans("production", **OPERATED)
    budget = plan.one("aws_budgets_budget.monthly[0]")
    assert (budget["name"], float(budget["limit_amount"]), budget["limit_unit"], budget["time_unit"]) == (
        "LEGO-API-Serverless-Monthly",
        200,  # the PRD's, which such an estate is told; what it is planned to cost is more
        "USD",
        "MONTHLY",
    )
    assert budget["cost_filter"] == [{"name": "TagKeyValue", "values": ["user:Environment$production"]}]
    told = {(one["notification_type"], one["threshold"], one["threshold_type"]) for one in budget["notification"]}
    assert told == {("ACTUAL", 80, "PERCENTAGE"), ("ACTUAL", 100, "PERCENTAGE"), ("FORECASTED", 100, "PERCENTAGE")}


@pytest.mark.prd("5.7.8")
def test_both_teams_are_called_to_a_review_of_costs_each_month(plans: Callable[..., Plan]) -> None:
    plan = plans("production", **OPERATED)
    (review,) = plan.of("aws_scheduler_schedule").values()
    assert (review["schedule_expression"], review["state"]) == ("cron(0 9 ? * 2#1 *)", "ENABLED")  # first Mondays
    target = plan.configured["aws_scheduler_schedule.cost_review"]["target"][0]
    assert "aws_sns_topic.costs" in target["arn"]["references"]  # which both are subscribed to
    assert plans("dev").of("aws_scheduler_schedule") == {}


@pytest.mark.prd("5.7.1")
@pytest.mark.prd("5.7.2")
def test_costs_can_be_told_apart_by_tags(plans: Callable[..., Plan]) -> None:
    plan = plans("production", **OPERATED)
    activated = {(values["tag_key"], values["status"]) for values in plan.of("aws_ce_cost_allocation_tag").values()}
    assert activated == {("Project", "Active"), ("Environment", "Active")}
    kinds = {"aws_lambda_function", "aws_rds_cluster", "aws_s3_bucket", "aws_opensearch_domain"}
    for kind in kinds | {"aws_elasticache_replication_group"}:
        for values in plan.of(kind).values():
            assert values["tags_all"]["Project"] == "LEGO-API"
            assert values["tags_all"]["Environment"] == "production"


@every_workspace
def test_one_request_in_twenty_is_traced(plans: Callable[..., Plan], workspace: str) -> None:
    """Not all errors (PRD 5.3.9): X-Ray decides before it can know. Lambda has this rate, and no rule changes it; AppSync is told."""
    rule = plans(workspace).one("aws_xray_sampling_rule.main[0]")
    assert (rule["fixed_rate"], rule["reservoir_size"], rule["service_type"]) == (0.05, 1, "AWS::AppSync::GraphQLAPI")
    assert "aws_appsync_graphql_api.main" in plans(workspace).references("aws_xray_sampling_rule.main", "resource_arn")


@every_workspace
def test_a_new_version_goes_back_by_itself_when_an_alarm_rings(plans: Callable[..., Plan], workspace: str) -> None:
    groups = plans(workspace).of("aws_codedeploy_deployment_group")
    assert len(groups) == 8  # all but the migrator and the origin's authorizer
    for values in groups.values():
        assert values["deployment_config_name"] == "CodeDeployDefault.LambdaCanary10Percent5Minutes"
        (rollback,) = values["auto_rollback_configuration"]
        assert "DEPLOYMENT_STOP_ON_ALARM" in rollback["events"]
        (watched,) = values["alarm_configuration"]
        assert f"{values['deployment_group_name'].replace('lego-api-' + workspace, 'lambda-errors')}" in {
            name.removeprefix(f"lego-api-{workspace}-") for name in watched["alarms"]
        }
