import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gateway import cli
from gateway.dev.cutover.measures import projection
from tests.dev.operations.cloud import Cloud
from tests.dev.operations.conftest import DOMAIN, NAME

pytestmark = pytest.mark.slow  # an account is made for each test

PARAMETER = f"/{NAME}/cutover"


@pytest.fixture
def cutover(operator: dict[str, str]) -> Callable[..., int]:
    """`cutover("shift", "10")`: the exit status."""
    return lambda *arguments: cli.main(["cutover", *arguments, "--domain", DOMAIN], operator)


@pytest.fixture
def weights(cloud: Cloud, api: str) -> Callable[[], dict[str, int]]:
    def read() -> dict[str, int]:
        sets = cloud.client("route53").list_resource_record_sets(HostedZoneId=api)["ResourceRecordSets"]
        return {record["SetIdentifier"]: record["Weight"] for record in sets if "SetIdentifier" in record}

    return read


@pytest.mark.prd("5.5.1")
def test_the_traffic_moves_by_steps_and_all_of_it_comes_back_at_once(
    cutover: Callable[..., int], weights: Callable[[], dict[str, int]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert weights() == {"lambda": 0, "legacy": 100}
    for weight in (10, 50, 100):
        assert cutover("shift", str(weight), "--yes") == 0
        assert weights() == {"lambda": weight, "legacy": 100 - weight}

    assert cutover("back", "--yes") == 0

    assert weights() == {"lambda": 0, "legacy": 100}
    assert f"{DOMAIN}: 100% -> 0% to the functions, in 0 s" in capsys.readouterr().out


def test_the_same_step_twice_changes_nothing_and_keeps_its_beginning(
    cutover: Callable[..., int], lasted: Callable[..., None], api: str, cloud: Cloud, capsys: pytest.CaptureFixture[str]
) -> None:
    assert api
    cutover("shift", "10", "--yes")
    lasted(10, hours=1)
    before = cloud.client("ssm").get_parameter(Name=PARAMETER)["Parameter"]["Value"]

    assert cutover("shift", "10", "--yes") == 0

    assert "10% go to the functions already" in capsys.readouterr().out
    assert cloud.client("ssm").get_parameter(Name=PARAMETER)["Parameter"]["Value"] == before


def test_a_dry_run_changes_nothing(
    cutover: Callable[..., int],
    weights: Callable[[], dict[str, int]],
    cloud: Cloud,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert cutover("shift", "10", "--dry-run") == 0

    assert "0% -> 10% to the functions (not done: --dry-run)" in capsys.readouterr().out
    assert weights() == {"lambda": 0, "legacy": 100}
    assert cloud.client("ssm").get_parameters(Names=[PARAMETER])["InvalidParameters"] == [PARAMETER]


def test_production_is_not_changed_unasked(
    cutover: Callable[..., int], weights: Callable[[], dict[str, int]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cutover("shift", "10") == 1

    assert capsys.readouterr().err.strip().endswith("Do it? Nobody is here to be asked: say --yes.")
    assert weights() == {"lambda": 0, "legacy": 100}


def test_a_weight_that_is_none_is_refused(
    cutover: Callable[..., int], weights: Callable[[], dict[str, int]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cutover("shift", "101", "--yes") == 1

    assert capsys.readouterr().err.strip() == "101 is no percentage; the steps are 0, 10, 50, 100."
    assert weights() == {"lambda": 0, "legacy": 100}


def test_a_domain_that_is_not_there_is_named(operator: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["cutover", "status", "--domain", "api.example.org"], operator) == 1
    assert capsys.readouterr().err.strip() == "No hosted zone of this account holds api.example.org."


@pytest.mark.prd("5.5.5")
@pytest.mark.prd("5.5.6")
@pytest.mark.prd("5.5.7")
@pytest.mark.parametrize(("weight", "hours"), [(10, 2), (50, 4), (100, 24)])
def test_a_healthy_step_may_be_left_when_its_time_is_over(
    cutover: Callable[..., int],
    lasted: Callable[..., None],
    api: str,
    traffic: Callable[..., None],
    capsys: pytest.CaptureFixture[str],
    weight: int,
    hours: int,
) -> None:
    assert api
    cutover("shift", str(weight), "--yes")
    traffic(requests=2000, failures=19, p95=499)
    lasted(weight, hours=hours, minutes=-2)
    assert cutover("watch", "--once") == 2

    lasted(weight, hours=hours, minutes=1)
    assert cutover("watch", "--once") == 0

    table = capsys.readouterr().out
    for line in ("0.95%", "499 ms", "none rings", f"at least {60 * hours:,}", "not billed yet"):
        assert line in table
    assert table.endswith("=> go\n")


@pytest.mark.parametrize(
    ("found", "status", "line"),
    [
        ({"failures": 10}, 1, "errors"),
        ({"p95": 500}, 1, "latency, p95"),
        ({"connections": 95}, 1, "connections of the proxy"),
        ({"requests": 99}, 2, "requests"),
    ],
)
def test_what_is_out_of_bounds_says_so(
    cutover: Callable[..., int],
    lasted: Callable[..., None],
    api: str,
    traffic: Callable[..., None],
    capsys: pytest.CaptureFixture[str],
    found: dict[str, float],
    status: int,
    line: str,
) -> None:
    assert api
    cutover("shift", "10", "--yes")
    lasted(10, hours=3)
    traffic(**found)

    assert cutover("watch", "--once") == status

    bad = [row for row in capsys.readouterr().out.splitlines() if row.endswith(("back", "wait")) and "=>" not in row]
    assert [row.startswith(line) for row in bad] == [True]


@pytest.mark.prd("5.5.8")
def test_an_alarm_during_a_watch_takes_the_traffic_back(
    cutover: Callable[..., int],
    weights: Callable[[], dict[str, int]],
    traffic: Callable[..., None],
    ring: Callable[[str, str], None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    cutover("shift", "50", "--yes")
    traffic()
    assert cutover("watch", "--once") == 2  # well, and too early
    assert weights() == {"lambda": 50, "legacy": 50}

    ring("api-5xx", "CRITICAL")
    assert cutover("watch", "--go-back", "--yes", "--every", "0.1") == 1

    assert weights() == {"lambda": 0, "legacy": 100}
    assert "alarm api-5xx" in capsys.readouterr().out


def test_a_warning_holds_the_step_up_and_no_more(
    cutover: Callable[..., int],
    lasted: Callable[..., None],
    weights: Callable[[], dict[str, int]],
    traffic: Callable[..., None],
    ring: Callable[[str, str], None],
) -> None:
    cutover("shift", "10", "--yes")
    lasted(10, hours=3)
    traffic()
    ring("cold-start-api", "WARNING")

    assert cutover("watch", "--once", "--go-back", "--yes") == 2
    assert weights() == {"lambda": 10, "legacy": 90}


def test_a_bill_beyond_the_projection_holds_the_step_up(
    cutover: Callable[..., int], lasted: Callable[..., None], api: str, cloud: Cloud, traffic: Callable[..., None]
) -> None:
    assert api
    cutover("shift", "10", "--yes")
    lasted(10, hours=3)
    traffic()
    bill: dict[str, Any] = {"MetricName": "EstimatedCharges", "Dimensions": [{"Name": "Currency", "Value": "USD"}]}
    bill |= {"Timestamp": datetime.now(UTC) - timedelta(minutes=2), "Value": 31 * projection("production")}
    cloud.client("cloudwatch").put_metric_data(Namespace="AWS/Billing", MetricData=[bill])

    assert cutover("watch", "--once") == 2


def test_the_projection_is_that_of_the_page_of_costs() -> None:
    assert projection("dev") < projection("production")
    assert 2000 < projection("production") < 3000


def test_a_weight_that_somebody_else_moved_counts_from_now(
    cutover: Callable[..., int],
    lasted: Callable[..., None],
    cloud: Cloud,
    api: str,
    traffic: Callable[..., None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert api
    cutover("shift", "10", "--yes")
    lasted(50, hours=9)
    traffic()

    assert cutover("status") == 0
    assert "10% to the functions, 90% to the legacy API, nobody has written down since when" in capsys.readouterr().out
    assert cutover("watch", "--once") == 2
    assert json.loads(cloud.client("ssm").get_parameter(Name=PARAMETER)["Parameter"]["Value"])["weight"] == 10


def test_a_watch_that_would_go_back_asks_at_its_start(
    cutover: Callable[..., int],
    weights: Callable[[], dict[str, int]],
    traffic: Callable[..., None],
    ring: Callable[[str, str], None],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    cutover("shift", "10", "--yes")
    traffic()
    capsys.readouterr()
    assert cutover("watch", "--go-back", "--once") == 3
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.endswith("Nobody is here to be asked: say --yes.\n")

    answers = iter(["y"])  # once: whoever answered sleeps when it comes to it
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("builtins.input", lambda _: next(answers))
    ring("api-5xx", "CRITICAL")
    assert cutover("watch", "--go-back") == 1
    assert weights() == {"lambda": 0, "legacy": 100}


def test_a_watch_whose_credentials_expire_ends_loudly(
    cutover: Callable[..., int],
    weights: Callable[[], dict[str, int]],
    cloud: Cloud,
    capsys: pytest.CaptureFixture[str],
) -> None:
    cutover("shift", "10", "--yes")
    cloud.refused = "monitoring"

    assert cutover("watch", "--go-back", "--yes", "--every", "0.1") == 3

    said = capsys.readouterr().err
    assert said.startswith(f"NOBODY WATCHES {DOMAIN} ANY MORE, and it has not been taken back: ")
    assert "The security token included in the request is expired" in said
    assert weights() == {"lambda": 10, "legacy": 90}


def test_a_watch_goes_on_where_cloudwatch_does_not_answer(
    cutover: Callable[..., int], api: str, operator: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert api
    cutover("shift", "10", "--yes")
    operator["AWS_ENDPOINT_URL_CLOUDWATCH"] = "http://127.0.0.1:1"  # nobody listens there

    assert cutover("watch", "--once") == 2

    assert "Could not connect to the endpoint URL" in capsys.readouterr().out
