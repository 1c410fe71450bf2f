# The one place that reads the workspace, and the one map of what differs between workspaces. Nothing else asks which one it is.

locals {
  # Tests name the workspace by variable, since one run of them looks at all three.
  workspace = coalesce(var.workspace, terraform.workspace)

  sizes = {
    dev = {
      operated             = false # whether people depend on it: then origins, addresses and runbooks have no defaults
      nat_gateways         = 1     # a NAT gateway costs more than the rest of the network
      log_retention_days   = 14
      deletion_protection  = false
      final_snapshot       = false # whether a database that is deleted leaves one
      recovery_window_days = 7     # before a KMS key is gone

      # RDS, since a proxy before Aurora Serverless is charged as before 8 ACU at least, four times what it costs before an instance (docs/cost.md).
      database_kind = "instance"
      # Aurora Serverless v2, in ACU of 2 GiB. No pause at 0: the proxy holds connections, which keep a cluster awake.
      database_min_capacity = 0.5
      database_max_capacity = 2
      database_instances    = 1
      # The same as an instance (PRD 1.3.7).
      database_instance_class = "db.t4g.micro"
      database_storage_gb     = 20
      database_multi_az       = false
      database_insights_days  = 7
      database_free_mb        = 100 # of 1 GiB: below it an alarm rings

      cache_node_type = "cache.t4g.micro"
      cache_shards    = 0 # cluster mode disabled
      cache_replicas  = 0

      search_instance_type   = "t3.small.search"
      search_instances       = 1
      search_master_type     = null
      search_masters         = 0
      search_volume_gb       = 10
      files_versioning       = false
      reserved_concurrency   = 20
      provisioned_instances  = 0
      api_requests_a_second  = 100
      waf_requests_a_5_min   = 2000
      monthly_budget_dollars = 200 # the PRD's (5.7.3); as in each workspace what docs/cost.md plans and a quarter more, up to the next 50
      cost_review            = false
    }

    staging = {
      operated             = true
      nat_gateways         = 1
      log_retention_days   = 30
      deletion_protection  = false
      final_snapshot       = true
      recovery_window_days = 7

      database_kind           = "aurora" # as in production
      database_min_capacity   = 0.5
      database_max_capacity   = 4
      database_instances      = 1
      database_instance_class = "db.t4g.medium"
      database_storage_gb     = 20
      database_multi_az       = false
      database_insights_days  = 7
      database_free_mb        = 1024

      cache_node_type = "cache.t4g.micro"
      cache_shards    = 1 # cluster mode as in production, one shard of one node
      cache_replicas  = 0

      search_instance_type   = "t3.small.search"
      search_instances       = 1
      search_master_type     = null
      search_masters         = 0
      search_volume_gb       = 10
      files_versioning       = false
      reserved_concurrency   = 50
      provisioned_instances  = 0
      api_requests_a_second  = 200
      waf_requests_a_5_min   = 2000
      monthly_budget_dollars = 350
      cost_review            = false
    }

    production = {
      operated             = true
      nat_gateways         = 2 # one for each zone: a zone that fails takes only its own way out
      log_retention_days   = 90
      deletion_protection  = true
      final_snapshot       = true
      recovery_window_days = 30

      database_kind           = "aurora"
      database_min_capacity   = 1
      database_max_capacity   = 16
      database_instances      = 2 # a writer, and a reader in the other zone that takes over
      database_instance_class = "db.r6g.large"
      database_storage_gb     = 50
      database_multi_az       = true
      database_insights_days  = 7
      database_free_mb        = 1024 # PRD 5.2.3

      cache_node_type = "cache.t4g.small"
      cache_shards    = 2
      cache_replicas  = 1

      search_instance_type   = "r6g.large.search"
      search_instances       = 2
      search_master_type     = "m6g.large.search"
      search_masters         = 3
      search_volume_gb       = 50
      files_versioning       = true
      reserved_concurrency   = 100
      provisioned_instances  = 0
      api_requests_a_second  = 1000
      waf_requests_a_5_min   = 10000
      monthly_budget_dollars = 1500
      cost_review            = true # of all workspaces
    }
  }

  # A wrong name is refused below with a sentence; until then the smallest estate stands in, so that the sentence is the only error.
  size = try(local.sizes[local.workspace], local.sizes.dev)

  deletion_protection = coalesce(var.deletion_protection, local.size.deletion_protection)

  name        = "lego-api-${local.workspace}"
  environment = local.workspace
  tags        = { Project = "LEGO-API", Environment = local.workspace }
}

data "aws_caller_identity" "current" {
  lifecycle {
    precondition {
      condition     = contains(keys(local.sizes), local.workspace)
      error_message = "There is no workspace \"${local.workspace}\" here. Choose one of ${join(", ", keys(local.sizes))}: terraform workspace select -or-create dev."
    }
  }
}

data "aws_partition" "current" {}

locals {
  account_id = data.aws_caller_identity.current.account_id
  partition  = data.aws_partition.current.partition

  # The most that a role of this workspace may do (bootstrap/boundary.tf). By name, since GitHub may make no role without it.
  boundary_arn = "arn:${local.partition}:iam::${local.account_id}:policy/lego-api-boundary-${local.workspace}"
}

# --- What stays as it was made ----------------------------------------------------------------------------------------------------

locals {
  # What another value of would have AWS delete rows or users, and make the thing anew and empty.
  lasting = {
    region        = var.region
    vpc_cidr      = var.vpc_cidr
    database_kind = local.database_kind
    files_suffix  = coalesce(var.files_suffix, "none")
    cognito       = var.cognito == null ? "a pool of its own" : var.cognito.user_pool_id
  }
}

# Remembers what the estate was made with, and refuses a plan that wants something else. `prevent_destroy` cannot do it: it takes no
# condition, and dev has to be destroyable. Whoever means it replaces the memory in the same apply.
resource "terraform_data" "lasting" {
  for_each = local.lasting

  input = each.value

  lifecycle {
    ignore_changes = [input]

    postcondition {
      condition     = self.output == each.value
      error_message = "This estate was made with ${each.key} = ${self.output}. With ${each.value} AWS would delete what is kept, and make it anew and empty. Set ${each.key} back; docs/runbooks/database-move.md says how to move."
    }
  }
}
