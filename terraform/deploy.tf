# New versions (PRD 5.5, NFR11): an apply publishes them. `brickgate deploy` has the database migrated and then CodeDeploy move the aliases, a tenth
# of the traffic first, and back when an alarm rings (docs/decisions/0028). The migrator, which has to be there before, and what is asked before all
# else move with the apply.

locals {
  shifted = toset([for name, function in local.functions : name if lookup(function, "canary", false)])

  # Per function: its own errors; and for those of the API the answers that callers got.
  rollback_alarms = {
    for name in local.shifted : name => concat(
      [aws_cloudwatch_metric_alarm.this["lambda-errors-${name}"].alarm_name, aws_cloudwatch_metric_alarm.this["lambda-throttles-${name}"].alarm_name],
      contains(local.http_classes, name) ? [aws_cloudwatch_metric_alarm.this["api-5xx"].alarm_name] : [],
    )
  }
}

resource "aws_codedeploy_app" "main" {
  count = var.features.deployment ? 1 : 0

  name             = local.name
  compute_platform = "Lambda"
}

resource "aws_codedeploy_deployment_group" "function" {
  for_each = toset([for name in local.shifted : name if var.features.deployment])

  app_name               = aws_codedeploy_app.main[0].name
  deployment_group_name  = module.function[each.key].function_name
  deployment_config_name = var.canary
  service_role_arn       = aws_iam_role.deploy.arn

  deployment_style {
    deployment_option = "WITH_TRAFFIC_CONTROL"
    deployment_type   = "BLUE_GREEN"
  }

  alarm_configuration {
    enabled = true
    alarms  = local.rollback_alarms[each.key]
  }

  auto_rollback_configuration {
    enabled = true
    events  = ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM", "DEPLOYMENT_STOP_ON_REQUEST"]
  }

  trigger_configuration {
    trigger_name       = "alerts"
    trigger_target_arn = aws_sns_topic.alerts.arn
    trigger_events     = ["DeploymentFailure", "DeploymentRollback"]
  }
}

resource "aws_iam_role" "deploy" {
  name                 = "${local.name}-deploy"
  description          = "By which CodeDeploy moves the aliases"
  permissions_boundary = local.boundary_arn

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "CodeDeployOfThisAccount"
        Effect    = "Allow"
        Action    = "sts:AssumeRole"
        Principal = { Service = "codedeploy.amazonaws.com" }
        Condition = { StringEquals = { "aws:SourceAccount" = local.account_id } }
      },
    ]
  })
}

# Not AWS's managed policy, which may touch every function and topic of the account.
resource "aws_iam_role_policy" "deploy" {
  name = "move-aliases"
  role = aws_iam_role.deploy.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "MoveAliases"
        Effect   = "Allow"
        Action   = ["lambda:GetAlias", "lambda:UpdateAlias", "lambda:GetProvisionedConcurrencyConfig"]
        Resource = flatten([for name in local.shifted : [module.function[name].arn, "${module.function[name].arn}:*"]])
      },
      {
        Sid      = "WatchAlarms" # CloudWatch knows no resources for it
        Effect   = "Allow"
        Action   = ["cloudwatch:DescribeAlarms"]
        Resource = ["*"]
      },
      {
        Sid      = "Tell"
        Effect   = "Allow"
        Action   = ["sns:Publish"]
        Resource = [aws_sns_topic.alerts.arn]
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
