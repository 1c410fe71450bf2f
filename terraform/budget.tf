# What a month may cost (PRD 5.7, NFR14): told at 80 and at 100 percent, and when the month looks like coming to more.

resource "aws_budgets_budget" "monthly" {
  count = var.features.budget ? 1 : 0

  # The PRD's name is production's: budgets of one account have different names.
  name         = local.environment == "production" ? "LEGO-API-Serverless-Monthly" : "LEGO-API-Serverless-Monthly-${local.environment}"
  budget_type  = "COST"
  time_unit    = "MONTHLY"
  limit_amount = format("%.1f", coalesce(var.monthly_budget, local.size.monthly_budget_dollars))
  limit_unit   = "USD"

  # Counts what carries the tag only once the account has the tag among those of costs (`cost_tags`): until then it stays at nothing.
  cost_filter {
    name   = "TagKeyValue"
    values = [format("user:Environment$%s", local.environment)] # tag and value, with a dollar between them
  }

  dynamic "notification" {
    for_each = [
      { type = "ACTUAL", percent = 80 },
      { type = "ACTUAL", percent = 100 },
      { type = "FORECASTED", percent = 100 },
    ]

    content {
      notification_type         = notification.value.type
      comparison_operator       = "GREATER_THAN"
      threshold                 = notification.value.percent
      threshold_type            = "PERCENTAGE"
      subscriber_sns_topic_arns = [aws_sns_topic.costs.arn]
    }
  }
}

# Both teams are called to look at it together (PRD 5.7.8), once for all workspaces.
resource "aws_scheduler_schedule" "cost_review" {
  # checkov:skip=CKV_AWS_297: what is sent stands here
  count = local.size.cost_review ? 1 : 0

  name                         = "${local.name}-cost-review"
  description                  = "Calls finance and DevOps to the review of costs"
  schedule_expression          = "cron(0 9 ? * 2#1 *)" # the first Monday of each month
  schedule_expression_timezone = "Etc/UTC"

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = aws_sns_topic.costs.arn
    role_arn = aws_iam_role.cost_review[0].arn
    input    = "Today is the review of last month's costs. Cost Explorer, by the tags Project and Environment: https://console.aws.amazon.com/costmanagement/home#/cost-explorer"
  }
}

resource "aws_iam_role" "cost_review" {
  count = local.size.cost_review ? 1 : 0

  name                 = "${local.name}-cost-review"
  description          = "By which the call to the review of costs is sent"
  permissions_boundary = local.boundary_arn

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "SchedulerOfThisAccount"
        Effect    = "Allow"
        Action    = "sts:AssumeRole"
        Principal = { Service = "scheduler.amazonaws.com" }
        Condition = { StringEquals = { "aws:SourceAccount" = local.account_id } }
      },
    ]
  })
}

resource "aws_iam_role_policy" "cost_review" {
  count = local.size.cost_review ? 1 : 0

  name = "tell"
  role = aws_iam_role.cost_review[0].id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "Tell"
        Effect   = "Allow"
        Action   = ["sns:Publish"]
        Resource = [aws_sns_topic.costs.arn]
      },
      {
        Sid      = "TellEncrypted"
        Effect   = "Allow"
        Action   = ["kms:Decrypt", "kms:GenerateDataKey"]
        Resource = [aws_kms_key.main.arn]
      },
    ]
  })
}

# By these two Cost Explorer tells the workspaces apart (PRD 5.7.1, 5.7.2). A switch, since they are the account's and not a workspace's.
resource "aws_ce_cost_allocation_tag" "this" {
  for_each = toset(var.cost_tags ? keys(local.tags) : [])

  tag_key = each.key
  status  = "Active"
}
