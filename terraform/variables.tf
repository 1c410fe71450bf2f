# --- Where, and what of it ------------------------------------------------------------------------------------------------------

variable "region" {
  description = "The AWS region of everything but what CloudFront uses."
  type        = string
  default     = "us-east-1"

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "region must be the name of an AWS region, such as us-east-1."
  }
}

variable "workspace" {
  description = "Instead of the selected workspace; for tests alone, which look at all of them in one run."
  type        = string
  default     = null
}

variable "emulated" {
  description = "Whether AWS_ENDPOINT_URL names an emulated AWS (moto), whose credentials nobody checks."
  type        = bool
  default     = false
}

# What moto 5.2 does not implement, so that `make rehearse` can apply the rest. Everywhere else all of them stay on.
variable "features" {
  description = "Parts of the estate that can be left out, because moto cannot make the resources beside each."
  type = object({
    cache                   = optional(bool, true) # aws_elasticache_replication_group and its parameter group; its subnet group is made and cannot be deleted
    malware_protection      = optional(bool, true) # aws_guardduty_malware_protection_plan
    custom_domain           = optional(bool, true) # aws_apigatewayv2_domain_name
    budget                  = optional(bool, true) # aws_budgets_budget
    appsync_datasource      = optional(bool, true) # aws_appsync_datasource, and the resolvers that stand on it
    sampling                = optional(bool, true) # aws_xray_sampling_rule
    deployment              = optional(bool, true) # aws_codedeploy_app, aws_codedeploy_deployment_group: moto makes them and cannot delete them
    provisioned_concurrency = optional(bool, true) # aws_lambda_provisioned_concurrency_config
  })
  default  = {}
  nullable = false
}

variable "cors_origins" {
  description = "Origins of the frontends, scheme and host without a path. The application answers CORS at the API, the bucket by these. Null is a laptop's, in dev alone."
  type        = list(string)
  default     = null

  validation {
    condition     = var.cors_origins != null || !local.size.operated
    error_message = "cors_origins has no default outside of dev: write the origins of the frontends, such as [\"https://app.example.com\"], into ${local.workspace}.tfvars."
  }

  validation {
    condition     = var.cors_origins == null ? true : length(var.cors_origins) > 0 && alltrue([for origin in var.cors_origins : can(regex("^https?://[^/*[:space:]]+$", origin))])
    error_message = "cors_origins must be origins such as https://app.example.com: scheme and host, no path and no wildcard."
  }
}

# --- Network --------------------------------------------------------------------------------------------------------------------

variable "vpc_cidr" {
  description = "The addresses of the VPC, a private /16. Subnets are the /24 networks 1, 2 (public), 101 and 102 (private) of it (PRD 1.2)."
  type        = string
  default     = "10.0.0.0/16"

  validation {
    condition     = can(cidrhost(var.vpc_cidr, 0)) && endswith(var.vpc_cidr, "/16") && try(cidrhost(var.vpc_cidr, 0) == split("/", var.vpc_cidr)[0], false)
    error_message = "vpc_cidr must be a network of 65,536 addresses written with its first address, such as 10.0.0.0/16."
  }

  validation {
    condition     = can(regex("^(10\\.|172\\.(1[6-9]|2[0-9]|3[01])\\.|192\\.168\\.)", var.vpc_cidr))
    error_message = "vpc_cidr must be of the private ranges of RFC 1918: within 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16."
  }
}

variable "interface_endpoints" {
  description = "AWS services to reach by an interface endpoint instead of NAT, such as sqs or secretsmanager; none pays by itself (network.tf says why)."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = length(setsubtract(var.interface_endpoints, local.endpoint_services)) == 0
    error_message = "interface_endpoints names ${join(", ", setsubtract(var.interface_endpoints, local.endpoint_services))}, which nothing in these subnets calls. They are ${join(", ", local.endpoint_services)}."
  }
}

variable "legacy_network" {
  description = "Where the legacy service runs, so that it reaches the one database during the cut-over: its VPC (same account and region), the VPC's addresses, its route tables, the security groups of its tasks. Null where it needs no way in."
  type = object({
    vpc_id             = string
    cidr_block         = string
    route_table_ids    = set(string)
    security_group_ids = set(string)
  })
  default = null

  validation {
    condition     = var.legacy_network == null ? true : can(cidrhost(var.legacy_network.cidr_block, 0)) && length(var.legacy_network.route_table_ids) > 0 && length(var.legacy_network.security_group_ids) > 0
    error_message = "legacy_network must have the addresses of its VPC, such as 10.1.0.0/16, a route table at least and a security group at least."
  }

  validation {
    condition = var.legacy_network == null ? true : try(length(distinct([
      for network in [var.vpc_cidr, var.legacy_network.cidr_block] :
      cidrhost("${split("/", network)[0]}/${min([for each in [var.vpc_cidr, var.legacy_network.cidr_block] : tonumber(split("/", each)[1])]...)}", 0)
    ])) == 2, true)
    error_message = "legacy_network has addresses that vpc_cidr has, too, and AWS joins no such networks: choose another vpc_cidr before the first apply."
  }
}

