# Redis 7 in ElastiCache (PRD 1.4), a cache and nothing else: what it loses is read again, and without it answers are slower and still right
# (docs/decisions/0016-answers-kept-by-generation.md). So it keeps no snapshots.

locals {
  redis_cluster = local.size.cache_shards > 0 # cluster mode

  redis_host = one([
    for group in aws_elasticache_replication_group.main :
    local.redis_cluster ? group.configuration_endpoint_address : group.primary_endpoint_address
  ])
  redis_url = var.features.cache ? "rediss://${local.redis_host}:6379" : "" # no address counts as none
}

resource "aws_elasticache_subnet_group" "main" {
  count = var.features.cache ? 1 : 0

  name        = local.name
  description = "Private subnets of ${local.name}"
  subnet_ids  = [for subnet in aws_subnet.private : subnet.id]
}

resource "aws_elasticache_parameter_group" "main" {
  count = var.features.cache ? 1 : 0

  name        = local.name
  family      = "${var.cache_engine}7"
  description = "A cache: what was not read for longest goes first"

  parameter {
    name  = "maxmemory-policy"
    value = "allkeys-lru"
  }

  parameter {
    name  = "cluster-enabled"
    value = local.redis_cluster ? "yes" : "no"
  }
}

resource "aws_elasticache_replication_group" "main" {
  # checkov:skip=CKV_AWS_31: a token would be a secret in the state; TLS and a security group of functions alone guard what can be read again
  count = var.features.cache ? 1 : 0

  replication_group_id = local.name
  description          = "Answers of ${local.name}"
  engine               = var.cache_engine
  engine_version       = var.cache_engine == "redis" ? "7.1" : "7.2" # the newest 7 of each
  node_type            = local.size.cache_node_type
  port                 = 6379
  parameter_group_name = aws_elasticache_parameter_group.main[0].name

  # Either shards with replicas, or nodes of one.
  num_node_groups         = local.redis_cluster ? local.size.cache_shards : null
  replicas_per_node_group = local.redis_cluster ? local.size.cache_replicas : null
  num_cache_clusters      = local.redis_cluster ? null : 1 + local.size.cache_replicas

  automatic_failover_enabled = local.redis_cluster # cluster mode demands it, also where a shard has one node
  multi_az_enabled           = local.size.cache_replicas > 0

  subnet_group_name          = aws_elasticache_subnet_group.main[0].name
  security_group_ids         = [aws_security_group.cache.id]
  transit_encryption_enabled = true
  at_rest_encryption_enabled = true
  kms_key_id                 = aws_kms_key.main.arn

  auto_minor_version_upgrade = true
  maintenance_window         = "sun:05:30-sun:06:30"
  snapshot_retention_limit   = 0
}
