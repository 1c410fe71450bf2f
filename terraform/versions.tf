terraform {
  # 1.11: S3 locks the state by itself (`use_lockfile`), and `terraform test` can mock a provider.
  required_version = ">= 1.11.0"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }

  # Made once by bootstrap/, which prints the file that fills this in:
  #   terraform init -backend-config=backend.hcl
  backend "s3" {}
}
