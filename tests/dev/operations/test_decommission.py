from collections.abc import Callable
from typing import Any

import pytest

from gateway import cli
from tests.dev.operations.cloud import Cloud

LEGACY = "lego-projects-api"


@pytest.fixture
def check(api: str, operator: dict[str, str], site: Any) -> Callable[..., int]:
    """`check("--archive", ...)`: the exit status."""
    assert api
    command = ["decommission", "check", "--domain", "api.example.com", "--legacy", LEGACY, "--against", site.url]
    return lambda *arguments: cli.main([*command, *arguments], operator)


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
    assert left(printed) == ["5.8.1", "5.8.8", "5.8.3", "5.8.4", "5.8.5", "5.8.6", "5.8.7", "5.8.9", "5.8.10"]
    for line in ("0% go to the functions", f"service/{LEGACY}", f"cluster/{LEGACY}", f"repository {LEGACY}"):
        assert line in printed
    assert "billing" not in printed
    assert printed.splitlines()[-1].startswith("1 of 10 done; left to people")


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
    s3.put_object(Bucket="archive", Key="containers/api.tar", Body=b"layers")
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
