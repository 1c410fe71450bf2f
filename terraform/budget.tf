# What a month may cost (PRD 5.7, NFR14): told at 80 and at 100 percent, and when the month looks like coming to more.

resource "aws_budgets_budget" "monthly" {
  count = var.features.budget ? 1 : 0

  # The PRD's name is production's: budgets of one account have different names.
  name         = local.environment == "production" ? "LEGO-API-Serverless-Monthly" : "LEGO-API-Serverless-Monthly-${local.environment}"
  budget_type  = "COST"
  time_unit    = "MONTHLY"
  limit_amount = format("%.1f", local.size.monthly_budget_dollars)
  limit_unit   = "USD"

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

# By these two Cost Explorer tells the workspaces apart (PRD 5.7.1, 5.7.2). A switch, since they are the account's and not a workspace's.
resource "aws_ce_cost_allocation_tag" "this" {
  for_each = toset(var.cost_tags ? keys(local.tags) : [])

  tag_key = each.key
  status  = "Active"
}
