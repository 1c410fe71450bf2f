# How a workflow of GitHub comes into the account (PRD 5.4.4): by a token that GitHub signs for one job, in one environment, for as
# long as such a job may take. No key is kept.
# Source: https://docs.github.com/en/actions/how-tos/secure-your-work/security-harden-deployments/oidc-in-aws

locals {
  github_environments = var.github_repository == null ? toset([]) : local.workspaces
  github_issuer       = "token.actions.githubusercontent.com"
  github_provider_arn = var.github_provider ? one(aws_iam_openid_connect_provider.github[*].arn) : "arn:${local.partition}:iam::${local.account_id}:oidc-provider/${local.github_issuer}"

  # By environment of GitHub: of each workspace, and of its plans.
  github_trusts = {
    for environment in flatten([for workspace in local.github_environments : [workspace, "${workspace}-plan"]]) : environment => jsonencode({
      Version = "2012-10-17"
      Statement = [
        {
          Sid       = "JobsOfOneEnvironment"
          Effect    = "Allow"
          Action    = "sts:AssumeRoleWithWebIdentity"
          Principal = { Federated = local.github_provider_arn }
          Condition = {
            StringEquals = {
              "${local.github_issuer}:aud" = "sts.amazonaws.com"
              "${local.github_issuer}:sub" = "repo:${var.github_repository}:environment:${environment}"
            }
          }
        },
      ]
    })
  }
}

resource "aws_iam_openid_connect_provider" "github" {
  count = var.github_repository != null && var.github_provider ? 1 : 0

  url            = "https://${local.github_issuer}"
  client_id_list = ["sts.amazonaws.com"]
}

# Not named as what it makes is, `lego-api-<workspace>-*`: it may change no right of its own.
resource "aws_iam_role" "deploy" {
  for_each = local.github_environments

  name                 = "lego-api-github-${each.key}"
  description          = "Taken by jobs of ${var.github_repository} in the environment ${each.key}"
  max_session_duration = 3 * 3600 # seconds; a change of the search domain alone may take 90 minutes (.github/workflows/workspace.yml)

  assume_role_policy = local.github_trusts[each.key]
}

# Everything but rights and accounts. An estate is of thirty services: to name what it takes of each would be wrong with every release of the provider.
resource "aws_iam_role_policy_attachment" "deploy" {
  for_each = local.github_environments

  role       = aws_iam_role.deploy[each.key].name
  policy_arn = "arn:${local.partition}:iam::aws:policy/PowerUserAccess"
}

# Rights: of roles by the workspace's name and within its boundary. And no way to what another workspace has.
# Source: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
resource "aws_iam_role_policy" "deploy" {
  for_each = local.github_environments

  name = "deploy"
  role = aws_iam_role.deploy[each.key].id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [
        {
          Sid      = "LookAtRights"
          Effect   = "Allow"
          Action   = ["iam:Get*", "iam:List*"]
          Resource = ["*"]
        },
        {
          Sid    = "GiveRightsWithinTheBoundary"
          Effect = "Allow"
          Action = [
            "iam:AttachRolePolicy",
            "iam:CreateRole",
            "iam:DeleteRolePolicy",
            "iam:DetachRolePolicy",
            "iam:PutRolePermissionsBoundary",
            "iam:PutRolePolicy",
          ]
          Resource  = ["arn:${local.partition}:iam::${local.account_id}:role/lego-api-${each.key}-*"]
          Condition = { StringEquals = { "iam:PermissionsBoundary" = aws_iam_policy.boundary[each.key].arn } }
        },
        {
          Sid    = "KeepAndHandOutRoles"
          Effect = "Allow"
          Action = [
            "iam:AddRoleToInstanceProfile",
            "iam:CreateInstanceProfile",
            "iam:DeleteInstanceProfile",
            "iam:DeleteRole",
            "iam:PassRole",
            "iam:RemoveRoleFromInstanceProfile",
            "iam:TagInstanceProfile",
            "iam:TagRole",
            "iam:UntagInstanceProfile",
            "iam:UntagRole",
            "iam:UpdateAssumeRolePolicy",
            "iam:UpdateRole",
            "iam:UpdateRoleDescription",
          ]
          Resource = [
            "arn:${local.partition}:iam::${local.account_id}:role/lego-api-${each.key}-*",
            "arn:${local.partition}:iam::${local.account_id}:instance-profile/lego-api-${each.key}-*",
          ]
        },
        {
          Sid      = "BecomeNobodyElse"
          Effect   = "Deny"
          Action   = ["sts:AssumeRole"]
          Resource = ["*"]
        },
      ],
      local.walls[each.key],
    )
  })
}

# Who plans what is then agreed to: reads the estate and its state, and changes nothing. Nobody is asked before it runs, so that it reads neither
# what people have uploaded nor what queues hold.
resource "aws_iam_role" "plan" {
  for_each = local.github_environments

  name                 = "lego-api-github-${each.key}-plan"
  description          = "Taken by jobs of ${var.github_repository} in the environment ${each.key}-plan"
  max_session_duration = 3600 # seconds
  assume_role_policy   = local.github_trusts["${each.key}-plan"]
}

resource "aws_iam_role_policy_attachment" "plan" {
  for_each = local.github_environments

  role       = aws_iam_role.plan[each.key].name
  policy_arn = "arn:${local.partition}:iam::aws:policy/ReadOnlyAccess"
}

resource "aws_iam_role_policy" "plan" {
  for_each = local.github_environments

  name = "plan"
  role = aws_iam_role.plan[each.key].id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [
        {
          Sid         = "NothingOfPeople"
          Effect      = "Deny"
          Action      = ["s3:GetObject*", "sqs:ReceiveMessage", "logs:FilterLogEvents", "logs:GetLogEvents", "logs:StartQuery", "sts:AssumeRole"]
          NotResource = ["${aws_s3_bucket.state.arn}/*"]
        },
      ],
      local.walls[each.key],
    )
  })
}
