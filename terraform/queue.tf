# What reaches the worker: a hint after each change, GuardDuty's verdicts, and a clock. The outbox in the database is the truth; a hint that
# is lost costs a minute at most. A verdict is said once, so it has a queue to wait in.

locals {
  # SQS may give a message out again while a function still works on it, unless it waits for six times as long as the function may take.
  # Source: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
  worker_timeout     = coalesce(try(var.function_sizes["worker"].timeout, null), local.declared.worker.timeout)
  visibility_seconds = 6 * local.worker_timeout
  days               = 24 * 60 * 60
}

resource "aws_sqs_queue" "outbox" {
  name                       = "${local.name}-outbox"
  visibility_timeout_seconds = local.visibility_seconds
  message_retention_seconds  = 1 * local.days
  sqs_managed_sse_enabled    = true

  redrive_policy = jsonencode({ deadLetterTargetArn = aws_sqs_queue.dead["outbox"].arn, maxReceiveCount = 3 })
}

resource "aws_sqs_queue" "verdicts" {
  name                       = "${local.name}-verdicts"
  visibility_timeout_seconds = local.visibility_seconds
  message_retention_seconds  = 14 * local.days
  sqs_managed_sse_enabled    = true

  redrive_policy = jsonencode({ deadLetterTargetArn = aws_sqs_queue.dead["verdicts"].arn, maxReceiveCount = 5 })
}

# What the worker failed at, for somebody to look at: an alarm tells (docs/runbooks/dead-letters.md).
resource "aws_sqs_queue" "dead" {
  for_each = toset(["outbox", "verdicts", "worker"])

  name                      = "${local.name}-${each.key}-dead"
  message_retention_seconds = 14 * local.days
  sqs_managed_sse_enabled   = true
}

# Not where AWS is emulated: moto never shows it, and the provider waits until it does.
resource "aws_sqs_queue_redrive_allow_policy" "dead" {
  for_each = { for name, arn in { outbox = aws_sqs_queue.outbox.arn, verdicts = aws_sqs_queue.verdicts.arn } : name => arn if !var.emulated }

  queue_url            = aws_sqs_queue.dead[each.key].id
  redrive_allow_policy = jsonencode({ redrivePermission = "byQueue", sourceQueueArns = [each.value] })
}

# Whoever sends does it encrypted; and only the rules that are named put events in.
resource "aws_sqs_queue_policy" "this" {
  for_each = {
    outbox        = { queue = aws_sqs_queue.outbox, rules = [] }
    verdicts      = { queue = aws_sqs_queue.verdicts, rules = aws_cloudwatch_event_rule.verdicts[*].arn }
    verdicts-dead = { queue = aws_sqs_queue.dead["verdicts"], rules = aws_cloudwatch_event_rule.verdicts[*].arn } # what could not be delivered
  }

  queue_url = each.value.queue.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [
        {
          Sid       = "NothingInTheClear"
          Effect    = "Deny"
          Action    = "sqs:*"
          Principal = "*"
          Resource  = each.value.queue.arn
          Condition = { Bool = { "aws:SecureTransport" = "false" } }
        },
      ],
      [
        for rule in each.value.rules : {
          Sid       = "EventsOfTheRule"
          Effect    = "Allow"
          Action    = "sqs:SendMessage"
          Principal = { Service = "events.amazonaws.com" }
          Resource  = each.value.queue.arn
          Condition = { ArnEquals = { "aws:SourceArn" = rule } }
        }
      ],
    )
  })
}

resource "aws_lambda_event_source_mapping" "worker" {
  for_each = {
    outbox   = { arn = aws_sqs_queue.outbox.arn, batch = 100, window = 1 } # one look at the outbox does for many hints
    verdicts = { arn = aws_sqs_queue.verdicts.arn, batch = 10, window = 0 }
  }

  event_source_arn                   = each.value.arn
  function_name                      = module.function["worker"].alias_arn
  batch_size                         = each.value.batch
  maximum_batching_window_in_seconds = each.value.window
  function_response_types            = ["ReportBatchItemFailures"] # one event that fails does not bring the others back

  scaling_config {
    maximum_concurrency = 2 # the least; workers share the outbox by SKIP LOCKED, and more would only wait for the database
  }
}

# --- The clock ------------------------------------------------------------------------------------------------------------------

resource "aws_cloudwatch_event_rule" "minute" {
  name                = "${local.name}-minute"
  description         = "Has the worker look for what is due, whether or not it was told"
  schedule_expression = "rate(1 minute)"
}

resource "aws_cloudwatch_event_target" "minute" {
  rule = aws_cloudwatch_event_rule.minute.name
  arn  = module.function["worker"].alias_arn

  retry_policy {
    maximum_event_age_in_seconds = 60
    maximum_retry_attempts       = 0
  }
}

resource "aws_lambda_permission" "minute" {
  statement_id  = "minute"
  action        = "lambda:InvokeFunction"
  function_name = module.function["worker"].function_name
  qualifier     = module.function["worker"].alias_name
  principal     = "events.amazonaws.com"
  source_arn    = aws_cloudwatch_event_rule.minute.arn
}

# --- Verdicts -------------------------------------------------------------------------------------------------------------------

# GuardDuty's results for our bucket; clean ones only tag the object, and need nobody (PRD 2.7.4).
# Source: https://docs.aws.amazon.com/guardduty/latest/ug/monitor-with-eventbridge-s3-malware-protection.html
resource "aws_cloudwatch_event_rule" "verdicts" {
  count = var.features.malware_protection ? 1 : 0

  name        = "${local.name}-verdicts"
  description = "GuardDuty has found something in a file"

  event_pattern = jsonencode({
    source        = ["aws.guardduty"]
    "detail-type" = ["GuardDuty Malware Protection Object Scan Result"]
    detail = {
      s3ObjectDetails   = { bucketName = [aws_s3_bucket.files.bucket] }
      scanResultDetails = { scanResultStatus = ["THREATS_FOUND"] }
    }
  })
}

resource "aws_cloudwatch_event_target" "verdicts" {
  count = var.features.malware_protection ? 1 : 0

  rule = aws_cloudwatch_event_rule.verdicts[0].name
  arn  = aws_sqs_queue.verdicts.arn

  dead_letter_config {
    arn = aws_sqs_queue.dead["verdicts"].arn
  }

  depends_on = [aws_sqs_queue_policy.this]
}
