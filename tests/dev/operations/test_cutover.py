import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gateway import cli
from gateway.dev.cutover.measures import projection
from tests.dev.operations.cloud import Cloud
from tests.dev.operations.conftest import DOMAIN, NAME, Site

pytestmark = pytest.mark.slow  # an account is made for each test

PRODUCTION = ("--workspace", "production")
PARAMETER = f"/{NAME}/cutover"


@pytest.fixture
def cutover(operator: dict[str, str]) -> Callable[..., int]:
    """`cutover("shift", "10")`: the exit status."""

    def run(verb: str, *arguments: str) -> int:
        return cli.main(["cutover", verb, *PRODUCTION, "--domain", DOMAIN, *arguments], operator)

    return run


@pytest.fixture
def weights(cloud: Cloud, api: str) -> Callable[[], dict[str, int]]:
    def read() -> dict[str, int]:
        sets = cloud.client("route53").list_resource_record_sets(HostedZoneId=api)["ResourceRecordSets"]
        return {record["SetIdentifier"]: record["Weight"] for record in sets if "SetIdentifier" in record}

    return read


@pytest.fixture
def up(cutover: Callable[..., int], site: Site) -> Callable[..., int]:
    """`up(10)`: a shift upwards without `--force`, with functions that answer; the exit status."""
    return lambda weight, *more: cutover("shift", str(weight), "--against", site.url, "--yes", *more)


