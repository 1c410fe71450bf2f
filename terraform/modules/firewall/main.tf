# A web ACL: AWS's managed rule groups, then a rate per address. What it refuses is logged, without what callers are recognised by.

locals {
  groups = [
    "AWSManagedRulesAmazonIpReputationList",
    "AWSManagedRulesCommonRuleSet",
    "AWSManagedRulesKnownBadInputsRuleSet", # Log4j among them
    "AWSManagedRulesSQLiRuleSet",
  ]
}

resource "aws_wafv2_web_acl" "this" {
  # checkov:skip=CKV_AWS_192: AWSManagedRulesKnownBadInputsRuleSet is among the groups; checkov does not follow a dynamic rule

  name        = var.name
  description = "Managed rules and a rate per address, in front of ${var.name}."
  scope       = var.scope

  default_action {
    allow {}
  }

  # Of the rate alone: what AWS's groups refuse is a 403 in words of WAF, unless each of their rules is overridden by name.
  custom_response_body {
    key          = "refusal"
    content      = var.refusal
    content_type = "APPLICATION_JSON"
  }

  # First, so that a flood costs no other rule's evaluation.
  rule {
    name     = "rate"
    priority = 0

    action {
      block {
        custom_response {
          response_code            = 429
          custom_response_body_key = "refusal"

          response_header {
            name  = "Retry-After"
            value = "300" # the longest that it can take until five minutes hold few enough requests again
          }
        }
      }
    }

    statement {
      rate_based_statement {
        aggregate_key_type    = "IP"
        evaluation_window_sec = 300
        limit                 = var.requests_in_5_minutes
      }
    }

    visibility_config {
      cloudwatch_metrics_enabled = true
      metric_name                = "rate"
      sampled_requests_enabled   = true
    }
  }

  dynamic "rule" {
    for_each = { for index, group in local.groups : group => index + 1 }

    content {
      name     = rule.key
      priority = rule.value

      override_action {
        none {}
      }

      statement {
        managed_rule_group_statement {
          name        = rule.key
          vendor_name = "AWS"

          dynamic "rule_action_override" {
            for_each = lookup(var.counted_rules, rule.key, [])

            content {
              name = rule_action_override.value

              action_to_use {
                count {}
              }
            }
          }
        }
      }

      visibility_config {
        cloudwatch_metrics_enabled = true
        metric_name                = rule.key
        sampled_requests_enabled   = true
      }
    }
  }

  visibility_config {
    cloudwatch_metrics_enabled = true
    metric_name                = var.name
    sampled_requests_enabled   = true
  }
}

resource "aws_cloudwatch_log_group" "this" {
  # checkov:skip=CKV_AWS_158: CloudFront's is in us-east-1, where the estate may have no key; tokens and cookies are left out of it

  name              = "aws-waf-logs-${var.name}"
  retention_in_days = var.log_retention_days
}

resource "aws_wafv2_web_acl_logging_configuration" "this" {
  resource_arn            = aws_wafv2_web_acl.this.arn
  log_destination_configs = [aws_cloudwatch_log_group.this.arn]

  logging_filter {
    default_behavior = "DROP" # what is let through stands in API Gateway's access log

    filter {
      behavior    = "KEEP"
      requirement = "MEETS_ANY"

      condition {
        action_condition {
          action = "BLOCK"
        }
      }
    }
  }

  dynamic "redacted_fields" {
    for_each = ["authorization", "cookie", "x-csrf-token"]

    content {
      single_header {
        name = redacted_fields.value
      }
    }
  }
}
