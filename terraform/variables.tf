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
  description = "Instead of the selected workspace; for tests alone, which cannot select one."
  type        = string
  default     = null
}

variable "emulated" {
  description = "Whether AWS_ENDPOINT_URL names an emulated AWS (moto), whose credentials nobody checks."
  type        = bool
  default     = false
}

# What moto cannot make, each with its reason, so that `make rehearse` can apply the rest. Everywhere else all of them stay on.
variable "features" {
  description = "Parts of the estate that can be left out, because moto cannot make them: see the comment beside each."
  type = object({
    cache                   = optional(bool, true) # aws_elasticache_replication_group: moto describes no cluster mode
    malware_protection      = optional(bool, true) # aws_guardduty_malware_protection_plan: not implemented
    custom_domain           = optional(bool, true) # aws_apigatewayv2_domain_name: moto's answer lacks its configuration
    budget                  = optional(bool, true) # aws_budgets_budget: moto does not describe notifications
    appsync_datasource      = optional(bool, true) # aws_appsync_datasource and what stands on it: not implemented
    sampling                = optional(bool, true) # aws_xray_sampling_rule: not implemented
    provisioned_concurrency = optional(bool, true) # aws_lambda_provisioned_concurrency_config: not implemented
  })
  default  = {}
  nullable = false
}

variable "cors_origins" {
  description = "Origins of the frontends, scheme and host without a path. The application answers CORS at the API, the bucket by these."
  type        = list(string)
  default     = ["http://localhost:5173", "http://localhost:3000"]
  nullable    = false

  validation {
    condition     = length(var.cors_origins) > 0 && alltrue([for origin in var.cors_origins : can(regex("^https?://[^/*[:space:]]+$", origin))])
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
    condition     = alltrue([for service in var.interface_endpoints : can(regex("^[a-z0-9][a-z0-9.-]*$", service))])
    error_message = "interface_endpoints must be short names of services, such as sqs, secretsmanager or ssm."
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
  description = "aurora for Aurora Serverless v2, instance for one RDS instance of the class in the size map (PRD 1.3.7)."
  type        = string
  default     = "aurora"
  nullable    = false

  validation {
    condition     = contains(["aurora", "instance"], var.database_kind)
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
    condition     = can(regex("^OpenSearch_2\\.[0-9]+$", var.search_version))
    error_message = "search_version must be a 2.x as AWS writes it, such as OpenSearch_2.19."
  }
}
