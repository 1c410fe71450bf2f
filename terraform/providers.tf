# `emulated` is for `make plan` and `make rehearse`: moto's server instead of AWS, found by AWS_ENDPOINT_URL, with credentials that
# nobody checks. Everything else of the two providers is the same everywhere.
provider "aws" {
  region                      = var.region
  skip_credentials_validation = var.emulated
  skip_metadata_api_check     = var.emulated
  skip_requesting_account_id  = false
  s3_use_path_style           = var.emulated
  max_retries                 = var.emulated ? 3 : null

  default_tags {
    tags = local.tags
  }
}

# What CloudFront uses (its WAF, its certificates) lives in us-east-1, wherever the rest does.
provider "aws" {
  alias                       = "global"
  region                      = "us-east-1"
  skip_credentials_validation = var.emulated
  skip_metadata_api_check     = var.emulated
  skip_requesting_account_id  = false
  s3_use_path_style           = var.emulated
  max_retries                 = var.emulated ? 3 : null

  default_tags {
    tags = local.tags
  }
}
