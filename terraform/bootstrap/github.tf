# How a workflow of GitHub comes into the account (PRD 5.4.4): by a token that GitHub signs for one job, in one environment, for an hour. No key is kept.
# Source: https://docs.github.com/en/actions/how-tos/secure-your-work/security-harden-deployments/oidc-in-aws

locals {
  github_environments = toset(var.github_repository == null ? [] : ["dev", "staging", "production"])
  github_issuer       = "token.actions.githubusercontent.com"
}

resource "aws_iam_openid_connect_provider" "github" {
  count = var.github_repository == null ? 0 : 1

  url            = "https://${local.github_issuer}"
  client_id_list = ["sts.amazonaws.com"]
}

resource "aws_iam_role" "deploy" {
  for_each = local.github_environments

  name                 = "lego-api-${each.key}-github"
  description          = "Taken by jobs of ${var.github_repository} in the environment ${each.key}"
  max_session_duration = 3600 # seconds

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "JobsOfOneEnvironment"
        Effect    = "Allow"
        Action    = "sts:AssumeRoleWithWebIdentity"
        Principal = { Federated = aws_iam_openid_connect_provider.github[0].arn }
        Condition = {
          StringEquals = {
            "${local.github_issuer}:aud" = "sts.amazonaws.com"
            "${local.github_issuer}:sub" = "repo:${var.github_repository}:environment:${each.key}"
          }
        }
      },
    ]
  })
}

# What makes networks, databases and roles can make itself a right to anything: who may take the role is the gate, not what it may do.
resource "aws_iam_role_policy_attachment" "deploy" {
  # checkov:skip=CKV_AWS_274: see above
  for_each = local.github_environments

  role       = aws_iam_role.deploy[each.key].name
  policy_arn = "arn:aws:iam::aws:policy/AdministratorAccess"
}