variable "bastion" {
  description = "Whether there is an instance for port forwarding to the database through Systems Manager (PRD 1.2.6)."
  type        = bool
  default     = false
  nullable    = false
}

# --- Database, cache, search ----------------------------------------------------------------------------------------------------

variable "database_kind" {
  description = "aurora for Aurora Serverless v2, instance for one RDS instance of the class in the size map (PRD 1.3.7); null for what the map says."
  type        = string
  default     = null

  validation {
    condition     = var.database_kind == null ? true : contains(["aurora", "instance"], var.database_kind)
    error_message = "database_kind must be aurora or instance."
  }
}

variable "database_version" {
  description = "The PostgreSQL version, a major one for its newest minor one, or both (15.12)."
  type        = string
  default     = "15"
  nullable    = false

  validation {
    condition     = can(regex("^15(\\.[0-9]+)?$", var.database_version))
    error_message = "database_version must be 15 or a version of it, such as 15.12: the parameter groups are of PostgreSQL 15 (PRD 1.3.1)."
  }
}

variable "cache_engine" {
  description = "redis (7.1), or valkey (7.2), which speaks the same protocol for a fifth less."
  type        = string
  default     = "redis"
  nullable    = false

  validation {
    condition     = contains(["redis", "valkey"], var.cache_engine)
    error_message = "cache_engine must be redis or valkey."
  }
}

variable "search_version" {
  description = "The version of OpenSearch, as AWS writes it."
  type        = string
  default     = "OpenSearch_2.19"
  nullable    = false

  validation {
    condition     = can(regex("^OpenSearch_2\\.(3|5|7|9|11|13|15|17|19)$", var.search_version))
    error_message = "search_version must be a 2.x that AWS has, as AWS writes it: an odd one from OpenSearch_2.3 to OpenSearch_2.19."
  }
}

variable "deletion_protection" {
  description = "Whether AWS refuses to delete the database and the user pool; null for what the map says, which is production alone. To take an estate down, false and an apply come first."
  type        = bool
  default     = null
}

# --- Files ----------------------------------------------------------------------------------------------------------------------

variable "files_suffix" {
  description = "What follows the PRD's name of the bucket (1.6.1), with a hyphen between: names of buckets are the whole world's, and lego-moc-files-dev may be somebody else's. Empty for the PRD's name."
  type        = string
  default     = ""
  nullable    = false

  # Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html; dots are left out, since TLS knows no bucket with one.
  validation {
    condition     = var.files_suffix == "" || can(regex("^[a-z0-9]([a-z0-9-]{0,35}[a-z0-9])?$", var.files_suffix))
    error_message = "files_suffix must be at most 37 small letters, digits and hyphens, with no hyphen at either end, so that a bucket can be called lego-moc-files-production-${var.files_suffix}: the number of the account will do."
  }

  validation {
    condition     = !can(regex("-(s3alias|-ol-s3|-x-s3|-table-s3)$", "-${var.files_suffix}"))
    error_message = "files_suffix ends as names do that S3 gives itself (-s3alias, --ol-s3, --x-s3, --table-s3): choose another end."
  }
}

variable "files_cdn_public_key" {
  description = "The public key (PEM) of whoever signs URLs of a CloudFront distribution before the bucket; null for no distribution (PRD 1.6.8)."
  type        = string
  default     = null

  validation {
    condition     = var.files_cdn_public_key == null || can(regex("^-----BEGIN PUBLIC KEY-----", var.files_cdn_public_key))
    error_message = "files_cdn_public_key must be a public key in PEM form: openssl rsa -in key.pem -pubout."
  }
}

# --- Functions ------------------------------------------------------------------------------------------------------------------

variable "package" {
  description = "The zip of the code that `make package` builds, by its path from this folder. Plans of an emulated AWS and tests need none."
  type        = string
  default     = "../dist/function.zip"

  validation {
    condition     = fileexists(startswith(var.package, "/") ? var.package : "${path.module}/${var.package}") || var.package == "../dist/function.zip" && (var.emulated || var.workspace != null)
    error_message = "There is no file ${var.package}. Build it by: make package."
  }
}

variable "layer" {
  description = "The zip of what the code depends on, as `package`; built for arm64."
  type        = string
  default     = "../dist/layer-arm64.zip"

  validation {
    condition     = fileexists(startswith(var.layer, "/") ? var.layer : "${path.module}/${var.layer}") || var.layer == "../dist/layer-arm64.zip" && (var.emulated || var.workspace != null)
    error_message = "There is no file ${var.layer}. Build it by: make package."
  }
}

