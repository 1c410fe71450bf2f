"""`brickgate decommission check`: what is left of the legacy estate, line by line of PRD 5.8. It reads, and changes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from gateway.dev.account import Account, sentences
from gateway.dev.cutover import step as steps
from gateway.dev.cutover.measures import Metrics, error_rate
from gateway.dev.cutover.records import LEGACY, Records
from gateway.dev.release.smoke import failures
from gateway.dev.release.visitor import token_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

DAYS = 7  # of all traffic at the functions (PRD 5.8.1)
_ARCHIVED_DAYS = 90  # for which images of containers are kept (PRD 5.8.7)
_GONE = {"DELETE_COMPLETE"}
_BY_PEOPLE = "left to people: the documents without the legacy service (5.8.11), the retrospective (5.8.12)"


@dataclass(frozen=True)
class Line:
    """One line of the checklist: the criterion, what it says, and what stands against it; nothing, where it is done."""

    criterion: str
    text: str
    left: tuple[str, ...] = ()


def check(  # noqa: PLR0913 - the arguments of the command line
    environ: Mapping[str, str],
    *,
    workspace: str,
    domain: str,
    legacy: str,
    archive: str | None,
    against: str | None,
) -> int:
    """Print the checklist.

    Args:
        environ: with the credentials.
        workspace: whose functions took over.
        domain: the API's name.
        legacy: what the names of everything of the legacy estate have in them.
        archive: s3://bucket/prefix of the archived images of containers.
        against: the API, where it is not the domain's.

    Returns:
        0 where everything is done, else 1.

    Raises:
        StartError: the records of the domain cannot be read.
    """
    with sentences():
        account = Account(environ, workspace)
        url = against or f"https://{domain}"
        lines = [*_traffic(account, domain), *Legacy(account, legacy).lines(archive), *_answers(account, url, environ)]
    for line in lines:
        print(f"{'left' if line.left else 'done'}  5.8.{line.criterion:<3} {line.text}")
        for one in line.left:
            print(f"            {one}")
    missing = sum(bool(line.left) for line in lines)
    print(f"{len(lines) - missing} of {len(lines)} done; {_BY_PEOPLE}")
    return 1 if missing else 0


def _traffic(account: Account, domain: str) -> list[Line]:
    records = Records(account, domain)
    step = steps.read(account, records.weight)
    since = None
    if records.weight < 100:  # noqa: PLR2004 - percent
        since = f"{records.weight}% go to the functions"
    elif step is None:
        since = "nobody has written down since when: brickgate cutover shift 100"
    elif step.age < timedelta(days=DAYS):
        since = f"since {step.since:%Y-%m-%d %H:%M} UTC, {step.age.days} days"
    shared = (
        [f"the record {LEGACY!r} is still there: apply Terraform without `legacy`"] if LEGACY in records.sets else []
    )
    return [
        Line("1", f"all traffic at the functions for {DAYS} days", (since,) if since else ()),
        Line("8", "the domain leads to the functions alone", tuple(shared)),
    ]


class Legacy:
    """Everything of the account whose name has `part` in it."""

    def __init__(self, account: Account, part: str) -> None:
        self._account = account
        self._part = part

    def lines(self, archive: str | None) -> list[Line]:
        """What there is of each kind."""
        clusters = self._of(self._listed("ecs", "list_clusters", "clusterArns"))
        services = [one for arn in clusters for one in self._listed("ecs", "list_services", "serviceArns", cluster=arn)]
        tasks = [one for arn in clusters for one in self._listed("ecs", "list_tasks", "taskArns", cluster=arn)]
        balancers = self._listed("elbv2", "describe_load_balancers", "LoadBalancers")
        groups = self._listed("elbv2", "describe_target_groups", "TargetGroups")
        stacks = self._listed("cloudformation", "describe_stacks", "Stacks")
        return [
            Line("2", "no task runs", tuple(tasks)),
            Line("3", "no ECS service", tuple(services)),
            Line("4", "no load balancer", self._of(one["LoadBalancerName"] for one in balancers)),
            Line("5", "no ECS cluster", clusters),
            Line("6", "no target group", self._of(one["TargetGroupName"] for one in groups)),
            Line("7", f"images of containers archived for {_ARCHIVED_DAYS} days", self._archive(archive)),
            Line("9", "no stack", self._of(one["StackName"] for one in stacks if one["StackStatus"] not in _GONE)),
        ]

    def _archive(self, archive: str | None) -> tuple[str, ...]:
        """The images lie in S3, are kept long enough, and the repositories are gone."""
        repositories = self._listed("ecr", "describe_repositories", "repositories")
        left = [f"repository {name}" for name in self._of(one["repositoryName"] for one in repositories)]
        if not archive:
            return (*left, "nobody has said where the archive is: --archive s3://bucket/prefix")
        place = urlsplit(archive)
        bucket, prefix = place.netloc, place.path.lstrip("/")
        objects = self._listed("s3", "list_objects_v2", "Contents", Bucket=bucket, Prefix=prefix)
        if not objects:
            left.append(f"nothing lies in {archive}")
        for days, name in self._expiring(bucket):
            if prefix.startswith(name) and days < _ARCHIVED_DAYS:
                left.append(f"a rule of {bucket} deletes {name or 'everything'} after {days} days")
        return tuple(left)

    def _expiring(self, bucket: str) -> list[tuple[int, str]]:
        """Days and prefix of each rule of the bucket that deletes objects."""
        s3 = self._account.client("s3")
        try:
            rules = s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
        except s3.exceptions.ClientError as error:
            if error.response["Error"]["Code"] != "NoSuchLifecycleConfiguration":
                raise
            return []
        return [
            (rule["Expiration"]["Days"], rule.get("Filter", {}).get("Prefix", rule.get("Prefix", "")))
            for rule in rules
            if rule["Status"] == "Enabled" and "Days" in rule.get("Expiration", {})
        ]

    def _listed(self, service: str, operation: str, key: str, **arguments: str) -> list[Any]:
        return self._account.listed(service, operation, key, **arguments)

    def _of(self, names: Iterable[str]) -> tuple[str, ...]:
        return tuple(sorted(name for name in names if self._part in name))


def _answers(account: Account, url: str, environ: Mapping[str, str]) -> list[Line]:
    left = failures(url, token_of(environ))
    metrics = Metrics(account, datetime.now(UTC) - timedelta(days=1))
    rate, requests = error_rate(metrics)
    if not requests:
        left.append("CloudWatch has counted no request within a day")
    elif rate >= 1:
        left.append(f"{rate:.2f}% of {requests:,.0f} answers within a day were 5xx")
    return [Line("10", f"{url} answers as it should, less than 1% with 5xx", tuple(left))]
