"""What roles may do, held against their boundary, in an emulated IAM."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from gateway.dev import rehearsal
from gateway.dev.aws import client
from gateway.dev.terraform import MODULE, REGION, emulated_aws

if TYPE_CHECKING:
    from collections.abc import Iterator

BOUNDARY = ["s3:*Object", "ssm:Get*", "ssm:*Association*", "ssm:Put*", "ssm:UpdateInstanceInformation"]


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with emulated_aws(tmp_path_factory.mktemp("aws")) as endpoint:
        yield endpoint


@pytest.fixture
def iam(endpoint: str) -> Iterator[Any]:
    iam = client("iam", endpoint, REGION)
    yield iam
    for role in iam.list_roles()["Roles"]:
        name = role["RoleName"]
        for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]:
            iam.delete_role_policy(RoleName=name, PolicyName=policy)
        for attached in iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]:
            iam.detach_role_policy(RoleName=name, PolicyArn=attached["PolicyArn"])
        iam.delete_role(RoleName=name)
    for policy in iam.list_policies(Scope="Local")["Policies"]:
        iam.delete_policy(PolicyArn=policy["Arn"])


def allowing(actions: list[str] | str) -> str:
    statements = [
        {"Effect": "Allow", "Action": actions, "Resource": "*"},
        {"Effect": "Deny", "Action": "ec2:*", "Resource": "*"},
    ]
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def role(iam: Any, actions: list[str] | str, boundary: list[str] | None = None, name: str = "lego-api-dev-api") -> None:
    arn = boundary and iam.create_policy(PolicyName="boundary", PolicyDocument=allowing(boundary))["Policy"]["Arn"]
    iam.create_role(RoleName=name, AssumeRolePolicyDocument="{}", **({"PermissionsBoundary": arn} if arn else {}))
    iam.put_role_policy(RoleName=name, PolicyName="its-own", PolicyDocument=allowing(actions))


def test_a_role_within_its_boundary_is_counted_and_a_strangers_is_not(iam: Any, endpoint: str) -> None:
    role(iam, ["s3:GetObject", "S3:PutObject", "ssm:Get*"], BOUNDARY)
    role(iam, "iam:CreateUser", name="another-project")
    assert rehearsal.bounded(endpoint) == "none of 1 roles is allowed more than its boundary"


def test_a_role_without_a_boundary_fails_the_rehearsal(iam: Any, endpoint: str) -> None:
    role(iam, "s3:GetObject")
    with pytest.raises(
        rehearsal.RehearsalError, match=r"^The boundary of lego-api-dev-api does not allow s3:getobject\.$"
    ):
        rehearsal.bounded(endpoint)


@pytest.mark.parametrize("more", ["s3:DeleteBucket", "s3:*", "ssm:*", "*", "iam:PassRole"])
def test_a_role_that_is_allowed_more_than_its_boundary_fails_the_rehearsal(iam: Any, endpoint: str, more: str) -> None:
    role(iam, ["s3:GetObject", more], BOUNDARY)
    with pytest.raises(rehearsal.RehearsalError, match=f"does not allow {more.lower()}".replace("*", r"\*") + r"\.$"):
        rehearsal.bounded(endpoint)


@pytest.mark.parametrize("policy", ["AmazonSSMManagedInstanceCore", "service-role/AmazonRDSEnhancedMonitoringRole"])
def test_what_aws_itself_has_written_for_roles_of_the_estate_is_within_the_boundary(
    iam: Any, endpoint: str, policy: str
) -> None:
    role(iam, "s3:GetObject", json.loads((MODULE / "bootstrap" / "boundary.json").read_text()))
    iam.attach_role_policy(RoleName="lego-api-dev-api", PolicyArn=f"arn:aws:iam::aws:policy/{policy}")
    assert rehearsal.bounded(endpoint) == "none of 1 roles is allowed more than its boundary"
    iam.attach_role_policy(RoleName="lego-api-dev-api", PolicyArn="arn:aws:iam::aws:policy/IAMReadOnlyAccess")
    with pytest.raises(rehearsal.RehearsalError, match="does not allow iam:"):
        rehearsal.bounded(endpoint)


def test_the_boundary_of_the_estate_has_no_rights_about_rights() -> None:
    actions = json.loads((MODULE / "bootstrap" / "boundary.json").read_text())
    assert actions == sorted(set(actions))
    assert not [action for action in actions if action.startswith(("*", "iam:", "sts:", "organizations:", "account:"))]