variable "function_sizes" {
  description = "Memory in MB and timeout in seconds of single functions, where they differ from functions.tf: { files = { memory = 3008 } } (PRD NFR7)."
  type        = map(map(number)) # an object would drop a misspelt name in silence
  default     = {}
  nullable    = false

  validation {
    condition     = length(setsubtract(keys(var.function_sizes), ["api", "graphql", "files", "images", "pictures", "parts-lists", "worker", "migrate", "appsync", "origin"])) == 0
    error_message = "function_sizes names a function that is not there. They are api, graphql, files, images, pictures, parts-lists, worker, migrate, appsync and origin."
  }

  validation {
    condition     = alltrue([for size in values(var.function_sizes) : length(setsubtract(keys(size), ["memory", "timeout"])) == 0])
    error_message = "function_sizes sets memory and timeout of a function, and nothing else: { files = { memory = 3008 } }."
  }

  validation {
    condition     = alltrue([for size in values(var.function_sizes) : contains(keys(size), "memory") ? try(size.memory >= 512 && size.memory <= 3008 && floor(size.memory) == size.memory, false) : true])
    error_message = "The memory of a function must be from 512 to 3008 MB, a whole number."
  }

  validation {
    condition     = alltrue([for size in values(var.function_sizes) : contains(keys(size), "timeout") ? try(size.timeout >= 30 && size.timeout <= 900 && floor(size.timeout) == size.timeout, false) : true])
    error_message = "The timeout of a function must be from 30 to 900 seconds, a whole number."
  }
}

variable "reserve_concurrency" {
  description = "Whether each function gets its share of the account's concurrency and no more. Off in a new account, which AWS lets run ten at once."
  type        = bool
  default     = true
}

variable "snap_start" {
  description = "Whether the HTTP functions start from snapshots. AWS charges for keeping one of each version (about 4 dollars a GB and month) and for each start."
  type        = bool
  default     = false
}

variable "log_level" {
  description = "The least severe record that the functions log."
  type        = string
  default     = "INFO"

  validation {
    condition     = contains(["DEBUG", "INFO", "WARNING", "ERROR"], var.log_level)
    error_message = "log_level must be DEBUG, INFO, WARNING or ERROR."
  }
}

variable "security_contact" {
  description = "Whom /.well-known/security.txt names to people who find a weakness: a mailto:, https: or tel: URL; null for no such page."
  type        = string
  default     = null

  validation {
    condition     = var.security_contact == null || can(regex("^(mailto:|https://|tel:)", var.security_contact))
    error_message = "security_contact must be a URL that begins with mailto:, https:// or tel:."
  }
}

variable "canary" {
  description = "How CodeDeploy moves traffic to a new version of a function: one of its configurations for Lambda."
  type        = string
  default     = "CodeDeployDefault.LambdaCanary10Percent5Minutes"

  validation {
    condition     = can(regex("^CodeDeployDefault\\.Lambda(AllAtOnce|Canary10Percent(5|10|15|30)Minutes|Linear10PercentEvery(1Minute|(2|3|10)Minutes))$", var.canary))
    error_message = "canary must be one of CodeDeploy's configurations for Lambda: CodeDeployDefault.LambdaAllAtOnce, ...LambdaCanary10Percent5Minutes (or 10, 15, 30), ...LambdaLinear10PercentEvery1Minute (or 2Minutes, 3Minutes, 10Minutes)."
  }
}

# --- API ------------------------------------------------------------------------------------------------------------------------

variable "cognito" {
  description = "The user pool that there is already, and those of its app clients whose tokens are accepted (PRD 2.1.8). Null has one made."
  type = object({
    user_pool_id = string
    client_ids   = list(string)
  })
  default = null

  validation {
    condition     = var.cognito == null ? true : can(regex("^[a-z0-9-]+_[0-9a-zA-Z]+$", var.cognito.user_pool_id)) && length(var.cognito.client_ids) > 0
    error_message = "cognito must name a pool such as us-east-1_Abc123def and at least one of its app clients."
  }

  validation {
    condition     = var.cognito == null ? true : startswith(var.cognito.user_pool_id, "${var.region}_")
    error_message = "The user pool of cognito must be in ${var.region}, as the functions that ask it: its id begins with the name of its region."
  }
}

variable "appsync" {
  description = "Whether the graph is offered through AWS AppSync, too."
  type        = bool
  default     = true
}

