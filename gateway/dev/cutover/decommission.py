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
from gateway.dev.process import StartError
from gateway.dev.release.smoke import failures
from gateway.dev.release.visitor import token_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

DAYS = 7  # of all traffic at the functions (PRD 5.8.1)
_ARCHIVED_DAYS = 90  # for which images of containers are kept (PRD 5.8.7)
_KEPT_HOURS = 48  # for which a service without tasks is kept (PRD 5.8.3)
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
        StartError: the records of the domain cannot be read, or nothing is or was called `legacy`.
    """
    with sentences():
        account = Account(environ, workspace)
        url = against or f"https://{domain}"
        estate = Legacy(account, legacy).lines(archive)
        lines = [*_traffic(account, domain), *estate, *_answers(account, url, environ)]
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
        """What there is of each kind.

        Raises:
            StartError: nothing has, or had, such a name; a word that is misspelt would find everything done.
        """
        clusters = self._listed("ecs", "list_clusters", "clusterArns")
        services = [one for cluster in clusters for one in self._services(cluster)]
        tasks = [one for cluster in clusters for one in self._tasks(cluster)]
        balancers = self._listed("elbv2", "describe_load_balancers", "LoadBalancers")
        groups = self._listed("elbv2", "describe_target_groups", "TargetGroups")
        stacks = self._listed("cloudformation", "describe_stacks", "Stacks")
        repositories = self._listed("ecr", "describe_repositories", "repositories")
        found = {
            "2": tuple(
                tasks + [f"{name} wants {one['desiredCount']}" for name, one in services if one["desiredCount"]]
            ),
            "3": tuple(f"{name}: {_kept(one)}" for name, one in services),
            "4": self._of(one["LoadBalancerName"] for one in balancers),
            "5": self._of(_name(cluster) for cluster in clusters),
            "6": self._of(one["TargetGroupName"] for one in groups),
            "7": tuple(f"repository {name}" for name in self._of(one["repositoryName"] for one in repositories)),
            "9": self._of(one["StackName"] for one in stacks if one["StackStatus"] not in _GONE),
        }
        archived = self._archived(archive)
        if not any(found.values()) and not self._remembered(archived):
            raise StartError(
                f"Nothing in {self._account.region} is called {self._part!r}, and no log group, task definition or archived image says that"
                " anything ever was: is it the right --legacy, account and region?"
            )
        found["7"] += self._archive(archive, archived)
        texts = {
            "2": "no task runs",
            "3": "no ECS service"
            if services
            else f"no ECS service; nothing tells any more whether it was kept for {_KEPT_HOURS} hours",
            "4": "no load balancer",
            "5": "no ECS cluster",
            "6": "no target group",
            "7": f"images of containers archived for {_ARCHIVED_DAYS} days",
            "9": "no stack",
        }
        return [Line(criterion, text, found[criterion]) for criterion, text in texts.items()]

    def _services(self, cluster: str) -> list[tuple[str, Any]]:
        """Services by name, which have `part` in it, or in that of their cluster."""
        arns = [
            arn
            for arn in self._listed("ecs", "list_services", "serviceArns", cluster=cluster)
            if self._is(arn, cluster)
        ]
        return [
            (_name(one["serviceArn"]), one)
            for some in _by(10, arns)
            for one in self._account.client("ecs").describe_services(cluster=cluster, services=some)["services"]
        ]

    def _tasks(self, cluster: str) -> list[str]:
        """Tasks by name, which carries none of these: `part` is in that of their cluster, service or definition."""
        arns = self._listed("ecs", "list_tasks", "taskArns", cluster=cluster)
        return [
            f"{_name(one['taskArn'])} of {_name(one['taskDefinitionArn'])}"
            for some in _by(100, arns)
            for one in self._account.client("ecs").describe_tasks(cluster=cluster, tasks=some)["tasks"]
            if self._is(cluster, one["taskDefinitionArn"]) or self._part in one.get("group", "")
        ]

    def _remembered(self, archived: Iterable[str]) -> bool:
        """Whether something that outlives the estate has its name."""
        families = self._listed("ecs", "list_task_definition_families", "families", status="ALL")
        logs = self._listed("logs", "describe_log_groups", "logGroups")
        return bool(self._of([*families, *(one["logGroupName"] for one in logs), *archived]))

    def _archive(self, archive: str | None, archived: list[str]) -> tuple[str, ...]:
        """What keeps the images from lying in S3 for long enough."""
        if not archive:
            return ("nobody has said where the archive is: --archive s3://bucket/prefix",)
        left = [] if archived else [f"nothing lies in {archive}"]
        bucket, prefix = _place(archive)
        for days, name in self._expiring(bucket):
            if prefix.startswith(name) and days < _ARCHIVED_DAYS:
                left.append(f"a rule of {bucket} deletes {name or 'everything'} after {days} days")
        return tuple(left)

    def _archived(self, archive: str | None) -> list[str]:
        """What was archived, as bucket/key."""
        if not archive:
            return []
        bucket, prefix = _place(archive)
        objects = self._listed("s3", "list_objects_v2", "Contents", Bucket=bucket, Prefix=prefix)
        return [f"{bucket}/{one['Key']}" for one in objects]

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

    def _is(self, *arns: str) -> bool:
        return any(self._part in _name(arn) for arn in arns)


def _name(arn: str) -> str:
    """What an ARN names, without the account: a cluster, cluster/service, or family:revision."""
    return arn.split(":", 5)[5].partition("/")[2]


def _by(most: int, arns: list[str]) -> list[list[str]]:
    """As many at a time as ECS describes in one answer."""
    return [arns[first : first + most] for first in range(0, len(arns), most)]


def _kept(service: Any) -> str:
    """What comes next for a service that is still there; its newest deployment has changed when its last task went, or later."""
    if service["desiredCount"] or service["runningCount"]:
        return "it still has tasks"
    changed = [one["updatedAt"] for one in service.get("deployments", ()) if "updatedAt" in one]
    until = max(changed, default=datetime.now(UTC)) + timedelta(hours=_KEPT_HOURS)
    return (
        f"kept without tasks until {until.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
        if until > datetime.now(UTC)
        else "may be deleted"
    )


def _place(archive: str) -> tuple[str, str]:
    """Bucket and prefix of s3://bucket/prefix."""
    place = urlsplit(archive)
    return place.netloc, place.path.lstrip("/")


def _answers(account: Account, url: str, environ: Mapping[str, str]) -> list[Line]:
    left = failures(url, token_of(environ))
    metrics = Metrics(account, datetime.now(UTC) - timedelta(days=1))
    rate, requests = error_rate(metrics)
    if not requests:
        left.append("CloudWatch has counted no request within a day")
    elif rate >= 1:
        left.append(f"{rate:.2f}% of {requests:,.0f} answers within a day were 5xx")
    return [Line("10", f"{url} answers as it should, less than 1% with 5xx", tuple(left))]
