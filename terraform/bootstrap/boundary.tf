# The most that a role of the estate may ever do, whoever makes the role: a permissions boundary for each workspace. Without one, who may make
# roles may make themselves anything. Every role of the estate carries its workspace's (terraform/workspace.tf), and GitHub may make no other.
# Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html

locals {
  workspaces = toset(["dev", "staging", "production"])
  account_id = data.aws_caller_identity.current.account_id
  partition  = data.aws_partition.current.partition

  # What belongs to other workspaces: whatever carries their tag, where a service looks at tags, and what it tells apart by names alone.
  walls = {
    for workspace in local.workspaces : workspace => [
      {
        Sid       = "WhatIsTaggedAsAnothers"
        Effect    = "Deny"
        Action    = ["*"]
        Resource  = ["*"]
        Condition = { StringEquals = { "aws:ResourceTag/Environment" = sort(setsubtract(local.workspaces, [workspace])) } }
      },
      {
        Sid    = "WhatIsNamedAsAnothers"
        Effect = "Deny"
        Action = ["*"]
        Resource = flatten([
          for other in sort(setsubtract(local.workspaces, [workspace])) : [
            "${aws_s3_bucket.state.arn}/env:/${other}/*",
            "arn:${local.partition}:s3:::lego-moc-files-${other}*", # whatever its `files_suffix`, and what it holds
            "arn:${local.partition}:es:*:${local.account_id}:domain/lego-api-${other}/*",
            "arn:${local.partition}:lambda:*:${local.account_id}:function:lego-api-${other}-*",
            "arn:${local.partition}:ssm:*:${local.account_id}:parameter/lego-api-${other}/*",
          ]
        ])
      },
    ]
  }
}

data "aws_partition" "current" {}

resource "aws_iam_policy" "boundary" {
  for_each = local.workspaces

  name        = "lego-api-boundary-${each.key}"
  description = "The most that a role of lego-api-${each.key} may do"

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [{ Sid = "WhatRolesOfTheEstateDo", Effect = "Allow", Action = jsondecode(file("${path.module}/boundary.json")), Resource = ["*"] }],
      local.walls[each.key],
    )
  })
}
