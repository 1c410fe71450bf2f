# What network, database, cache, search and files promise in each workspace, without any account: every call to AWS is mocked.

mock_provider "aws" {
  source = "./tests/aws"
}

mock_provider "aws" {
  alias  = "global"
  source = "./tests/aws"
}

variables {
  workspace = "dev"
}

run "dev_is_small" {
  command = plan

  assert {
    condition     = length(aws_nat_gateway.main) == 1 && length(aws_route.nat) == 2
    error_message = "dev pays for one NAT gateway, which both private subnets use."
  }

  assert {
    condition     = aws_elasticache_replication_group.main[0].num_cache_clusters == 1 && !aws_elasticache_replication_group.main[0].automatic_failover_enabled
    error_message = "The cache of dev is a single node, without cluster mode."
  }

  assert {
    condition     = aws_opensearch_domain.main.cluster_config[0].instance_type == "t3.small.search" && aws_opensearch_domain.main.cluster_config[0].instance_count == 1 && !aws_opensearch_domain.main.cluster_config[0].dedicated_master_enabled
    error_message = "The search of dev is one t3.small.search."
  }

  assert {
    condition     = aws_s3_bucket_versioning.files.versioning_configuration[0].status == "Disabled"
    error_message = "The bucket of dev keeps no versions."
  }

  assert {
    condition     = aws_db_instance.main[0].instance_class == "db.t4g.micro" && !aws_db_instance.main[0].multi_az && length(aws_rds_cluster.main) == 0
    error_message = "The database of dev is a db.t4g.micro."
  }

  assert {
    condition     = !aws_db_instance.main[0].deletion_protection && aws_db_instance.main[0].skip_final_snapshot
    error_message = "The database of dev can be destroyed at once."
  }

  assert {
    condition     = length(aws_instance.bastion) == 0 && length(aws_vpc_endpoint.interface) == 0 && length(aws_cloudfront_distribution.files) == 0
    error_message = "Bastion, interface endpoints and the files' CDN are made for who asks."
  }
}

run "production_survives_a_zone" {
  command = plan

  variables {
    workspace = "production"
  }

  assert {
    condition     = length(aws_nat_gateway.main) == 2
    error_message = "Each zone of production has a NAT gateway of its own."
  }

  assert {
    condition     = length(aws_rds_cluster_instance.main) == 2
    error_message = "The database of production has a second instance that takes over."
  }

  assert {
    condition     = aws_elasticache_replication_group.main[0].num_node_groups == 2 && aws_elasticache_replication_group.main[0].replicas_per_node_group == 1 && aws_elasticache_replication_group.main[0].automatic_failover_enabled && aws_elasticache_replication_group.main[0].multi_az_enabled
    error_message = "The cache of production has shards with replicas in the other zone, and fails over."
  }

  assert {
    condition     = aws_opensearch_domain.main.cluster_config[0].instance_type == "r6g.large.search" && aws_opensearch_domain.main.cluster_config[0].zone_awareness_enabled && aws_opensearch_domain.main.cluster_config[0].dedicated_master_count == 3
    error_message = "The search of production has r6g.large.search in two zones and three dedicated masters."
  }

  assert {
    condition     = aws_s3_bucket_versioning.files.versioning_configuration[0].status == "Enabled"
    error_message = "The bucket of production keeps versions."
  }

  assert {
    condition     = aws_rds_cluster.main[0].deletion_protection && !aws_rds_cluster.main[0].skip_final_snapshot && aws_rds_cluster.main[0].final_snapshot_identifier == "lego-api-production-final"
    error_message = "The database of production is protected, and leaves a snapshot."
  }
}

run "production_can_be_taken_down" {
  command = plan

  variables {
    workspace           = "production"
    deletion_protection = false
  }

  assert {
    condition     = !aws_rds_cluster.main[0].deletion_protection && !aws_rds_cluster.main[0].skip_final_snapshot && aws_cognito_user_pool.main[0].deletion_protection == "INACTIVE"
    error_message = "By variable the protection goes, and a snapshot is left all the same."
  }
}

run "staging_runs_as_production_does" {
  command = plan

  variables {
    workspace = "staging"
  }

  assert {
    condition     = aws_elasticache_replication_group.main[0].num_node_groups == 1 && length(aws_rds_cluster.main) == 1 && output.workspace == "staging"
    error_message = "The cache of staging speaks cluster mode and its database is Aurora, as production's."
  }
}

