# One Lambda function with all that belongs to it alone: its role, log, version and alias.
#
# Policies are written with jsonencode and not by aws_iam_policy_document, so that a test with a mocked provider sees what they say.

locals {
  alias = one(concat(aws_lambda_alias.shifted, aws_lambda_alias.direct))

  granted = concat(
    [
      {
        Sid      = "WriteItsLog"
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = ["${aws_cloudwatch_log_group.this.arn}:*"]
      },
    ],
    # X-Ray knows no resources for these.
    [
      for statement in [
        {
          Sid      = "SendTraces"
          Effect   = "Allow"
          Action   = ["xray:PutTraceSegments", "xray:PutTelemetryRecords"]
          Resource = ["*"]
        },
      ] : statement if var.tracing
    ],
    [
      for asynchronous in var.asynchronous[*] : {
        Sid      = "KeepWhatItFailedAt"
        Effect   = "Allow"
        Action   = ["sqs:SendMessage"]
        Resource = [asynchronous.dead_letter_arn]
      }
    ],
    [
      for sid, statement in var.statements : merge(
        { Sid = sid, Effect = "Allow", Action = statement.actions, Resource = statement.resources },
        { for key, conditions in { Condition = statement.conditions } : key => conditions if length(conditions) > 0 },
      )
    ],
  )

  # Lambda itself connects the function to the VPC, under the function's role. EC2 knows no resources for most of these, so the code of
  # the function is denied what only Lambda should do with them.
  # Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-best-practice
  connecting = [
    for statement in [
      {
        Sid      = "LambdaConnectsItToTheVpc"
        Effect   = "Allow"
        Action   = local.interface_actions
        Resource = ["*"]
      },
      {
        Sid      = "ItsCodeDoesNot"
        Effect   = "Deny"
        Action   = local.interface_actions
        Resource = ["*"]
        Condition = {
          ArnEquals = { "lambda:SourceFunctionArn" = ["arn:${local.partition}:lambda:${local.region}:${local.account_id}:function:${var.name}"] }
        }
      },
    ] : statement if var.in_vpc
  ]

  interface_actions = [
    "ec2:CreateNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:DeleteNetworkInterface",
    "ec2:AssignPrivateIpAddresses",
    "ec2:UnassignPrivateIpAddresses",
  ]

  # The package is built outside of Terraform. Where it is not there yet the hash is null: a plan works, and applying says which file
  # is missing.
  package_hash = fileexists(var.package) ? filebase64sha256(var.package) : null

  account_id = data.aws_caller_identity.current.account_id
  partition  = data.aws_partition.current.partition
  region     = data.aws_region.current.id
}

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

resource "aws_iam_role" "this" {
  name                 = var.name
  description          = "Of the function ${var.name}: ${var.description}"
  permissions_boundary = var.permissions_boundary

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "LambdaActsInItsName"
        Effect    = "Allow"
        Action    = "sts:AssumeRole"
        Principal = { Service = "lambda.amazonaws.com" }
      },
    ]
  })
}

resource "aws_iam_role_policy" "this" {
  name   = "function"
  role   = aws_iam_role.this.id
  policy = jsonencode({ Version = "2012-10-17", Statement = local.granted })
}

# A policy of its own, which needs nothing of what the function is connected to: so that security groups can wait for it, and it goes after them.
resource "aws_iam_role_policy" "connect" {
  count = var.in_vpc ? 1 : 0

  name   = "connect"
  role   = aws_iam_role.this.id
  policy = jsonencode({ Version = "2012-10-17", Statement = local.connecting })
}

# Made here and not by Lambda at the first invocation, which would keep it for ever.
resource "aws_cloudwatch_log_group" "this" {
  name              = "/aws/lambda/${var.name}"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.log_kms_key_arn
}

resource "aws_lambda_function" "this" {
  # checkov:skip=CKV_AWS_272: the package comes from the pipeline that applies this, by its hash
  # checkov:skip=CKV_AWS_173: no secret is among the variables, and Lambda encrypts them all the same

  function_name = var.name
  description   = var.description
  role          = aws_iam_role.this.arn

  filename         = var.package
  source_code_hash = local.package_hash
  layers           = var.layers
  handler          = var.handler
  runtime          = var.runtime
  architectures    = [var.architecture]
  publish          = true # an alias points at a version, and a rollback at the version before

  memory_size                    = var.memory
  timeout                        = var.timeout
  reserved_concurrent_executions = var.reserved_concurrency

  environment {
    variables = var.environment
  }

  logging_config {
    log_group        = aws_cloudwatch_log_group.this.name
    log_format       = "JSON" # Lambda's own records too, from which the cold starts are counted
    system_log_level = "INFO"
    # The code has left out what is less severe than LOG_LEVEL. Lambda takes lines without a level, as metrics are, for INFO, and must not drop them.
    application_log_level = var.log_level == "DEBUG" ? "DEBUG" : "INFO"
  }

  tracing_config {
    mode = var.tracing ? "Active" : "PassThrough"
  }

  dynamic "vpc_config" {
    for_each = var.in_vpc ? [true] : []

    content {
      subnet_ids         = var.subnet_ids
      security_group_ids = var.security_group_ids
    }
  }

  dynamic "snap_start" {
    for_each = var.snap_start ? [true] : []

    content {
      apply_on = "PublishedVersions"
    }
  }

  dynamic "dead_letter_config" {
    for_each = var.asynchronous[*]

    content {
      target_arn = var.asynchronous.dead_letter_arn
    }
  }

  # Lambda tries the role when it makes the function.
  depends_on = [aws_iam_role_policy.this, aws_iam_role_policy.connect]
}

# Two resources, because what Terraform leaves alone cannot depend on a variable.
resource "aws_lambda_alias" "shifted" {
  count = var.shifted_by_codedeploy ? 1 : 0

  name             = var.alias
  description      = "What is invoked; brickgate deploy moves it from version to version."
  function_name    = aws_lambda_function.this.function_name
  function_version = aws_lambda_function.this.version

  lifecycle {
    ignore_changes = [function_version, routing_config]
  }
}

resource "aws_lambda_alias" "direct" {
  count = var.shifted_by_codedeploy ? 0 : 1

  name             = var.alias
  description      = "What is invoked; an apply moves it to the newest version."
  function_name    = aws_lambda_function.this.function_name
  function_version = aws_lambda_function.this.version
}

resource "aws_lambda_provisioned_concurrency_config" "this" {
  count = var.provisioned_instances > 0 ? 1 : 0

  function_name                     = aws_lambda_function.this.function_name
  qualifier                         = local.alias.name
  provisioned_concurrent_executions = var.provisioned_instances
}

resource "aws_lambda_function_event_invoke_config" "this" {
  count = var.asynchronous == null ? 0 : 1

  function_name                = aws_lambda_function.this.function_name
  qualifier                    = local.alias.name
  maximum_retry_attempts       = var.asynchronous.retries
  maximum_event_age_in_seconds = var.asynchronous.max_age_seconds
}
