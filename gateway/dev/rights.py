"""What the roles of an estate may do, against the boundary that each has to carry (terraform/bootstrap/boundary.tf)."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from gateway.dev.aws import client

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def roles(endpoint: str, region: str, prefix: str) -> list[Mapping[str, Any]]:
    """The roles whose names begin so, as IAM says them one by one: a list of them leaves the boundary out."""
    iam = client("iam", endpoint, region)
    found = iam.get_paginator("list_roles").paginate().build_full_result()["Roles"]
    return [iam.get_role(RoleName=role["RoleName"])["Role"] for role in found if role["RoleName"].startswith(prefix)]


def beyond(endpoint: str, region: str, role: Mapping[str, Any]) -> list[str]:
    """The actions that a role's policies allow and its boundary does not; all of them where it has none."""
    iam = client("iam", endpoint, region)
    name = role["RoleName"]
    inline = iam.list_role_policies(RoleName=name)["PolicyNames"]
    attached = iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]
    allowed = _allowed(
        [iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"] for policy in inline]
        + [_document(iam, policy["PolicyArn"]) for policy in attached]
    )
    boundary = role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")
    most = _allowed([_document(iam, boundary)]) if boundary else set()
    return sorted(action for action in allowed if not any(fnmatchcase(action, pattern) for pattern in most))


def _document(iam: Any, arn: str) -> Mapping[str, Any]:
    version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    document: Mapping[str, Any] = iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]
    return document


def _allowed(documents: Iterable[Mapping[str, Any]]) -> set[str]:
    """Actions, in the small letters that IAM makes no difference by; a policy writes a single one without a list."""
    statements = [statement for document in documents for statement in document["Statement"]]
    actions = [statement["Action"] for statement in statements if statement["Effect"] == "Allow"]
    return {action.lower() for one in actions for action in ([one] if isinstance(one, str) else one)}
