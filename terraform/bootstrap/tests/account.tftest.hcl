# What an account has once, without any account: every call to AWS is mocked. Plans alone, since nothing destroys the bucket.

mock_provider "aws" {
  override_during = plan

  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }

  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }

  mock_data "aws_iam_policy_document" {
    defaults = { json = "{\"Version\":\"2012-10-17\",\"Statement\":[]}" }
  }

  mock_resource "aws_s3_bucket" {
    defaults = { arn = "arn:aws:s3:::lego-api-terraform-state-123456789012" }
  }

  mock_resource "aws_iam_policy" {
    defaults = { arn = "arn:aws:iam::123456789012:policy/lego-api-boundary" }
  }

  mock_resource "aws_iam_openid_connect_provider" {
    defaults = { arn = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com" }
  }
}

run "without_github" {
  command = plan

  assert {
    condition     = length(aws_iam_role.deploy) == 0 && length(aws_iam_openid_connect_provider.github) == 0 && output.deploy_roles == {}
    error_message = "Nobody comes in from GitHub who was not let in."
  }

  assert {
    condition     = aws_s3_bucket_versioning.state.versioning_configuration[0].status == "Enabled" && alltrue([for closed in [aws_s3_bucket_public_access_block.state] : closed.block_public_acls && closed.block_public_policy && closed.ignore_public_acls && closed.restrict_public_buckets])
    error_message = "States keep their versions, and are closed to the public."
  }

  assert {
    condition     = { for workspace, policy in aws_iam_policy.boundary : workspace => policy.name } == { for workspace in ["dev", "staging", "production"] : workspace => "lego-api-boundary-${workspace}" }
    error_message = "Each workspace has a boundary, by the name that its roles know."
  }

  assert {
    condition = alltrue([
      for policy in aws_iam_policy.boundary : length(policy.policy) <= 6144 && alltrue([
        for action in flatten([for statement in jsondecode(policy.policy).Statement : statement.Action if statement.Effect == "Allow"]) :
        action != "*" && !can(regex("^(iam|sts|organizations|account):", action))
      ])
    ])
    error_message = "No role of the estate can come by rights of its own, and IAM takes the policy: 6,144 characters at most."
  }
}

run "with_github" {
  command = plan

  variables {
    github_repository = "brickgate/brickgate"
  }

  assert {
    condition = {
      for role in concat(values(aws_iam_role.deploy), values(aws_iam_role.plan)) : role.name => jsondecode(role.assume_role_policy).Statement[0].Condition.StringEquals["token.actions.githubusercontent.com:sub"]
      } == {
      lego-api-github-dev             = "repo:brickgate/brickgate:environment:dev"
      lego-api-github-staging         = "repo:brickgate/brickgate:environment:staging"
      lego-api-github-production      = "repo:brickgate/brickgate:environment:production"
      lego-api-github-dev-plan        = "repo:brickgate/brickgate:environment:dev-plan"
      lego-api-github-staging-plan    = "repo:brickgate/brickgate:environment:staging-plan"
      lego-api-github-production-plan = "repo:brickgate/brickgate:environment:production-plan"
    }
    error_message = "Each environment of the one repository has a role, which its jobs alone may take."
  }

  assert {
    condition     = toset([for attached in aws_iam_role_policy_attachment.deploy : attached.policy_arn]) == toset(["arn:aws:iam::aws:policy/PowerUserAccess"])
    error_message = "No job is an administrator."
  }

  assert {
    condition = toset([for attached in aws_iam_role_policy_attachment.plan : attached.policy_arn]) == toset(["arn:aws:iam::aws:policy/ReadOnlyAccess"]) && alltrue(flatten([
      for policy in aws_iam_role_policy.plan : [for statement in jsondecode(policy.policy).Statement : statement.Effect == "Deny"]
    ]))
    error_message = "A job that plans, which nobody is asked about, reads and does nothing else."
  }

  assert {
    condition = alltrue([
      for environment, policy in aws_iam_role_policy.deploy : length(policy.policy) <= 10240 && alltrue([
        for statement in jsondecode(policy.policy).Statement :
        alltrue([for arn in statement.Resource : can(regex(":(role|instance-profile)/lego-api-${environment}-\\*$", arn))])
        if statement.Effect == "Allow" && statement.Sid != "LookAtRights"
      ])
    ])
    error_message = "A job changes roles of its own workspace alone, and IAM takes the policy: 10,240 characters at most."
  }

  # What would let somebody come by more: only with the boundary in place.
  assert {
    condition = alltrue(flatten([
      for environment, policy in aws_iam_role_policy.deploy : [
        for statement in jsondecode(policy.policy).Statement :
        try(statement.Condition.StringEquals["iam:PermissionsBoundary"], null) == aws_iam_policy.boundary[environment].arn
        if statement.Effect == "Allow" && length(setintersection(statement.Action, ["iam:CreateRole", "iam:PutRolePolicy", "iam:AttachRolePolicy", "iam:PutRolePermissionsBoundary"])) > 0
      ]
    ]))
    error_message = "A job gives no role a right, unless the role has the workspace's boundary."
  }

  assert {
    condition = alltrue([
      for policy in aws_iam_role_policy.deploy : length(setintersection(
        flatten([for statement in jsondecode(policy.policy).Statement : statement.Action if statement.Effect == "Allow"]),
        ["iam:*", "iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion", "iam:DeleteRolePermissionsBoundary", "iam:CreateUser", "iam:CreateAccessKey", "iam:UpdateOpenIDConnectProviderThumbprint", "iam:AddClientIDToOpenIDConnectProvider"],
      )) == 0
    ])
    error_message = "A job changes no boundary, takes none away, and makes no user and no key."
  }

  assert {
    condition = {
      for environment, policy in aws_iam_role_policy.deploy : environment => join(" ", flatten([
        for statement in jsondecode(policy.policy).Statement : statement.Condition.StringEquals["aws:ResourceTag/Environment"] if statement.Sid == "WhatIsTaggedAsAnothers"
      ]))
      } == {
      dev        = "production staging"
      staging    = "dev production"
      production = "dev staging"
    }
    error_message = "No job touches what another workspace has."
  }

  assert {
    condition = alltrue([
      for policy in [aws_iam_role_policy.deploy["dev"], aws_iam_policy.boundary["dev"]] : alltrue([
        for denied in ["arn:aws:s3:::lego-api-terraform-state-123456789012/env:/production/*", "arn:aws:s3:::lego-moc-files-production*", "arn:aws:lambda:*:123456789012:function:lego-api-production-*"] :
        contains(flatten([for statement in jsondecode(policy.policy).Statement : statement.Resource if statement.Effect == "Deny"]), denied)
      ])
    ])
    error_message = "Neither a job of dev nor a role that it makes reads or changes states, files and functions of production."
  }
}

run "with_a_provider_that_is_there" {
  command = plan

  variables {
    github_repository = "brickgate/brickgate"
    github_provider   = false
  }

  assert {
    condition = length(aws_iam_openid_connect_provider.github) == 0 && alltrue([
      for role in aws_iam_role.deploy : jsondecode(role.assume_role_policy).Statement[0].Principal.Federated == "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"
    ])
    error_message = "An account knows GitHub's provider once: the roles trust the one that is there."
  }
}

run "no_repository_of_all" {
  command = plan

  variables {
    github_repository = "brickgate/*"
  }

  expect_failures = [var.github_repository]
}
