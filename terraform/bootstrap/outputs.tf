output "backend" {
  description = "What to write into terraform/backend.hcl: terraform -chdir=terraform/bootstrap output -raw backend > terraform/backend.hcl"
  value       = <<-HCL
    bucket       = "${aws_s3_bucket.state.id}"
    key          = "lego-api.tfstate"
    region       = "${var.region}"
    encrypt      = true
    use_lockfile = true
  HCL
}

output "deploy_roles" {
  description = "The variable AWS_ROLE_ARN of each environment in GitHub; empty without github_repository."
  value = merge(
    { for workspace, role in aws_iam_role.deploy : workspace => role.arn },
    { for workspace, role in aws_iam_role.plan : "${workspace}-plan" => role.arn },
  )
}
