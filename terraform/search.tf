# OpenSearch 2 (PRD 1.5). PostgreSQL answers searches while it is away, so its indices can be made anew at any time (make reindex).

locals {
  opensearch_url = "https://${aws_opensearch_domain.main.endpoint}"

  # Who rules inside the domain: the worker, which makes the indices. By name, since its policies name the domain in their turn.
  search_master_arn = "arn:${local.partition}:iam::${local.account_id}:role/${local.name}-worker"
}

resource "aws_opensearch_domain" "main" {
  # checkov:skip=CKV_AWS_317: audit logs are published, by a dynamic block that checkov does not read
  # checkov:skip=CKV_AWS_318: three dedicated masters in production (size map); dev and staging have one node
  # checkov:skip=CKV2_AWS_59: as CKV_AWS_318
  domain_name    = local.name
  engine_version = var.search_version

  cluster_config {
    instance_type            = local.size.search_instance_type
    instance_count           = local.size.search_instances
    dedicated_master_enabled = local.size.search_masters > 0
    dedicated_master_type    = local.size.search_master_type
    dedicated_master_count   = local.size.search_masters > 0 ? local.size.search_masters : null
    zone_awareness_enabled   = local.size.search_instances > 1

    dynamic "zone_awareness_config" {
      for_each = local.size.search_instances > 1 ? [length(local.zones)] : []

      content {
        availability_zone_count = zone_awareness_config.value
      }
    }
  }

  ebs_options {
    ebs_enabled = true
    volume_type = "gp3"
    volume_size = local.size.search_volume_gb
  }

  vpc_options {
    # As many subnets as zones that nodes stand in.
    subnet_ids         = [for letter in slice(keys(local.zones), 0, min(local.size.search_instances, length(local.zones))) : aws_subnet.private[letter].id]
    security_group_ids = [aws_security_group.search.id]
  }

  # Fine-grained access by IAM roles: no user and no password is kept in the domain.
  advanced_security_options {
    enabled                        = true
    internal_user_database_enabled = false
    anonymous_auth_enabled         = false

    master_user_options {
      master_user_arn = local.search_master_arn
    }
  }

  access_policies = data.aws_iam_policy_document.search.json

  domain_endpoint_options {
    enforce_https       = true
    tls_security_policy = "Policy-Min-TLS-1-2-PFS-2023-10"
  }

  node_to_node_encryption {
    enabled = true
  }

  encrypt_at_rest {
    enabled    = true
    kms_key_id = aws_kms_key.main.arn
  }

  # A snapshot an hour, kept for 14 days, is what AWS makes of every domain newer than Elasticsearch 5.3, at no charge. The hour below counts
  # for older ones, and says when one is sure to be there.
  snapshot_options {
    automated_snapshot_start_hour = 3
  }

  auto_tune_options {
    # T3 instances do not take it.
    desired_state       = startswith(local.size.search_instance_type, "t3.") ? "DISABLED" : "ENABLED"
    rollback_on_disable = "NO_ROLLBACK"
  }

  software_update_options {
    auto_software_update_enabled = true
  }

  dynamic "log_publishing_options" {
    for_each = aws_cloudwatch_log_group.search

    content {
      log_type                 = log_publishing_options.key
      cloudwatch_log_group_arn = log_publishing_options.value.arn
    }
  }

  timeouts {
    # The provider waits for ten minutes before it first looks; moto is done at once.
    create = var.emulated ? "20s" : "90m"
    update = var.emulated ? "20s" : "90m" # jobs of GitHub last longer (.github/workflows/workspace.yml)
    delete = var.emulated ? "20s" : "90m"
  }

  depends_on = [aws_cloudwatch_log_resource_policy.search]
}

# The functions of this workspace and nobody else; what each of them may do, its own policy and the domain's roles say. By pattern, since
# AWS refuses a domain whose policy names a role that is not there yet.
data "aws_iam_policy_document" "search" {
  statement {
    actions   = ["es:ESHttp*"]
    resources = ["arn:${local.partition}:es:${var.region}:${local.account_id}:domain/${local.name}/*"]

    principals {
      type        = "AWS"
      identifiers = ["*"]
    }

    condition {
      test     = "ArnLike"
      variable = "aws:PrincipalArn"
      values   = ["arn:${local.partition}:iam::${local.account_id}:role/${local.name}-*"]
    }
  }
}

resource "aws_cloudwatch_log_group" "search" {
  for_each = {
    ES_APPLICATION_LOGS = "application"
    SEARCH_SLOW_LOGS    = "slow-searches"
    INDEX_SLOW_LOGS     = "slow-indexing"
    AUDIT_LOGS          = "audit"
  }

  name              = "/aws/opensearch/${local.name}/${each.value}"
  retention_in_days = local.size.log_retention_days
  kms_key_id        = aws_kms_key.main.arn
}

resource "aws_cloudwatch_log_resource_policy" "search" {
  policy_name     = "${local.name}-search"
  policy_document = data.aws_iam_policy_document.search_logs.json
}

data "aws_iam_policy_document" "search_logs" {
  statement {
    actions   = ["logs:PutLogEvents", "logs:PutLogEventsBatch", "logs:CreateLogStream"]
    resources = [for group in aws_cloudwatch_log_group.search : "${group.arn}:*"]

    principals {
      type        = "Service"
      identifiers = ["es.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account_id]
    }
  }
}