run "nothing_is_kept_or_sent_in_the_clear" {
  command = plan

  variables {
    workspace = "staging"
  }

  assert {
    condition     = aws_rds_cluster.main[0].storage_encrypted && aws_rds_cluster.main[0].manage_master_user_password && aws_rds_cluster.main[0].master_password == null
    error_message = "RDS encrypts, and makes the password by itself: it is in no state."
  }

  assert {
    condition     = aws_db_proxy.main.require_tls && alltrue([for auth in aws_db_proxy.main.auth : auth.iam_auth == "REQUIRED"])
    error_message = "The proxy takes clients by TLS and IAM alone."
  }

  assert {
    condition     = aws_elasticache_replication_group.main[0].transit_encryption_enabled && tobool(aws_elasticache_replication_group.main[0].at_rest_encryption_enabled)
    error_message = "The cache encrypts on the way and at rest."
  }

  assert {
    condition     = aws_opensearch_domain.main.encrypt_at_rest[0].enabled && aws_opensearch_domain.main.node_to_node_encryption[0].enabled && aws_opensearch_domain.main.domain_endpoint_options[0].enforce_https
    error_message = "The search encrypts on the way and at rest."
  }

  assert {
    condition     = alltrue([for closed in [aws_s3_bucket_public_access_block.files] : closed.block_public_acls && closed.block_public_policy && closed.ignore_public_acls && closed.restrict_public_buckets])
    error_message = "The bucket is closed to the public."
  }
}

run "the_proxy_takes_a_hundred_connections" {
  command = plan

  variables {
    workspace = "staging"
  }

  assert {
    condition     = aws_db_proxy_default_target_group.main.connection_pool_config[0].max_connections_percent * one([for parameter in aws_rds_cluster_parameter_group.main[0].parameter : parameter.value if parameter.name == "max_connections"]) == 10000
    error_message = "The proxy's share of the database's connections must be 100."
  }
}

run "only_the_proxy_and_the_migrator_reach_the_database" {
  command = plan

  assert {
    condition     = toset([for name, _ in aws_vpc_security_group_ingress_rule.conversation : name if endswith(name, "_database")]) == toset(["proxy_database", "migrator_database"])
    error_message = "Functions reach the database through the proxy alone."
  }

  assert {
    condition     = alltrue([for rule in aws_vpc_security_group_ingress_rule.conversation : rule.cidr_ipv4 == null && rule.cidr_ipv6 == null])
    error_message = "Nothing comes in from an address; groups name each other."
  }
}

run "aurora_instead_of_an_instance" {
  command = plan

  variables {
    database_kind = "aurora"
  }

  assert {
    condition     = length(aws_db_instance.main) == 0 && length(aws_rds_cluster_instance.main) == 1 && aws_rds_cluster.main[0].serverlessv2_scaling_configuration[0].max_capacity == 2
    error_message = "By variable, the database of dev is Aurora Serverless."
  }
}

run "an_instance_instead_of_aurora" {
  command = plan

  variables {
    workspace     = "production"
    database_kind = "instance"
  }

  assert {
    condition     = length(aws_rds_cluster.main) == 0 && aws_db_instance.main[0].instance_class == "db.r6g.large" && aws_db_instance.main[0].multi_az
    error_message = "By variable, the database of production is a db.r6g.large in two zones."
  }

  assert {
    condition     = aws_db_instance.main[0].backup_retention_period == 7 && aws_db_instance.main[0].deletion_protection && !aws_db_instance.main[0].publicly_accessible
    error_message = "An instance is backed up and protected as a cluster is."
  }
}

run "a_bastion_lets_nothing_in" {
  command = plan

  variables {
    bastion = true
  }

  assert {
    condition     = aws_instance.bastion[0].associate_public_ip_address && !contains([for rule in local.conversations : rule.to], "bastion") && contains(keys(local.conversations), "bastion_database")
    error_message = "The bastion has an address to ask from, no open port, and reaches the database."
  }
}

run "a_bastion_finds_systems_manager_behind_its_endpoints" {
  command = plan

  variables {
    bastion             = true
    interface_endpoints = ["ssm", "ssmmessages", "ec2messages"]
  }

  assert {
    condition = alltrue([
      for rules in [aws_vpc_security_group_ingress_rule.conversation, aws_vpc_security_group_egress_rule.conversation] :
      contains(keys(rules), "bastion_endpoints") && rules["bastion_endpoints"].to_port == 443
    ]) && local.conversations.bastion_endpoints == { from = "bastion", to = "endpoints", port = 443 }
    error_message = "The names of Systems Manager lead to the endpoints, which let the bastion in."
  }
}

run "interface_endpoints_for_who_asks" {
  command = plan

  variables {
    interface_endpoints = ["sqs", "secretsmanager"]
  }

  assert {
    condition     = length(aws_vpc_endpoint.interface) == 2 && contains(keys(local.conversations), "functions_endpoints")
    error_message = "Each service that is listed gets its endpoint, which functions reach."
  }
}

