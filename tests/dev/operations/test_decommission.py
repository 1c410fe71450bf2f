from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gateway import cli
from tests.dev.operations.cloud import Cloud

LEGACY = "lego-projects-api"


@pytest.fixture
def check(api: str, operator: dict[str, str], site: Any) -> Callable[..., int]:
    """`check("--archive", ...)`: the exit status."""
    assert api
    command = ["decommission", "check", "--workspace", "production", "--domain", "api.example.com"]
    command += ["--legacy", LEGACY, "--against", site.url]
    return lambda *arguments: cli.main([*command, *arguments], operator)


@pytest.fixture
def ecs(cloud: Cloud) -> Any:
    """A client of ECS, with a cluster that many services share."""
    client = cloud.client("ecs")
    client.create_cluster(clusterName="prod")
    client.register_task_definition(family="app", containerDefinitions=[{"name": "app", "image": "app", "memory": 512}])
    return client


def left(printed: str) -> list[str]:
    return [line.split()[1] for line in printed.splitlines() if line.startswith("left")]


@pytest.fixture
def estate(cloud: Cloud) -> Cloud:
    """The legacy estate, and beside it one of another service."""
    ecs, ec2, balancers = cloud.client("ecs"), cloud.client("ec2"), cloud.client("elbv2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{number}.0/24", AvailabilityZone=f"us-east-1{zone}")["Subnet"][
            "SubnetId"
        ]
        for number, zone in enumerate("ab")
    ]
    for name in (LEGACY, "billing"):
        ecs.create_cluster(clusterName=name)
        ecs.register_task_definition(family=name, containerDefinitions=[{"name": "api", "image": "api", "memory": 512}])
        ecs.create_service(cluster=name, serviceName=name, taskDefinition=name, desiredCount=1)
        balancers.create_load_balancer(Name=name, Subnets=subnets)
        balancers.create_target_group(Name=name, Protocol="HTTP", Port=80, VpcId=vpc)
        cloud.client("ecr").create_repository(repositoryName=name)
        template = '{"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}'
        cloud.client("cloudformation").create_stack(StackName=name, TemplateBody=template)
    return cloud


def test_what_is_left_is_named(check: Callable[..., int], estate: Cloud, capsys: pytest.CaptureFixture[str]) -> None:
    assert estate.url
    assert check() == 1

    printed = capsys.readouterr().out
    assert left(printed) == ["5.8.1", "5.8.8", "5.8.2", "5.8.3", "5.8.4", "5.8.5", "5.8.6", "5.8.7", "5.8.9", "5.8.10"]
    assert f"{LEGACY}/{LEGACY} wants 1" in printed
    for line in ("0% go to the functions", f"{LEGACY}/{LEGACY}: it still has tasks", f"repository {LEGACY}"):
        assert line in printed
    assert "billing" not in printed
    assert printed.splitlines()[-1].startswith("0 of 10 done; left to people")


def test_an_estate_that_is_gone_passes(
    check: Callable[..., int],
    cloud: Cloud,
    api: str,
    traffic: Callable[..., None],
    lasted: Callable[..., None],
    site: Any,
    capsys: pytest.CaptureFixture[str],
) -> None:
    s3, route53 = cloud.client("s3"), cloud.client("route53")
    s3.create_bucket(Bucket="archive")
    s3.put_object(Bucket="archive", Key=f"containers/{LEGACY}.tar", Body=b"layers")
    for record in route53.list_resource_record_sets(HostedZoneId=api)["ResourceRecordSets"]:
        if record.get("SetIdentifier") == "legacy":
            change = {"Action": "DELETE", "ResourceRecordSet": record}
            route53.change_resource_record_sets(HostedZoneId=api, ChangeBatch={"Changes": [change]})
    traffic()
    archive = ("--archive", "s3://archive/containers")
    lasted(100, days=6, hours=23)
    assert check(*archive) == 1
    assert left(capsys.readouterr().out) == ["5.8.1"]

    lasted(100, days=7, minutes=1)
    assert check(*archive) == 0
    assert "10 of 10 done" in capsys.readouterr().out

    site.healthy = False
    assert check(*archive) == 1
    assert left(capsys.readouterr().out) == ["5.8.10"]
    site.healthy = True
    rule = {"ID": "short", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 30}}
    s3.put_bucket_lifecycle_configuration(Bucket="archive", LifecycleConfiguration={"Rules": [rule]})
    assert check(*archive) == 1
    assert "a rule of archive deletes everything after 30 days" in capsys.readouterr().out


def test_a_service_of_a_cluster_that_others_share_is_found(
    check: Callable[..., int], ecs: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in (LEGACY, "billing"):
        ecs.create_service(cluster="prod", serviceName=name, taskDefinition="app", desiredCount=1)

    assert check() == 1

    printed = capsys.readouterr().out
    assert {"5.8.2", "5.8.3"} <= set(left(printed))
    assert f"prod/{LEGACY} wants 1" in printed
    assert f"prod/{LEGACY}: it still has tasks" in printed
    assert "billing" not in printed


def test_a_task_is_found_by_its_definition(
    check: Callable[..., int], ecs: Any, cloud: Cloud, capsys: pytest.CaptureFixture[str]
) -> None:
    vpc = cloud.client("ec2").create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = cloud.client("ec2").create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    network = {"awsvpcConfiguration": {"subnets": [subnet]}}
    container = {"name": "app", "image": "app", "memory": 512}
    ecs.register_task_definition(family=LEGACY, containerDefinitions=[container])
    for family in (LEGACY, "app"):
        ecs.run_task(cluster="prod", taskDefinition=family, launchType="FARGATE", networkConfiguration=network)

    assert check() == 1

    printed = capsys.readouterr().out
    assert "5.8.2" in left(printed)
    assert f" of {LEGACY}:1\n" in printed
    assert " of app:1" not in printed


def test_a_service_without_tasks_is_kept_for_two_days(
    check: Callable[..., int], ecs: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    ecs.create_service(cluster="prod", serviceName=LEGACY, taskDefinition="app", desiredCount=0)
    in_two_days = datetime.now(UTC) + timedelta(hours=48)

    assert check() == 1

    printed = capsys.readouterr().out
    assert "5.8.2" not in left(printed)
    assert "5.8.3" in left(printed)
    assert f"prod/{LEGACY}: kept without tasks until {in_two_days:%Y-%m-%d}" in printed


def test_a_name_that_nothing_has_or_had_is_not_called_done(
    check: Callable[..., int], ecs: Any, cloud: Cloud, capsys: pytest.CaptureFixture[str]
) -> None:
    ecs.create_service(cluster="prod", serviceName="lego-projets-api", taskDefinition="app", desiredCount=1)

    assert check() == 1

    said = capsys.readouterr()
    assert said.err.startswith(f"Nothing in us-east-1 is called '{LEGACY}'")
    assert "done" not in said.out
    cloud.client("logs").create_log_group(logGroupName=f"/ecs/{LEGACY}")
    assert check() == 1
    assert "5.8.3" not in left(capsys.readouterr().out)
