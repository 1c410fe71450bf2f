"""What Lambda's log gets to see of each function: its own id of the invocation, the cold start once, and metrics in time."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.gateway.lambdas.runtime import Function
from tests.gateway.lambdas.test_http import event
from tests.gateway.telemetry.test_metrics import told

if TYPE_CHECKING:
    from collections.abc import Callable

EVENTS = Path(__file__).parents[2] / "events"


@pytest.fixture
def seen(environment: dict[str, str]) -> Callable[..., list[dict[str, Any]]]:
    """`seen("http", event, event)`: the lines that a function has written when it has answered these events."""

    def lines(name: str, *events: Any) -> list[dict[str, Any]]:
        with Function(f"gateway.lambdas.{name}.handler", environment | {"METRICS": "emf"}) as function:
            for one in events:
                assert function.invoke(one)[0] == "response"
        return [json.loads(line) for line in function.printed.splitlines() if line.startswith("{")]

    return lines


def test_the_http_function_tells_of_each_invocation_and_of_its_cold_start_once(
    seen: Callable[..., list[dict[str, Any]]],
) -> None:
    root = "1-67891233-abcdef012345678912345678"
    asked = event("GET", "/api/mocs/x", headers={"x-amzn-trace-id": f"Root={root}"})
    lines = seen("http", asked, asked)
    accesses = [line for line in lines if line.get("message") == "request"]
    assert [(line["status"], line["route"], line["traceId"]) for line in accesses] == [
        (401, "GET /api/mocs/{id}", root)
    ] * 2
    assert len({line["functionRequestId"] for line in accesses}) == 2
    (cold,) = (line for line in lines if line.get("coldStart"))
    assert cold["functionRequestId"] == accesses[0]["functionRequestId"]
    assert told(lines) == {
        ("ColdStarts", "dev"): 1,
        ("Errors", "dev"): 2,
        ("Errors", "dev", "UNAUTHORIZED"): 2,
    }


@pytest.mark.prd("1.8.7")
def test_each_check_of_health_is_a_line_of_the_functions_log(seen: Callable[..., list[dict[str, Any]]]) -> None:
    """What a function prints is what CloudWatch keeps (tests/terraform/test_functions.py)."""
    checks = seen("http", event("GET", "/health"), event("GET", "/health"))
    lines = [line for line in checks if line.get("message") == "request"]
    assert [(line["route"], line["status"]) for line in lines] == [("GET /health", 200)] * 2
    assert all(line["duration"] > 0 for line in lines)


def test_the_appsync_function_tells_of_each_field_of_a_batch(seen: Callable[..., list[dict[str, Any]]]) -> None:
    batch = json.loads((EVENTS / "appsync_batch.json").read_text())
    lines = seen("appsync", batch)
    accesses = [line for line in lines if line.get("message") == "request"]
    assert len(accesses) == len(batch)
    assert {line["method"] for line in accesses} == {"APPSYNC"}
    assert {line["route"] for line in accesses} == {one["info"]["fieldName"] for one in batch}
    assert told(lines)["ColdStarts", "dev"] == 1


def test_the_worker_tells_what_waits(seen: Callable[..., list[dict[str, Any]]]) -> None:
    schedule = json.loads((EVENTS / "schedule.json").read_text())
    assert told(seen("worker", schedule)) == {
        ("ColdStarts", "dev"): 1,
        ("OutboxAge", "dev"): 0,
        ("OutboxDead", "dev"): 0,
    }
