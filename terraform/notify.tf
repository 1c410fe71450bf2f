# Who is told: two topics, alarms for those who run it, costs for those who pay as well.

locals {
  # Each address once a topic.
  subscriptions = merge(
    { for address in toset(var.alert_emails) : "alerts ${address}" => { topic = aws_sns_topic.alerts.arn, address = address } },
    { for address in setunion(var.alert_emails, var.finance_emails) : "costs ${address}" => { topic = aws_sns_topic.costs.arn, address = address } },
  )
}

resource "aws_sns_topic" "alerts" {
  name              = "lego-api-serverless-alerts-${local.environment}" # PRD 5.2.1
  display_name      = "LEGO API ${local.environment}: alarms"
  kms_master_key_id = aws_kms_key.main.arn
}

resource "aws_sns_topic" "costs" {
  name              = "lego-api-serverless-costs-${local.environment}"
  display_name      = "LEGO API ${local.environment}: costs"
  kms_master_key_id = aws_kms_key.main.arn
}

resource "aws_sns_topic_policy" "this" {
  for_each = {
    alerts = { arn = aws_sns_topic.alerts.arn, services = ["cloudwatch.amazonaws.com"] }
    costs  = { arn = aws_sns_topic.costs.arn, services = ["budgets.amazonaws.com"] }
  }

  arn = each.value.arn

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "ServicesOfThisAccount"
        Effect    = "Allow"
        Action    = "sns:Publish"
        Principal = { Service = each.value.services }
        Resource  = each.value.arn
        Condition = { StringEquals = { "aws:SourceAccount" = local.account_id } }
      },
    ]
  })
}

resource "aws_sns_topic_subscription" "email" {
  for_each = local.subscriptions

  topic_arn = each.value.topic
  protocol  = "email"
  endpoint  = each.value.address
}