run "the_legacy_service_reaches_the_database" {
  command = plan

  variables {
    workspace = "production"
    legacy_network = {
      vpc_id             = "vpc-0123456789abcdef0"
      cidr_block         = "10.1.0.0/16"
      route_table_ids    = ["rtb-0123456789abcdef0"]
      security_group_ids = ["sg-0123456789abcdef0"]
    }
  }

  assert {
    condition     = length(aws_vpc_peering_connection.legacy) == 1 && toset([for route in aws_route.to_legacy : route.destination_cidr_block]) == toset(["10.1.0.0/16"]) && one([for route in aws_route.from_legacy : route.destination_cidr_block]) == "10.0.0.0/16"
    error_message = "Either network knows the way to the other."
  }

  assert {
    condition     = one([for rule in aws_vpc_security_group_ingress_rule.legacy : "${rule.referenced_security_group_id} ${rule.to_port}"]) == "sg-0123456789abcdef0 5432"
    error_message = "Tasks of the legacy service, and nobody else of its network, reach PostgreSQL."
  }
}

run "a_legacy_network_of_the_same_addresses_is_refused" {
  command = plan

  variables {
    legacy_network = {
      vpc_id             = "vpc-0123456789abcdef0"
      cidr_block         = "10.0.32.0/20"
      route_table_ids    = ["rtb-0123456789abcdef0"]
      security_group_ids = ["sg-0123456789abcdef0"]
    }
  }

  expect_failures = [var.legacy_network]
}

run "production_has_to_be_told" {
  command = plan

  variables {
    workspace      = "production"
    cors_origins   = null
    alert_emails   = []
    finance_emails = []
    runbook_url    = null
  }

  expect_failures = [var.cors_origins, var.alert_emails, var.finance_emails, var.runbook_url]
}

run "dev_needs_to_be_told_nothing" {
  command = plan

  variables {
    cors_origins   = null
    alert_emails   = []
    finance_emails = []
    runbook_url    = null
  }

  assert {
    condition     = contains(local.cors_origins, "http://localhost:5173") && length(aws_sns_topic_subscription.email) == 0
    error_message = "A laptop's frontend may call the API of dev, and nobody is written to."
  }
}

run "what_aws_does_not_have_is_refused" {
  command = plan

  variables {
    interface_endpoints = ["sqss"]
    search_version      = "OpenSearch_2.99"
  }

  expect_failures = [var.interface_endpoints, var.search_version]
}

run "a_wrong_workspace_is_refused" {
  command = plan

  variables {
    workspace = "prod"
  }

  expect_failures = [data.aws_caller_identity.current]
}

run "a_wrong_network_is_refused" {
  command = plan

  variables {
    vpc_cidr = "10.0.0.0/20"
  }

  expect_failures = [var.vpc_cidr]
}

run "a_host_of_a_network_is_refused" {
  command = plan

  variables {
    vpc_cidr = "10.0.0.1/16"
  }

  expect_failures = [var.vpc_cidr]
}

run "a_public_network_is_refused" {
  command = plan

  variables {
    vpc_cidr = "8.8.0.0/16"
  }

  expect_failures = [var.vpc_cidr]
}

run "a_wildcard_origin_is_refused" {
  command = plan

  variables {
    cors_origins = ["*"]
  }

  expect_failures = [var.cors_origins]
}

run "another_postgresql_is_refused" {
  command = plan

  variables {
    database_version = "16"
    database_kind    = "mysql"
    search_version   = "Elasticsearch_7.10"
    cache_engine     = "memcached"
  }

  expect_failures = [var.database_version, var.database_kind, var.search_version, var.cache_engine]
}

# --- The bucket's name, which is the whole world's -----------------------------------------------------------------------------------

run "a_bucket_whose_name_is_taken" {
  command = plan

  variables {
    files_suffix = "123456789012"
  }

  assert {
    condition     = aws_s3_bucket.files.bucket == "lego-moc-files-dev-123456789012" && local.files_arn == "arn:aws:s3:::lego-moc-files-dev-123456789012"
    error_message = "A second account calls its bucket otherwise, everywhere."
  }
}

run "a_suffix_that_no_bucket_can_have_is_refused" {
  command = plan

  variables {
    files_suffix = "Second_Account"
  }

  expect_failures = [var.files_suffix]
}

run "a_suffix_that_is_too_long_is_refused" {
  command = plan

  variables {
    files_suffix = "a-name-of-a-bucket-has-63-characters-1"
  }

  expect_failures = [var.files_suffix]
}

run "a_suffix_that_s3_gives_itself_is_refused" {
  command = plan

  variables {
    files_suffix = "s3alias"
  }

  expect_failures = [var.files_suffix]
}