@pytest.mark.prd("5.5.1")
def test_the_traffic_moves_by_steps_and_all_of_it_comes_back_at_once(
    operator: dict[str, str],
    cutover: Callable[..., int],
    up: Callable[..., int],
    weights: Callable[[], dict[str, int]],
    deployed: Callable[[str], None],
    traffic: Callable[..., None],
    lasted: Callable[..., None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert weights() == {"lambda": 0, "legacy": 100}
    traffic()
    deployed("1")
    assert cli.main(["cutover", "baseline", *PRODUCTION], operator) == 0
    for weight, hours in [(10, 2), (50, 4), (100, 24)]:
        assert up(weight) == 0
        assert weights() == {"lambda": weight, "legacy": 100 - weight}
        lasted(weight, hours=hours, minutes=1)

    assert cutover("back", "--yes") == 0

    assert weights() == {"lambda": 0, "legacy": 100}
    told = re.search(rf"{re.escape(DOMAIN)}: 100% -> 0% to the functions, in (\d+) s", capsys.readouterr().out)
    assert told
    assert int(told[1]) < 300, "PRD 5.5.8 gives five minutes"


@pytest.mark.prd("5.5.4")
def test_a_baseline_of_the_functions_is_kept_and_shown_beside_each_step(
    operator: dict[str, str],
    cutover: Callable[..., int],
    up: Callable[..., int],
    deployed: Callable[[str], None],
    traffic: Callable[..., None],
    api: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert api
    deployed("1")
    traffic(requests=99, duration=75)
    assert cli.main(["cutover", "baseline", *PRODUCTION], operator) == 1
    assert capsys.readouterr().err.startswith("99 requests within 24 hours are no baseline, 100 would be")
    assert up(10) == 1
    assert "there is no baseline: brickgate cutover baseline" in capsys.readouterr().err

    traffic(crashes=5, duration=75)
    assert cli.main(["cutover", "baseline", *PRODUCTION], operator) == 0
    traffic(duration=90)
    assert up(10) == 0
    capsys.readouterr()
    cutover("watch", "--once")

    rows = [re.split(" {2,}", line) for line in capsys.readouterr().out.splitlines()]
    kept = {row[0]: row[2] for row in rows if len(row) > 3}
    assert kept["measured"] == "baseline"
    assert kept["errors of the functions"] == "0.45%"
    assert kept["duration of the functions, p95"] == "75 ms"
    assert kept["cold starts, p99"] == "0 ms"


@pytest.mark.parametrize(
    ("weight", "before", "hours", "against"),
    [
        (100, 0, 0, "the next step after 0% is 10%"),
        (33, 10, 3, "the next step after 10% is 50%"),
        (50, 10, 1, "minutes: 60 (at least 120)"),
        (10, 0, 0, "alarm api-5xx: rings (none)"),
        (50, 10, 3, "alarm api-5xx: rings (none)"),
        (50, 10, 3, "GET /health: 502, where 200 was expected"),
    ],
)
def test_more_is_refused_while_something_stands_against_it(
    cutover: Callable[..., int],
    up: Callable[..., int],
    weights: Callable[[], dict[str, int]],
    traffic: Callable[..., None],
    lasted: Callable[..., None],
    ring: Callable[[str, str], None],
    deployed: Callable[[str], None],
    site: Site,
    operator: dict[str, str],
    capsys: pytest.CaptureFixture[str],
    weight: int,
    before: int,
    hours: int,
    against: str,
) -> None:
    traffic()
    deployed("1")
    cli.main(["cutover", "baseline", *PRODUCTION], operator)
    cutover("shift", str(before), "--force", "--yes")
    lasted(before, hours=hours)
    if "alarm" in against:
        ring("api-5xx", "CRITICAL")
    site.healthy = "health" not in against
    capsys.readouterr()

    assert up(weight) == 1
    said = capsys.readouterr().err
    assert said.startswith(f"{DOMAIN}: {before}% -> {weight}% to the functions: not yet. ")
    assert against in said
    assert said.endswith("Nothing was changed; --force does it all the same.\n")
    assert up(weight, "--dry-run") == 1
    assert weights() == {"lambda": before, "legacy": 100 - before}

    assert up(weight, "--force") == 0
    assert weights() == {"lambda": weight, "legacy": 100 - weight}
    assert cutover("shift", str(before), "--yes") == 0  # less goes always
    assert weights() == {"lambda": before, "legacy": 100 - before}


@pytest.mark.prd("5.5.3")
def test_nothing_goes_to_functions_that_are_not_deployed_or_not_healthy(
    up: Callable[..., int],
    weights: Callable[[], dict[str, int]],
    traffic: Callable[..., None],
    deployed: Callable[[str], None],
    site: Site,
    operator: dict[str, str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    traffic()
    cli.main(["cutover", "baseline", *PRODUCTION], operator)
    assert up(10) == 1
    assert capsys.readouterr().err == f"There is no function {NAME}-*: apply Terraform first.\n"
    deployed("1")
    site.healthy = False
    assert up(10) == 1
    said = capsys.readouterr().err
    assert f"not yet. {site.url}: GET /health: 502, where 200 was expected.\n" in said
    site.healthy = True
    deployed("2")
    assert up(10) == 1
    assert f"not yet. {NAME}-api is at version 1, and 2 is not deployed.\n" in capsys.readouterr().err
    assert weights() == {"lambda": 0, "legacy": 100}

    cli.main(["rollback", *PRODUCTION, "--to", "2", "--yes"], operator)
    assert up(10) == 0
    assert weights() == {"lambda": 10, "legacy": 90}


def test_a_step_that_nobody_has_watched_is_not_left(
    cutover: Callable[..., int],
    up: Callable[..., int],
    lasted: Callable[..., None],
    api: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert api
    cutover("shift", "10", "--force", "--yes")
    lasted(50, hours=9)

    assert up(50) == 1

    assert "nobody has watched the 10%: brickgate cutover watch" in capsys.readouterr().err


def test_the_same_step_twice_changes_nothing_and_keeps_its_beginning(
    cutover: Callable[..., int], lasted: Callable[..., None], api: str, cloud: Cloud, capsys: pytest.CaptureFixture[str]
) -> None:
    assert api
    cutover("shift", "10", "--force", "--yes")
    lasted(10, hours=1)
    before = cloud.client("ssm").get_parameter(Name=PARAMETER)["Parameter"]["Value"]

    assert cutover("shift", "10", "--force", "--yes") == 0

    assert "10% go to the functions already" in capsys.readouterr().out
    assert cloud.client("ssm").get_parameter(Name=PARAMETER)["Parameter"]["Value"] == before


def test_a_dry_run_changes_nothing(
    cutover: Callable[..., int],
    weights: Callable[[], dict[str, int]],
    cloud: Cloud,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert cutover("shift", "10", "--force", "--dry-run") == 0

    assert "0% -> 10% to the functions (not done: --dry-run)" in capsys.readouterr().out
    assert weights() == {"lambda": 0, "legacy": 100}
    assert cloud.client("ssm").get_parameters(Names=[PARAMETER])["InvalidParameters"] == [PARAMETER]


@pytest.mark.parametrize("workspace", ["staging", "production"])
def test_a_domain_is_not_changed_unasked_whatever_the_workspace(
    cutover: Callable[..., int],
    weights: Callable[[], dict[str, int]],
    capsys: pytest.CaptureFixture[str],
    workspace: str,
) -> None:
    assert cutover("shift", "10", "--force", "--workspace", workspace) == 1

    assert capsys.readouterr().err.strip().endswith("Do it? Nobody is here to be asked: say --yes.")
    assert weights() == {"lambda": 0, "legacy": 100}


def test_nothing_but_the_name_of_production_means_it(
    operator: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    for command in (["cutover", "back"], ["decommission", "check", "--legacy", "x"]):
        with pytest.raises(SystemExit):
            cli.main([*command, "--domain", DOMAIN], operator)
        assert "the following arguments are required: --workspace" in capsys.readouterr().err
    assert cli.main(["rollback"], operator) == 1
    assert capsys.readouterr().err.startswith("No release of dev was written down")


def test_a_weight_that_is_none_is_refused(
    cutover: Callable[..., int], weights: Callable[[], dict[str, int]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cutover("shift", "101", "--force", "--yes") == 1

    assert capsys.readouterr().err.strip() == "101 is no percentage; the steps are 0, 10, 50, 100."
    assert weights() == {"lambda": 0, "legacy": 100}


def test_a_domain_that_is_not_there_is_named(operator: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["cutover", "status", *PRODUCTION, "--domain", "api.example.org"], operator) == 1
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
    cutover("shift", str(weight), "--force", "--yes")
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
        ({"crashes": 10}, 1, "errors of the functions"),
        ({"duration": 500}, 1, "duration of the functions, p95"),
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
    cutover("shift", "10", "--force", "--yes")
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
    cutover("shift", "50", "--force", "--yes")
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
    cutover("shift", "10", "--force", "--yes")
    lasted(10, hours=3)
    traffic()
    ring("cold-start-api", "WARNING")

    assert cutover("watch", "--once", "--go-back", "--yes") == 2
    assert weights() == {"lambda": 10, "legacy": 90}


def test_a_bill_beyond_the_projection_holds_the_step_up(
    cutover: Callable[..., int], lasted: Callable[..., None], api: str, cloud: Cloud, traffic: Callable[..., None]
) -> None:
    assert api
    cutover("shift", "10", "--force", "--yes")
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
    cutover("shift", "10", "--force", "--yes")
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
    cutover("shift", "10", "--force", "--yes")
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
    cutover("shift", "10", "--force", "--yes")
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
    cutover("shift", "10", "--force", "--yes")
    operator["AWS_ENDPOINT_URL_CLOUDWATCH"] = "http://127.0.0.1:1"  # nobody listens there

    assert cutover("watch", "--once") == 2

    assert "Could not connect to the endpoint URL" in capsys.readouterr().out
