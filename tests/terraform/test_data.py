"""PRD 1.3 to 1.6: database, cache, search and files of every workspace, by its plan."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from gateway.dev.terraform import WORKSPACES

if TYPE_CHECKING:
    from tests.terraform.conftest import Plan

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]  # a plan takes half a minute
every_workspace = pytest.mark.parametrize("workspace", WORKSPACES)
either_kind = pytest.mark.parametrize("kind", ["aurora", "instance"])
Plans = Callable[..., "Plan"]


@pytest.fixture
def of_kind(plans: Plans, otherwise: Plans) -> Plans:
    """The plan of a workspace with a database of one kind: dev has an instance, the others Aurora, unless told."""
    return lambda workspace, kind: (plans if (kind == "instance") == (workspace == "dev") else otherwise)(workspace)


def database(plan: Plan) -> dict[str, Any]:
    return next(iter((plan.of("aws_rds_cluster") or plan.of("aws_db_instance")).values()))


@pytest.mark.prd("1.3.1")
@pytest.mark.parametrize(("kind", "engine"), [("aurora", "aurora-postgresql"), ("instance", "postgres")])
def test_the_database_is_postgresql_15_in_private_subnets(of_kind: Plans, kind: str, engine: str) -> None:
    plan = of_kind("dev", kind)
    assert database(plan)["engine"] == engine
    assert database(plan)["engine_version"] == "15"
    assert "aws_subnet.private" in plan.references("aws_db_subnet_group.main", "subnet_ids")
    assert not database(plan).get("publicly_accessible")


@pytest.mark.prd("1.3.2")
@either_kind
def test_the_proxy_opens_a_hundred_connections_at_most(of_kind: Plans, kind: str) -> None:
    plan = of_kind("dev", kind)
    pool = plan.one("aws_db_proxy_default_target_group.main")["connection_pool_config"][0]
    groups = plan.of("aws_rds_cluster_parameter_group") | plan.of("aws_db_parameter_group")
    (group,) = groups.values()
    allowed = {parameter["name"]: parameter["value"] for parameter in group["parameter"]}["max_connections"]
    assert pool["max_connections_percent"] * int(allowed) / 100 == 100
    target = {
        "aurora": ("db_cluster_identifier", "aws_rds_cluster.main"),
        "instance": ("db_instance_identifier", "aws_db_instance.main"),
    }
    attribute, address = target[kind]
    assert address in plan.references("aws_db_proxy_target.main", attribute)


@every_workspace
def test_the_log_of_the_proxy_ends_as_the_others_do(plans: Plans, workspace: str) -> None:
    plan = plans(workspace)
    log = plan.one("aws_cloudwatch_log_group.proxy")
    assert log["name"] == f"/aws/rds/proxy/{plan.one('aws_db_proxy.main')['name']}"  # as RDS would call it
    assert log["retention_in_days"] == plan.one("aws_cloudwatch_log_group.database")["retention_in_days"]
    waits = [
        one for one in plan.shown["configuration"]["root_module"]["resources"] if one["address"] == "aws_db_proxy.main"
    ]
    assert waits[0]["depends_on"] == ["aws_cloudwatch_log_group.proxy"]


@pytest.mark.prd("1.3.3")
@either_kind
def test_rds_makes_keeps_and_rotates_the_password(of_kind: Plans, kind: str) -> None:
    plan = of_kind("production", kind)
    assert database(plan)["manage_master_user_password"] is True
    assert not database(plan).get("master_password")
    assert not database(plan).get("password")
    (auth,) = plan.one("aws_db_proxy.main")["auth"]
    assert (auth["auth_scheme"], auth["iam_auth"]) == ("SECRETS", "REQUIRED")
    assert plan.one("aws_db_proxy.main")["require_tls"] is True


@pytest.mark.prd("1.3.4")
@every_workspace
def test_functions_reach_the_database_through_the_proxy_alone(plans: Plans, workspace: str) -> None:
    plan = plans(workspace)
    assert {who for who, to, _ in plan.conversations if to == "database"} == {"proxy", "migrator"}
    assert {who for who, to, _ in plan.conversations if to == "proxy"} == {"functions"}
    assert plan.references("aws_rds_cluster.main", "vpc_security_group_ids") >= {"aws_security_group.database"}


@pytest.mark.prd("1.3.5")
@pytest.mark.parametrize(("kind", "family"), [("aurora", "aurora-postgresql15"), ("instance", "postgres15")])
def test_a_parameter_group_tunes_for_short_statements(of_kind: Plans, kind: str, family: str) -> None:
    plan = of_kind("dev", kind)
    (group,) = (plan.of("aws_rds_cluster_parameter_group") | plan.of("aws_db_parameter_group")).values()
    assert group["family"] == family
    tuned = {parameter["name"]: parameter["value"] for parameter in group["parameter"]}
    assert {"jit": "0", "random_page_cost": "1.1", "work_mem": "16384", "rds.force_ssl": "1"}.items() <= tuned.items()


@pytest.mark.prd("1.3.6")
@pytest.mark.parametrize("workspace", ["dev", "production"])
@either_kind
def test_backups_are_kept_for_seven_days(of_kind: Plans, workspace: str, kind: str) -> None:
    assert database(of_kind(workspace, kind))["backup_retention_period"] == 7


@pytest.mark.prd("1.3.7")
@pytest.mark.parametrize(("workspace", "size"), [("dev", "db.t4g.micro"), ("production", "db.r6g.large")])
def test_an_instance_has_the_size_of_the_prd(of_kind: Plans, workspace: str, size: str) -> None:
    assert of_kind(workspace, "instance").one("aws_db_instance.main[0]")["instance_class"] == size


@pytest.mark.parametrize(
    ("workspace", "kept", "skipped"), [("dev", False, True), ("staging", False, False), ("production", True, False)]
)
def test_production_cannot_be_deleted_by_mistake(plans: Plans, workspace: str, kept: bool, skipped: bool) -> None:
    """And what is deleted outside of dev leaves a snapshot."""
    found = database(plans(workspace))
    assert (found["deletion_protection"], found["skip_final_snapshot"]) == (kept, skipped)


@pytest.mark.prd("1.4.1")
@every_workspace
def test_the_cache_is_redis_7_in_private_subnets(plans: Plans, workspace: str) -> None:
    plan = plans(workspace)
    group = plan.one("aws_elasticache_replication_group.main[0]")
    assert (group["engine"], group["engine_version"]) == ("redis", "7.1")
    assert "aws_subnet.private" in plan.references("aws_elasticache_subnet_group.main", "subnet_ids")


@pytest.mark.prd("1.4.2")
@pytest.mark.prd("1.4.5")
def test_the_cache_is_one_node_in_dev_and_a_cluster_that_fails_over_in_production(plans: Plans) -> None:
    small = plans("dev").one("aws_elasticache_replication_group.main[0]")
    large = plans("production").one("aws_elasticache_replication_group.main[0]")
    assert (small["num_cache_clusters"], small["automatic_failover_enabled"]) == (1, False)
    assert (large["num_node_groups"], large["replicas_per_node_group"]) == (2, 1)
    assert large["automatic_failover_enabled"] is large["multi_az_enabled"] is True
    modes = {name: _cache_parameters(plans(name))["cluster-enabled"] for name in ("dev", "production")}
    assert modes == {"dev": "no", "production": "yes"}


@pytest.mark.prd("1.4.3")
@every_workspace
def test_functions_alone_reach_the_cache(plans: Plans, workspace: str) -> None:
    assert {talk for talk in plans(workspace).conversations if talk[1] == "cache"} == {("functions", "cache", 6379)}


@pytest.mark.prd("1.4.4")
@every_workspace
def test_the_cache_forgets_what_was_not_read_for_longest(plans: Plans, workspace: str) -> None:
    assert _cache_parameters(plans(workspace))["maxmemory-policy"] == "allkeys-lru"


def _cache_parameters(plan: Plan) -> dict[str, str]:
    group = plan.one("aws_elasticache_parameter_group.main[0]")
    assert group["family"] == "redis7"
    return {parameter["name"]: parameter["value"] for parameter in group["parameter"]}


@pytest.mark.prd("1.5.1")
@every_workspace
def test_the_search_is_opensearch_2_in_private_subnets(plans: Plans, workspace: str) -> None:
    plan = plans(workspace)
    assert plan.one("aws_opensearch_domain.main")["engine_version"] == "OpenSearch_2.19"
    used = plan.configured["aws_opensearch_domain.main"]["vpc_options"][0]["subnet_ids"]["references"]
    assert "aws_subnet.private" in used


@pytest.mark.prd("1.5.2")
@pytest.mark.parametrize(("workspace", "size"), [("dev", "t3.small.search"), ("production", "r6g.large.search")])
def test_the_search_has_the_size_of_the_prd(plans: Plans, workspace: str, size: str) -> None:
    (cluster,) = plans(workspace).one("aws_opensearch_domain.main")["cluster_config"]
    assert cluster["instance_type"] == size


@pytest.mark.prd("1.5.3")
@every_workspace
def test_functions_alone_reach_the_search(plans: Plans, workspace: str) -> None:
    assert {talk for talk in plans(workspace).conversations if talk[1] == "search"} == {("functions", "search", 443)}


@pytest.mark.prd("1.5.4")
@every_workspace
def test_the_search_knows_who_asks_by_iam(plans: Plans, workspace: str) -> None:
    domain = plans(workspace).one("aws_opensearch_domain.main")
    (access,) = domain["advanced_security_options"]
    assert (access["enabled"], access["internal_user_database_enabled"], access["anonymous_auth_enabled"]) == (
        True,
        False,
        False,
    )
    assert access["master_user_options"][0]["master_user_arn"].endswith(f":role/lego-api-{workspace}-worker")
    (statement,) = plans(workspace).policy("aws_opensearch_domain.main", "access_policies")
    assert list(statement["Condition"].values()) == [
        {"aws:PrincipalArn": f"arn:aws:iam::123456789012:role/lego-api-{workspace}-*"}
    ]


@pytest.mark.prd("1.5.7")
@pytest.mark.parametrize(("workspace", "masters"), [("dev", False), ("staging", False), ("production", True)])
def test_production_has_dedicated_masters(plans: Plans, workspace: str, masters: bool) -> None:
    (cluster,) = plans(workspace).one("aws_opensearch_domain.main")["cluster_config"]
    assert cluster["dedicated_master_enabled"] is masters
    assert cluster["dedicated_master_count"] == (3 if masters else None)


@pytest.mark.prd("1.6.1")
@every_workspace
def test_the_bucket_is_called_after_the_workspace(plans: Plans, workspace: str) -> None:
    assert plans(workspace).one("aws_s3_bucket.files")["bucket"] == f"lego-moc-files-{workspace}"


@pytest.mark.prd("1.6.2")
@pytest.mark.parametrize(("workspace", "status"), [("dev", "Disabled"), ("production", "Enabled")])
def test_production_keeps_versions(plans: Plans, workspace: str, status: str) -> None:
    (versioning,) = plans(workspace).one("aws_s3_bucket_versioning.files")["versioning_configuration"]
    assert versioning["status"] == status


@pytest.mark.prd("1.6.3")
@every_workspace
def test_s3_encrypts_by_itself(plans: Plans, workspace: str) -> None:
    (rule,) = plans(workspace).one("aws_s3_bucket_server_side_encryption_configuration.files")["rule"]
    assert rule["apply_server_side_encryption_by_default"][0]["sse_algorithm"] == "AES256"


@pytest.mark.prd("1.6.4")
def test_frontends_may_send_files_and_others_may_not(otherwise: Plans) -> None:
    plan = otherwise("dev")
    (rule,) = plan.one("aws_s3_bucket_cors_configuration.files")["cors_rule"]
    assert rule["allowed_origins"] == ["https://app.example.com"]
    assert "POST" in rule["allowed_methods"]


@pytest.mark.prd("1.6.5")
@every_workspace
def test_old_files_move_to_cheaper_storage_and_staged_ones_go(plans: Plans, workspace: str) -> None:
    rules = {rule["id"]: rule for rule in plans(workspace).one("aws_s3_bucket_lifecycle_configuration.files")["rule"]}
    (transition,) = rules["infrequent-access-after-90-days"]["transition"]
    assert (transition["days"], transition["storage_class"]) == (90, "STANDARD_IA")
    staged = rules["staged-uploads-for-a-day"]
    assert (staged["filter"][0]["prefix"], staged["expiration"][0]["days"]) == ("uploads/", 1)
    assert {rule["status"] for rule in rules.values()} == {"Enabled"}


@pytest.mark.prd("1.6.6")
@every_workspace
def test_the_public_reads_nothing(plans: Plans, workspace: str) -> None:
    closed = plans(workspace).one("aws_s3_bucket_public_access_block.files")
    switches = ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets")
    assert [closed[name] for name in switches] == [True] * 4


@pytest.mark.prd("1.6.8")
def test_a_cdn_shows_nothing_without_a_signature(plans: Plans, otherwise: Plans) -> None:
    assert "aws_cloudfront_distribution.files[0]" not in plans("production").resources
    plan = otherwise("dev")
    (behavior,) = plan.one("aws_cloudfront_distribution.files[0]")["default_cache_behavior"]
    assert behavior["viewer_protocol_policy"] == "redirect-to-https"
    configured = plan.configured["aws_cloudfront_distribution.files"]
    assert (
        "aws_cloudfront_key_group.files" in configured["default_cache_behavior"][0]["trusted_key_groups"]["references"]
    )
    assert (
        "aws_cloudfront_origin_access_control.files"
        in configured["origin"][0]["origin_access_control_id"]["references"]
    )


@every_workspace
def test_files_come_in_by_tls_and_go_out_when_guardduty_has_found_nothing(plans: Plans, workspace: str) -> None:
    bucket = f"arn:aws:s3:::lego-moc-files-{workspace}"
    gates = {statement["Sid"]: statement for statement in plans(workspace).policy("aws_s3_bucket_policy.files")}
    assert gates["TlsOnly"]["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    closed = gates["UnscannedStaysClosed"]
    assert (closed["Effect"], closed["Resource"]) == ("Deny", f"{bucket}/mocs/*")
