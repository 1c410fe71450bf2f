variable "region" {
  description = "The AWS region of the bucket."
  type        = string
  default     = "us-east-1"
}

variable "name" {
  description = "What the bucket's name begins with; the account's number follows, since names of buckets are the whole world's."
  type        = string
  default     = "lego-api-terraform-state"

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,48}[a-z0-9]$", var.name))
    error_message = "name must be 3 to 50 small letters, digits and hyphens, so that a bucket can be called so."
  }
}

variable "opensearch_role" {
  description = "Whether to make the service-linked role of OpenSearch; false in an account that has had a domain in a VPC before."
  type        = bool
  default     = true
  nullable    = false
}

variable "github_provider" {
  description = "Whether to make the provider by which AWS knows GitHub's tokens, one for the account; false where there is one already."
  type        = bool
  default     = true
  nullable    = false
}

variable "github_repository" {
  description = "The repository whose workflows deploy, as owner/name; null where none does."
  type        = string
  default     = null

  validation {
    condition     = var.github_repository == null || can(regex("^[\\w.-]+/[\\w.-]+$", var.github_repository))
    error_message = "github_repository must be the owner and the name, such as brickgate/brickgate."
  }
}
