variable "name" {
  description = "Name of the function, and of its role."
  type        = string

  validation {
    condition     = can(regex("^[a-zA-Z0-9-]{1,64}$", var.name))
    error_message = "name must be 1 to 64 letters, digits and hyphens: it names an IAM role too, which allows no more."
  }
}

variable "description" {
  description = "What the function is for, as the console shows it."
  type        = string
}

variable "handler" {
  description = "Where the function begins: module and name, such as gateway.lambdas.http.handler."
  type        = string
}

variable "package" {
  description = "Path of the zip that `make package` has built. It need not be there for a plan; applying wants it."
  type        = string
}

variable "layers" {
  description = "ARNs of layers that hold what the package depends on, built for the same runtime and processor."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "runtime" {
  description = "Runtime of Lambda. The package holds bytecode of this version of Python."
  type        = string
  default     = "python3.13"
}

variable "architecture" {
  description = "Processor: arm64 or x86_64, the one that the package was built for."
  type        = string
  default     = "arm64"

  validation {
    condition     = contains(["arm64", "x86_64"], var.architecture)
    error_message = "architecture must be arm64 or x86_64."
  }
}

variable "memory" {
  description = "Memory in MB; processor time comes in proportion, one whole processor at 1,769 (PRD NFR7)."
  type        = number
  default     = 512

  validation {
    condition     = var.memory >= 512 && var.memory <= 3008 && floor(var.memory) == var.memory
    error_message = "memory must be a whole number of MB from 512 to 3008."
  }
}

variable "timeout" {
  description = "Seconds after which an invocation is ended (PRD NFR7)."
  type        = number
  default     = 30

  validation {
    condition     = var.timeout >= 30 && var.timeout <= 900 && floor(var.timeout) == var.timeout
    error_message = "timeout must be a whole number of seconds from 30 to 900."
  }
}

variable "environment" {
  description = "Environment variables, by the names of docs/settings.md. Whoever may describe the function reads them: no secrets."
  type        = map(string)
  default     = {}
}

variable "in_vpc" {
  description = "Whether it runs in subnets. Its role is known before the subnets are, and may wait for nothing of theirs."
  type        = bool
  default     = false
  nullable    = false
}

variable "subnet_ids" {
  description = "Private subnets to run in; none for a function that needs nothing of the VPC."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = var.in_vpc == (length(var.subnet_ids) > 0)
    error_message = "subnet_ids must name subnets where in_vpc is true, and none where it is not."
  }
}

variable "security_group_ids" {
  description = "Security groups, where it runs in subnets."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "statements" {
  description = "What the function may do besides writing its log and its traces: statements of an IAM policy, by their Sid."
  type = map(object({
    actions    = list(string)
    resources  = list(string)
    conditions = optional(map(map(string)), {}) # operator = { key = value }
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for statement in values(var.statements) : !contains(statement.actions, "*") && !anytrue([for action in statement.actions : endswith(action, ":*")])])
    error_message = "Every statement must name its actions one by one: \"*\" and \"s3:*\" are more than a function needs."
  }
}

variable "permissions_boundary" {
  description = "ARN of the policy that bounds what the role may do at most; null for none."
  type        = string
  default     = null
}

variable "log_level" {
  description = "The least severe record that is logged: DEBUG, INFO, WARNING or ERROR."
  type        = string
  default     = "INFO"

  validation {
    condition     = contains(["DEBUG", "INFO", "WARNING", "ERROR"], var.log_level)
    error_message = "log_level must be DEBUG, INFO, WARNING or ERROR."
  }
}

variable "log_retention_days" {
  description = "Days for which the log is kept."
  type        = number
  default     = 14
}

variable "log_kms_key_arn" {
  description = "KMS key that encrypts the log; null for the key of CloudWatch itself."
  type        = string
  default     = null
}

variable "tracing" {
  description = "Whether X-Ray traces it (PRD 5.3.1)."
  type        = bool
  default     = true
}

variable "snap_start" {
  description = "Whether published versions start from a snapshot of their memory instead of importing anew."
  type        = bool
  default     = false

  validation {
    condition     = !(var.snap_start && var.provisioned_instances > 0)
    error_message = "snap_start and provisioned_instances exclude each other: Lambda offers one or the other for a version."
  }
}

variable "provisioned_instances" {
  description = "Instances that are kept warm; 0 for none."
  type        = number
  default     = 0
}

variable "reserved_concurrency" {
  description = "Instances at most, which are set aside for it out of the account's; -1 for whatever the account has left."
  type        = number
  default     = -1

  validation {
    condition     = var.reserved_concurrency == -1 || var.reserved_concurrency >= 1
    error_message = "reserved_concurrency must be -1 (no limit) or at least 1: 0 would switch the function off."
  }
}

variable "alias" {
  description = "Name of the alias by which everything invokes the function."
  type        = string
  default     = "live"
}

variable "shifted_by_codedeploy" {
  description = "Whether CodeDeploy moves the alias to a new version, step by step. Else an apply moves it at once."
  type        = bool
  default     = false
}

variable "asynchronous" {
  description = "For a function that is invoked without anybody waiting: where events go that it failed at, and how often it gets them again before. Null for none."
  type = object({
    dead_letter_arn = string
    retries         = optional(number, 2)
    max_age_seconds = optional(number, 3600)
  })
  default = null
}
