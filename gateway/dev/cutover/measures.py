"""What a watch reads from CloudWatch, and what each of it must not reach (PRD 5.5.5 to 5.5.7)."""

from __future__ import annotations

import calendar
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from gateway.dev.account import GLOBAL
from gateway.dev.api import ROOT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.dev.account import Account

GO, WAIT, BACK = "go", "wait", "back"
LEAST = 100  # requests; fewer say nothing of percentages
_PERIOD = 300  # seconds of one data point
_COST = "bill of the month, drawn on"


@dataclass(frozen=True)
class Finding:
    """One line of the table: what was measured, what it must stay below, and what follows."""

    name: str
    value: str
    limit: str
    verdict: str


class Metrics:
    """The metrics of a workspace between two moments; `series(...)` is one value for each five minutes that had any."""

    def __init__(self, account: Account, since: datetime, until: datetime | None = None) -> None:
        self.account = account
        self.until = until or datetime.now(UTC)
        self._since = min(since, self.until - timedelta(seconds=_PERIOD))

    def series(
        self, namespace: str, name: str, stat: str, dimensions: dict[str, str], region: str | None = None
    ) -> dict[datetime, float]:
        """Moment -> value."""
        metric = {
            "Namespace": namespace,
            "MetricName": name,
            "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions.items()],
        }
        query = {"Id": "asked", "MetricStat": {"Metric": metric, "Period": _PERIOD, "Stat": stat}}
        pages = self.account.client("cloudwatch", region).get_paginator("get_metric_data")
        found: dict[datetime, float] = {}
        for page in pages.paginate(MetricDataQueries=[query], StartTime=self._since, EndTime=self.until):
            for result in page["MetricDataResults"]:
                found |= dict(zip(result["Timestamps"], result["Values"], strict=True))
        return found


def findings(metrics: Metrics) -> list[Finding]:
    """Everything that is measured; alarms are another thing."""
    return [*_answers(metrics), *_functions(metrics), _connections(metrics), _cold_starts(metrics), _cost(metrics)]


def error_rate(metrics: Metrics) -> tuple[float, float]:
    """Answers 5xx in percent of all, and how many all are."""
    requests = sum(metrics.series("AWS/ApiGateway", "Count", "Sum", _api(metrics.account)).values())
    failures = sum(metrics.series("AWS/ApiGateway", "5xx", "Sum", _api(metrics.account)).values())
    return (100 * failures / requests if requests else 0), requests


def _answers(metrics: Metrics) -> list[Finding]:
    rate, requests = error_rate(metrics)
    enough = Finding("requests", f"{requests:,.0f}", f"at least {LEAST}", GO if requests >= LEAST else WAIT)
    if requests < LEAST:
        return [enough]
    counts = metrics.series("AWS/ApiGateway", "Count", "Sum", _api(metrics.account))
    latency = metrics.series("AWS/ApiGateway", "Latency", "p95", _api(metrics.account))
    p95 = _typical([(latency, counts)])
    return [enough, _below("errors", rate, 1, "%", BACK), _below("latency, p95", p95, 500, " ms", BACK)]


def _functions(metrics: Metrics) -> list[Finding]:
    """What Lambda itself says of the functions that serve HTTP, by the same limits: what the API adds is in `_answers`."""
    durations, invocations, errors = [], 0.0, 0.0
    for name in _classes():
        function = {"FunctionName": f"{metrics.account.name}-{name}"}
        counts = metrics.series("AWS/Lambda", "Invocations", "Sum", function)
        durations.append((metrics.series("AWS/Lambda", "Duration", "p95", function), counts))
        invocations += sum(counts.values())
        errors += sum(metrics.series("AWS/Lambda", "Errors", "Sum", function).values())
    rate = 100 * errors / invocations if invocations else None
    return [
        _below("errors of the functions", rate, 1, "%", BACK),
        _below("duration of the functions, p95", _typical(durations), 500, " ms", BACK),
    ]


def _typical(series: Sequence[tuple[dict[datetime, float], dict[datetime, float]]]) -> float | None:
    """One percentile out of those of many five minutes, which cannot be added up: each counts by the requests that it is of."""
    pairs = [(value, counts.get(moment, 0)) for values, counts in series for moment, value in values.items()]
    total = sum(count for _, count in pairs)
    return sum(value * count for value, count in pairs) / total if total else None


def _connections(metrics: Metrics) -> Finding:
    """The proxy has a hundred (PRD 1.3.2)."""
    borrowed = metrics.series(
        "AWS/RDS", "DatabaseConnectionsCurrentlyBorrowed", "Maximum", {"ProxyName": metrics.account.name}
    )
    return _below("connections of the proxy", max(borrowed.values(), default=None), 90, "", BACK)


def _cold_starts(metrics: Metrics) -> Finding:
    """Of the functions that serve HTTP, by the metrics that Terraform makes of their logs (terraform/alarms.tf)."""
    namespace = f"{metrics.account.name}/logs"
    times = [
        value for name in _classes() for value in metrics.series(namespace, f"ColdStart-{name}", "p99", {}).values()
    ]
    return _below("cold starts, p99", max(times, default=0), 2000, " ms", WAIT)


def _classes() -> list[str]:
    """The last words of the names of the functions that serve HTTP."""
    return sorted(set(json.loads((ROOT / "terraform" / "routes.json").read_text()).values()))


def _cost(metrics: Metrics) -> Finding:
    """The account's bill of this month, drawn on to its end, beside what docs/cost.md expects of both estates together."""
    now = metrics.until
    day = Metrics(metrics.account, now - timedelta(days=1), now)  # AWS estimates a few times a day
    charges = day.series("AWS/Billing", "EstimatedCharges", "Maximum", {"Currency": "USD"}, GLOBAL)
    expected = projection(metrics.account.workspace)
    if not charges:
        return Finding(_COST, "not billed yet", f"below {expected:,.0f} $", GO)
    gone = now.day - 1 + now.hour / 24
    drawn_on = max(charges.values()) * calendar.monthrange(now.year, now.month)[1] / max(gone, 1)
    return _below(_COST, round(drawn_on), expected, " $", WAIT)


def projection(workspace: str) -> float:
    """Dollars a month of this estate and of the legacy one, which are paid for side by side during the cut-over."""
    page = (ROOT / "docs" / "cost.md").read_text()
    column = page.split("| | ")[1].split(" |\n")[0].split(" | ").index(workspace)
    rows = re.findall(r"^\| \*\*together\*\* \| (.+) \|$", page, re.MULTILINE)[:2]
    return sum(float(re.sub(r"[^\d.]", "", row.split(" | ")[column])) for row in rows)


def _below(name: str, value: float | None, limit: float, unit: str, otherwise: str) -> Finding:
    """A finding that has to stay below a limit; what nobody has measured is no reason to go."""
    if value is None:
        return Finding(name, "not measured", f"below {limit:,.0f}{unit}", WAIT)
    text = f"{value:,.2f}".rstrip("0").rstrip(".")
    return Finding(name, f"{text}{unit}", f"below {limit:,.0f}{unit}", GO if value < limit else otherwise)


def _api(account: Account) -> dict[str, str]:
    """The dimensions of the HTTP API, whose id is known by its name."""
    apis: Sequence[Any] = account.listed("apigatewayv2", "get_apis", "Items")
    ids = [api["ApiId"] for api in apis if api["Name"] == account.name]
    return {"ApiId": ids[0] if ids else "none", "Stage": "$default"}