variable "domain" {
  description = "The API's name and the hosted zone that holds it; without `legacy` all of its traffic comes here at once. Null for the name that CloudFront gives, without certificates and records."
  type = object({
    name    = string
    zone_id = string
  })
  default = null

  validation {
    condition     = var.domain == null ? true : can(regex("^([a-z0-9-]+\\.)+[a-z]{2,}$", var.domain.name)) && can(regex("^Z[A-Z0-9]+$", var.domain.zone_id))
    error_message = "domain must be a name such as api.example.com and the id of its hosted zone, such as Z0123456789ABCDEFGHIJ."
  }
}

variable "legacy" {
  description = "The load balancer of the legacy API, which shares the domain's traffic during the cut-over (PRD 5.5). Null once it is gone."
  type = object({
    dns_name = string
    zone_id  = string
  })
  default = null

  validation {
    condition     = var.legacy == null || var.domain != null
    error_message = "legacy needs domain: there is nothing to share without a name."
  }
}

variable "lambda_weight" {
  description = "Percent of the domain's traffic that comes here when the records are made; the rest goes to the legacy load balancer. Afterwards `brickgate cutover` moves it (PRD 5.5)."
  type        = number
  default     = 0

  validation {
    condition     = var.lambda_weight >= 0 && var.lambda_weight <= 100 && floor(var.lambda_weight) == var.lambda_weight
    error_message = "lambda_weight must be a whole number of percent from 0 to 100."
  }
}

variable "origin_keys" {
  description = "Names of the keys by which API Gateway knows CloudFront, which sends the first and may use any. To change it: [\"1\", \"2\"], apply, [\"2\", \"1\"], apply, [\"2\"], apply."
  type        = list(string)
  default     = ["1"]
  nullable    = false

  validation {
    condition     = length(var.origin_keys) > 0 && length(var.origin_keys) <= 4 && length(distinct(var.origin_keys)) == length(var.origin_keys)
    error_message = "origin_keys must be one to four different names."
  }

  validation {
    condition     = alltrue([for key in var.origin_keys : can(regex("^[A-Za-z0-9_-]+$", key))])
    error_message = "A name in origin_keys must have letters, digits, hyphens and underscores alone, and one of them at least."
  }
}

# --- Operations -----------------------------------------------------------------------------------------------------------------

variable "alert_emails" {
  description = "Who is told of alarms and budgets: the DevOps team's addresses (PRD 5.2.2). Each has to confirm once. Nobody, in dev alone."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = length(var.alert_emails) > 0 || !local.size.operated
    error_message = "alert_emails has no default outside of dev: write who is told of alarms, such as [\"devops@example.com\"], into ${local.workspace}.tfvars."
  }

  validation {
    condition     = alltrue([for address in var.alert_emails : can(regex("^[^@[:space:]]+@[^@[:space:]]+$", address))])
    error_message = "alert_emails must be e-mail addresses."
  }
}

variable "finance_emails" {
  description = "Who else is told of budgets: the finance team's addresses (PRD 5.7.5). Nobody, in dev alone."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = length(var.finance_emails) > 0 || !local.size.operated
    error_message = "finance_emails has no default outside of dev: write who is told of costs, such as [\"finance@example.com\"], into ${local.workspace}.tfvars."
  }

  validation {
    condition     = alltrue([for address in var.finance_emails : can(regex("^[^@[:space:]]+@[^@[:space:]]+$", address))])
    error_message = "finance_emails must be e-mail addresses."
  }
}

variable "monthly_budget" {
  description = "Dollars a month that the workspace may cost, told at 80 and at 100 percent; null for what the size map says, which is what docs/cost.md plans and a quarter more. The PRD's number (5.7.3) is 200, which dev keeps within."
  type        = number
  default     = null

  validation {
    condition     = var.monthly_budget == null ? true : var.monthly_budget > 0
    error_message = "monthly_budget must be more than 0 dollars."
  }
}

variable "runbook_url" {
  description = "Where docs/runbooks/ can be read in a browser; the descriptions of alarms link to pages below it (PRD 5.2.4). Null is the folder's name, in dev alone."
  type        = string
  default     = null

  validation {
    condition     = var.runbook_url != null || !local.size.operated
    error_message = "runbook_url has no default outside of dev: write where docs/runbooks/ of your repository can be read, such as \"https://github.com/<owner>/<name>/blob/main/docs/runbooks\", into ${local.workspace}.tfvars."
  }

  validation {
    condition     = var.runbook_url == null ? true : can(regex("^https://.*[^/]$", var.runbook_url))
    error_message = "runbook_url must begin with https:// and end without a slash."
  }
}

variable "cost_tags" {
  description = "Whether this state activates the tags Project and Environment for Cost Explorer. One state an account should, a day after the first resources have them: AWS refuses tags that it has not seen on a bill."
  type        = bool
  default     = false
}
