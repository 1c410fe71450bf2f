import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from gateway import cli
from gateway.dev.aws import CREDENTIALS, PASSWORD
from gateway.dev.state import running
from tests.dev.operations.cloud import Cloud
from tests.dev.operations.conftest import Site

pytestmark = pytest.mark.slow  # an account is made for each test

NAME = "lego-api-staging"
SHIFTED = [f"{NAME}-api", f"{NAME}-images", f"{NAME}-worker"]
MIGRATED = {"before": "0011", "after": "0012", "newest": "0012"}


@pytest.fixture
def estate(cloud: Cloud, package: Callable[[str], bytes]) -> Cloud:
    """Functions as an apply leaves them: the second version is published, and the aliases lead to the first; the migrator's does not."""
    role = cloud.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    functions = cloud.client("lambda")
    for name in [*SHIFTED, f"{NAME}-migrate"]:
        functions.create_function(
            FunctionName=name,
            Runtime="python3.13",
            Role=role,
            Handler="handler.handler",
            Code={"ZipFile": package("first")},
            Publish=True,
        )
        functions.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
        functions.update_function_code(FunctionName=name, ZipFile=package("second"), Publish=True)
    functions.update_alias(FunctionName=f"{NAME}-migrate", Name="live", FunctionVersion="2")
    return cloud


@pytest.fixture
def codedeploy(estate: Cloud) -> Cloud:
    """... and CodeDeploy shifts all but the worker."""
    client = estate.client("codedeploy")
    client.create_application(applicationName=NAME, computePlatform="Lambda")
    for name in SHIFTED[:2]:
        client.create_deployment_group(
            applicationName=NAME, deploymentGroupName=name, serviceRoleArn="arn:aws:iam::123456789012:role/deploy"
        )
    return estate


@pytest.fixture
def live(estate: Cloud) -> Callable[[], list[str]]:
    """The versions that the aliases lead to, the migrator's at the end."""
    functions = estate.client("lambda")
    return lambda: [
        functions.get_alias(FunctionName=name, Name="live")["FunctionVersion"] for name in [*SHIFTED, f"{NAME}-migrate"]
    ]


@pytest.fixture
def deploy(estate: Cloud, operator: dict[str, str], site: Site) -> Callable[..., int]:
    """`deploy("--dry-run", migrator={...})`: the exit status, where the migrator answers so."""

    def run(*arguments: str, migrator: dict[str, str] = MIGRATED) -> int:
        estate.answer(migrator)
        command = ["deploy", "--workspace", "staging", "--against", site.url, "--every", "0.05"]
        return cli.main([*command, *arguments], operator)

    return run


