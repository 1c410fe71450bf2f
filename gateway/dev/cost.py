"""What a month of an estate costs, by its plan (PRD 5.6.2, 5.7.7).

The plan says what there is; the table of prices and the table of use, below, say the rest.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gateway.dev.terraform import resources
from services.metrics import METRICS

if TYPE_CHECKING:
    from collections.abc import Mapping

HOURS = 730  # a month's
AS_OF = "June 2025"
# Dollars, us-east-1, on demand, without free tiers. List prices as of `AS_OF`, written down from memory: look before relying on them.
PRICES = {
    "NAT gateway, hour": 0.045,
    "NAT gateway, GB": 0.045,
    "public IPv4 address, hour": 0.005,
    "interface endpoint, hour and zone": 0.01,
    "Aurora Serverless v2, ACU hour": 0.12,
    "Aurora storage, GB": 0.10,
    "Aurora I/O, million": 0.20,
    "db.t4g.micro, hour": 0.016,
    "db.t4g.medium, hour": 0.065,
    "db.r6g.large, hour": 0.225,
    "RDS storage gp3, GB": 0.115,
    "RDS Proxy before Aurora Serverless, ACU hour (8 at least)": 0.015,
    "RDS Proxy before an instance, vCPU hour (2 at least)": 0.015,
    "cache.t4g.micro, hour": 0.016,
    "cache.t4g.small, hour": 0.032,
    "t3.small.search, hour": 0.036,
    "r6g.large.search, hour": 0.167,
    "m6g.large.search, hour": 0.128,
    "OpenSearch storage gp3, GB": 0.122,
    "Lambda arm64, GB second": 0.0000133334,
    "Lambda, million requests": 0.20,
    "HTTP API, million requests": 1.00,
    "CloudFront, million requests": 1.00,
    "CloudFront, GB": 0.085,
    "WAF, list": 5.00,
    "WAF, rule": 1.00,
    "WAF, million requests": 0.60,
    "S3 standard, GB": 0.023,
    "S3, million reads": 0.40,
    "S3, million writes": 5.00,
    "GuardDuty malware scan, GB": 0.09,
    "GuardDuty malware scan, million objects": 215.00,
    "CloudWatch logs, GB": 0.50,
    "CloudWatch alarm": 0.10,
    "CloudWatch metric of our own": 0.30,
    "CloudWatch dashboard": 3.00,
    "X-Ray, million traces": 5.00,
    "SQS, million requests": 0.40,
    "KMS key": 1.00,
    "secret": 0.40,
    "Fargate x86, vCPU hour": 0.04048,
    "Fargate x86, GB hour": 0.004445,
    "Application Load Balancer, hour": 0.0225,
    "Application Load Balancer, LCU hour": 0.008,
}


@dataclass(frozen=True)
class Use:
    """What a month sees; none of it is measured yet."""

    requests: float  # millions
    seconds: float = 0.15  # of a request in a function of `memory` GB
    memory: float = 0.75  # GB, the mean over the classes of routes
    acu: float = 0.5  # the mean of an Aurora instance
    stored: float = 10  # GB of files, and of the database
    uploaded: float = 1  # GB
    out: float = 5  # GB to clients
    logs: float = 2  # GB
    tasks: int = 1  # of the legacy service: 1 vCPU and 2 GB each


USES = {
    "dev": Use(requests=0.1),
    "staging": Use(requests=0.3, acu=0.75),
    "production": Use(requests=5, acu=1.5, stored=200, uploaded=20, out=150, logs=25, tasks=2),
}
TASK_VCPU, TASK_GB = 1, 2
VCPUS = 2  # of each class of `INSTANCES`
# The database as an RDS instance, as the size map has it (PRD 1.3.7).
INSTANCES: dict[str, dict[str, Any]] = {
    "dev": {"instance_class": "db.t4g.micro", "multi_az": False, "allocated_storage": 20},
    "staging": {"instance_class": "db.t4g.medium", "multi_az": False, "allocated_storage": 20},
    "production": {"instance_class": "db.r6g.large", "multi_az": True, "allocated_storage": 50},
}
# Each value of a further dimension is a metric; a month sees a handful of them.
_METRICS = len(METRICS) + 5 * sum(bool(metric.by) for metric in METRICS)
_POLLS = 60 * 24 * 30 / 1e6  # million invocations of the worker's schedule


def parts(shown: Mapping[str, Any], use: Use) -> dict[str, float]:
    """Dollars a month of each part of a planned estate."""
    found = resources(shown)

    def of(kind: str) -> list[dict[str, Any]]:
        return [values for address, values in found.items() if kind in address.split("[")[0].split(".")]

    zones = len(of("aws_nat_gateway"))
    cache, (domain,) = of("aws_elasticache_replication_group"), of("aws_opensearch_domain")
    database, proxy = (
        aurora(use, len(members)) if (members := of("aws_rds_cluster_instance")) else rds(use, *of("aws_db_instance"))
    )
    return {
        "network": zones * _hours("NAT gateway, hour", "public IPv4 address, hour")
        + use.uploaded * PRICES["NAT gateway, GB"],
        "database": database,
        "database proxy": proxy,
        "cache": sum(_nodes(group) * _hours(f"{group['node_type']}, hour") for group in cache),
        "search": _search(domain),
        "functions": (use.requests * use.seconds * use.memory + _POLLS * 0.05) * 1e6 * PRICES["Lambda arm64, GB second"]
        + (use.requests + _POLLS) * PRICES["Lambda, million requests"],
        "API, CloudFront, WAF": use.requests
        * (PRICES["HTTP API, million requests"] + PRICES["CloudFront, million requests"])
        + use.out * PRICES["CloudFront, GB"]
        + sum(PRICES["WAF, list"] + len(acl["rule"]) * PRICES["WAF, rule"] for acl in of("aws_wafv2_web_acl"))
        + use.requests * PRICES["WAF, million requests"],
        "files": _files(use),
        "operations": len(of("aws_cloudwatch_metric_alarm")) * PRICES["CloudWatch alarm"]
        + len(of("aws_cloudwatch_dashboard")) * PRICES["CloudWatch dashboard"]
        + (len(of("aws_cloudwatch_log_metric_filter")) + _METRICS) * PRICES["CloudWatch metric of our own"]
        + use.logs * PRICES["CloudWatch logs, GB"]
        + 0.05 * use.requests * PRICES["X-Ray, million traces"]
        + len(of("aws_kms_key")) * PRICES["KMS key"]
        + PRICES["secret"],
    }


def aurora(use: Use, instances: int) -> tuple[float, float]:
    """Dollars a month of Aurora Serverless, and of the proxy before it."""
    acus = use.acu * instances
    storage = use.stored * PRICES["Aurora storage, GB"] + 2 * use.requests * PRICES["Aurora I/O, million"]
    return (
        acus * _hours("Aurora Serverless v2, ACU hour") + storage,
        max(8, acus) * _hours("RDS Proxy before Aurora Serverless, ACU hour (8 at least)"),
    )


def rds(use: Use, database: Mapping[str, Any]) -> tuple[float, float]:
    """Dollars a month of an RDS instance, with one that stands by in another zone if it has one, and of the proxy before it."""
    storage = max(int(database["allocated_storage"]), use.stored) * PRICES["RDS storage gp3, GB"]
    return (
        (2 if database["multi_az"] else 1) * (_hours(f"{database['instance_class']}, hour") + storage),
        VCPUS * _hours("RDS Proxy before an instance, vCPU hour (2 at least)"),
    )


def legacy(new: Mapping[str, float], use: Use, database: Mapping[str, Any]) -> dict[str, float]:
    """Dollars a month of the service that this one replaces: the same stores and an RDS instance, tasks and a load balancer."""
    task = TASK_VCPU * _hours("Fargate x86, vCPU hour") + TASK_GB * _hours("Fargate x86, GB hour")
    return {
        "network": new["network"],
        "database": rds(use, database)[0],
        "cache": new["cache"],
        "search": new["search"],
        "tasks (Fargate)": use.tasks * task,
        "load balancer": _hours("Application Load Balancer, hour", "Application Load Balancer, LCU hour")
        + 2 * _hours("public IPv4 address, hour")
        + use.out * PRICES["CloudFront, GB"],
        "files": new["files"],
        "operations": 5 + use.logs * PRICES["CloudWatch logs, GB"],
    }


def _hours(*names: str) -> float:
    return HOURS * sum(PRICES[name] for name in names)


def _nodes(group: Mapping[str, Any]) -> int:
    if group.get("num_node_groups"):
        return int(group["num_node_groups"] * (1 + (group["replicas_per_node_group"] or 0)))
    return int(group["num_cache_clusters"])


def _search(domain: Mapping[str, Any]) -> float:
    (cluster,), (volume,) = domain["cluster_config"], domain["ebs_options"]
    nodes, masters = int(cluster["instance_count"]), int(cluster["dedicated_master_count"] or 0)
    return (
        nodes * _hours(f"{cluster['instance_type']}, hour")
        + (masters * _hours(f"{cluster['dedicated_master_type']}, hour") if masters else 0)
        + nodes * int(volume["volume_size"]) * PRICES["OpenSearch storage gp3, GB"]
    )


def _files(use: Use) -> float:
    objects = use.uploaded / 1000  # millions, of a megabyte each
    return (
        use.stored * PRICES["S3 standard, GB"]
        + use.requests * PRICES["S3, million reads"]
        + 2 * objects * PRICES["S3, million writes"]
        + use.uploaded * PRICES["GuardDuty malware scan, GB"]
        + objects * PRICES["GuardDuty malware scan, million objects"]
    )