def test_without_codedeploy_the_aliases_move_at_once(
    deploy: Callable[..., int], live: Callable[[], list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert deploy() == 0

    assert live() == ["2", "2", "2", "2"]
    said = capsys.readouterr().out
    assert said.index("database: 0011 -> 0012") < said.index(f"{NAME}-api: 1 -> 2\n")


def test_codedeploy_moves_what_it_shifts(
    deploy: Callable[..., int], live: Callable[[], list[str]], codedeploy: Cloud, capsys: pytest.CaptureFixture[str]
) -> None:
    assert deploy() == 0

    assert live() == ["2", "2", "2", "2"]
    assert [
        (one["Name"], one["Alias"], one["CurrentVersion"], one["TargetVersion"])
        for one in codedeploy.deployments.values()
    ] == [(name, "live", "1", "2") for name in SHIFTED[:2]]
    assert f"{NAME}-api: Succeeded" in capsys.readouterr().out


@pytest.mark.prd("5.4.6")
def test_an_alarm_stops_all_of_a_release(
    deploy: Callable[..., int], live: Callable[[], list[str]], codedeploy: Cloud, capsys: pytest.CaptureFixture[str]
) -> None:
    codedeploy.outcome = "Stopped"

    assert deploy() == 1

    assert live() == ["1", "1", "1", "2"]
    assert codedeploy.stopped == list(codedeploy.deployments)[1:]
    assert (
        "has stopped lego-api-staging-api: An alarm rang.\nThe aliases are where they were" in capsys.readouterr().err
    )


def test_a_release_that_mends_what_rings_goes_through_alarms_but_not_past_a_look_at_the_api(
    deploy: Callable[..., int], live: Callable[[], list[str]], codedeploy: Cloud, site: Site
) -> None:
    codedeploy.outcome = "Stopped"
    site.healthy = False
    assert deploy("--through-alarms") == 1
    assert live() == ["1", "1", "1", "2"]
    site.healthy = True

    assert deploy("--through-alarms") == 0

    assert live() == ["2", "2", "2", "2"]
    assert codedeploy.heeded == [False] * 4


@pytest.mark.prd("5.4.6")
def test_an_api_that_does_not_answer_as_it_should_goes_back(
    deploy: Callable[..., int], live: Callable[[], list[str]], site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    site.healthy = False

    assert deploy() == 1

    assert live() == ["1", "1", "1", "2"]
    assert "GET /health: 502, where 200 was expected" in capsys.readouterr().err


def test_a_migration_that_fails_moves_nothing(
    deploy: Callable[..., int], live: Callable[[], list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert deploy(migrator={"errorMessage": "column is in use", "errorType": "MigrationError"}) == 1

    assert live() == ["1", "1", "1", "2"]
    assert "no alias was moved: column is in use" in capsys.readouterr().err


def test_a_second_deployment_has_nothing_to_move(
    deploy: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    deploy()

    assert deploy() == 0

    assert "staging: every alias leads to the newest version" in capsys.readouterr().out


@pytest.mark.prd("5.4.6")
def test_a_release_is_taken_back_by_one_command(
    deploy: Callable[..., int],
    live: Callable[[], list[str]],
    operator: dict[str, str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert cli.main(["rollback", "--workspace", "staging"], operator) == 1
    assert capsys.readouterr().err.startswith("No release of staging was written down")
    deploy()

    assert cli.main(["rollback", "--workspace", "staging", "--dry-run"], operator) == 0
    assert live() == ["2", "2", "2", "2"]
    assert cli.main(["rollback", "--workspace", "staging"], operator) == 0
    assert live() == ["1", "1", "1", "2"]  # the database has gone forward, and the migrator with it
    assert cli.main(["rollback", "--workspace", "staging"], operator) == 0
    assert "the aliases are where they were before the last release" in capsys.readouterr().out


@pytest.fixture
def publish(estate: Cloud, package: Callable[[str], bytes]) -> Callable[[str], None]:
    """`publish("third")`: an apply publishes another version of each function."""

    def again(text: str) -> None:
        for name in SHIFTED:
            estate.client("lambda").update_function_code(FunctionName=name, ZipFile=package(text), Publish=True)

    return again


@pytest.mark.prd("5.4.6")
def test_a_release_that_failed_leaves_the_way_back_to_the_one_before_the_last(
    deploy: Callable[..., int],
    live: Callable[[], list[str]],
    operator: dict[str, str],
    site: Site,
    publish: Callable[[str], None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    site.healthy = False
    assert deploy() == 1
    assert cli.main(["rollback", "--workspace", "staging"], operator) == 1
    assert "No release of staging was written down" in capsys.readouterr().err
    site.healthy = True
    assert deploy() == 0
    publish("third")
    site.healthy = False
    assert deploy() == 1
    assert live() == ["2", "2", "2", "2"]

    assert cli.main(["rollback", "--workspace", "staging"], operator) == 0
    assert live() == ["1", "1", "1", "2"]


@pytest.mark.prd("5.4.6")
def test_a_rollback_stops_what_codedeploy_is_moving(
    deploy: Callable[..., int],
    live: Callable[[], list[str]],
    codedeploy: Cloud,
    operator: dict[str, str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Before the deployment has looked at CodeDeploy for the first time, which is a second after it began."""
    with ThreadPoolExecutor(1) as other:
        deploying = other.submit(deploy, "--every", "1")
        limit = time.monotonic() + 20
        while len(codedeploy.deployments) < 2:
            assert time.monotonic() < limit
            time.sleep(0.01)
        assert cli.main(["rollback", "--workspace", "staging", "--dry-run"], operator) == 0
        assert codedeploy.stopped == []
        assert cli.main(["rollback", "--workspace", "staging", "--every", "0.05"], operator) == 0
        assert deploying.result() == 1

    assert set(codedeploy.stopped) == set(codedeploy.deployments)
    assert live() == ["1", "1", "1", "2"]
    assert "The aliases are where they were" in capsys.readouterr().err


def test_a_release_is_taken_back_to_a_version(
    live: Callable[[], list[str]],
    operator: dict[str, str],
    publish: Callable[[str], None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    publish("third")
    back = ["rollback", "--workspace", "staging"]

    assert cli.main([*back, "--to", "3"], operator) == 0
    assert live() == ["3", "3", "3", "2"]  # the migrator's alias is the apply's to move
    assert cli.main([*back, "--to", "2", "--to", "api=1"], operator) == 0
    assert live() == ["1", "2", "2", "2"]
    capsys.readouterr()
    for wrong in ("4", "api=4", "nothing=1", "api", "api="):
        assert cli.main([*back, "--to", wrong], operator) == 1
        assert capsys.readouterr().err.startswith("There is no version ")
    assert live() == ["1", "2", "2", "2"]


def test_an_address_that_is_none_moves_nothing(
    estate: Cloud, operator: dict[str, str], live: Callable[[], list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert estate.url
    assert cli.main(["deploy", "--workspace", "staging", "--against", ""], operator) == 1

    assert capsys.readouterr().err.startswith("'' is no address of an API")
    assert live() == ["1", "1", "1", "2"]


def test_a_dry_run_says_what_would_move(
    deploy: Callable[..., int], live: Callable[[], list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert deploy("--dry-run") == 0

    assert f"staging: {NAME}-api 1 -> 2, {NAME}-images 1 -> 2, {NAME}-worker 1 -> 2\n" in capsys.readouterr().out
    assert live() == ["1", "1", "1", "2"]


def test_an_account_without_functions_is_no_place_to_deploy_to(
    cloud: Cloud, operator: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cloud.url
    assert cli.main(["deploy", "--workspace", "dev", "--against", "http://127.0.0.1:1", "--yes"], operator) == 1
    assert capsys.readouterr().err.strip() == "There is no function lego-api-dev-*: apply Terraform first."


def test_smoke_says_what_is_wrong_with_an_address(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["smoke", "--against", site.url], {}) == 0
    assert capsys.readouterr().out == f"{site.url}: 7 of 7 answers are as they should be\n"
    site.healthy = False
    assert cli.main(["smoke", "--against", site.url], {}) == 1
    assert cli.main(["smoke", "--against", "api.example.com"], {}) == 1
    assert capsys.readouterr().err.startswith("'api.example.com' is no address of an API")


def test_without_a_token_there_is_no_integration_test(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["integration", "--against", "http://127.0.0.1:1"], {}) == 1
    assert capsys.readouterr().err.startswith("Say who: TOKEN=")


@pytest.fixture
def told(stack: Any) -> dict[str, str]:
    """What the running stack says of itself."""
    environment: dict[str, str] = running(Path(stack.environ["STATE_DIR"]))["environment"]
    return environment


def test_a_running_stack_passes_both(stack: Any, told: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    names = ("AWS_ENDPOINT_URL", "AWS_REGION", "COGNITO_USER_POOL_ID", "COGNITO_CLIENT_ID")
    environ = (
        CREDENTIALS
        | {name: told[name] for name in names}
        | {"TEST_EMAIL": "bob@example.com", "TEST_PASSWORD": PASSWORD}
    )

    assert cli.main(["smoke", "--against", stack.url], environ) == 0
    assert capsys.readouterr().out == f"{stack.url}: 11 of 11 answers are as they should be\n"

    assert cli.main(["integration", "--against", stack.url], environ) == 0
    assert capsys.readouterr().out.endswith("everything works, and nothing is left behind\n")

    assert cli.main(["smoke", "--against", stack.url], environ | {"TEST_PASSWORD": "wrong"}) == 1
    assert "NotAuthorizedException" in capsys.readouterr().err
