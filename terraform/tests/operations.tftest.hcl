# What those who run it are promised: the PRD's alarms with a page to each, its dashboard, its budget, and a way back from a bad version.

mock_provider "aws" {
  source = "./tests/aws"
}

mock_provider "aws" {
  alias  = "global"
  source = "./tests/aws"
}

variables {
  workspace      = "production"
  alert_emails   = ["devops@example.com", "devops@example.com"] # told once
  finance_emails = ["finance@example.com"]
  runbook_url    = "https://runbooks.example.com"
}

run "production" {
  # PRD 5.2.3, and what the worker leaves undone: severity, threshold, minutes.
  assert {
    condition = {
      for name, alarm in local.alarms : name => [alarm.severity, alarm.threshold, alarm.minutes]
      if !startswith(name, "lambda-") && !startswith(name, "cold-start-")
      } == {
      api-5xx           = ["CRITICAL", 3, 5]
      api-latency       = ["WARNING", 3000, 5]
      database-cpu      = ["WARNING", 80, 5]
      database-memory   = ["WARNING", 1073741824, 5]
      cache-evictions   = ["WARNING", 100, 1]
      search-red        = ["CRITICAL", 0, 1]
      search-storage    = ["WARNING", 12800, 5]
      proxy-connections = ["WARNING", 90, 5]
      dead-letters      = ["WARNING", 0, 5]
      cache-away        = ["WARNING", 50, 5]
      search-fallback   = ["WARNING", 50, 5]
      outbox-late       = ["WARNING", 900, 5]
      outbox-dead       = ["WARNING", 0, 5]
    }
    error_message = "The alarms of PRD 5.2.3 stand as it has them."
  }

  assert {
    condition = alltrue([
      for name in keys(module.function) :
      [local.alarms["lambda-errors-${name}"].severity, local.alarms["lambda-errors-${name}"].threshold, local.alarms["lambda-errors-${name}"].minutes] == ["CRITICAL", 5, 5]
      && [local.alarms["lambda-throttles-${name}"].severity, local.alarms["lambda-throttles-${name}"].threshold, local.alarms["lambda-throttles-${name}"].minutes] == ["WARNING", 10, 5]
    ])
    error_message = "Every function has an alarm for errors and one for throttles."
  }

  assert {
    condition     = alltrue([for name in keys(module.function) : local.alarms["cold-start-${name}"].threshold == 2000 && local.alarms["cold-start-${name}"].metrics.milliseconds.stat == "p99" if name != "migrate"])
    error_message = "Every function that somebody waits for has an alarm for slow cold starts."
  }

  assert {
    condition     = length(aws_cloudwatch_metric_alarm.this) == 13 + 2 * length(module.function) + length(module.function) - 1
    error_message = "There are no other alarms."
  }

  assert {
    condition     = alltrue([for alarm in aws_cloudwatch_metric_alarm.this : can(regex("^(CRITICAL|WARNING): .* What to do: https://runbooks\\.example\\.com/[a-z0-9-]+\\.md$", alarm.alarm_description))])
    error_message = "Every alarm says how bad it is and where the page stands that says what to do."
  }

  assert {
    condition     = alltrue([for alarm in aws_cloudwatch_metric_alarm.this : contains(alarm.alarm_actions, aws_sns_topic.alerts.arn)])
    error_message = "Every alarm tells the team."
  }

  assert {
    condition     = toset([for metric in values(local.alarms["cache-evictions"].metrics) : metric.dimensions.CacheClusterId]) == toset(["lego-api-production-0001-001", "lego-api-production-0001-002", "lego-api-production-0002-001", "lego-api-production-0002-002"])
    error_message = "Evictions are counted on every node of the cluster."
  }

  assert {
    condition     = aws_sns_topic.alerts.name == "lego-api-serverless-alerts-production" && toset([for subscription in aws_sns_topic_subscription.email : "${subscription.protocol} ${subscription.endpoint}"]) == toset(["email devops@example.com", "email finance@example.com"]) && length(aws_sns_topic_subscription.email) == 3
    error_message = "The team hears of alarms and costs, finance of costs."
  }

  # The dashboard (PRD 5.1).
  assert {
    condition     = aws_cloudwatch_dashboard.main.dashboard_name == "LEGO-API-Serverless-Production" && jsondecode(aws_cloudwatch_dashboard.main.dashboard_body).start == "-PT24H"
    error_message = "The dashboard has the PRD's name, and shows a day."
  }

  assert {
    condition     = alltrue([for widget in jsondecode(aws_cloudwatch_dashboard.main.dashboard_body).widgets : widget.properties.period == 60 || widget.properties.region == "us-east-1" && startswith(widget.properties.title, "Cost")])
    error_message = "Everything but the bill is shown minute by minute."
  }

  assert {
    condition = length(setsubtract(
      [
        "AWS/Lambda Invocations", "AWS/Lambda Errors", "AWS/Lambda Throttles", "AWS/Lambda Duration", "AWS/Lambda ConcurrentExecutions",
        "AWS/ApiGateway Count", "AWS/ApiGateway 4xx", "AWS/ApiGateway 5xx", "AWS/ApiGateway Latency",
        "AWS/RDS DatabaseConnectionsCurrentlyBorrowed", "AWS/RDS DatabaseConnections", "AWS/RDS DatabaseConnectionsBorrowLatency",
        "AWS/ElastiCache CacheHits", "AWS/ElastiCache CacheMisses", "AWS/ElastiCache DatabaseMemoryUsagePercentage",
        "AWS/ES ClusterStatus.red", "AWS/ES IndexingRate", "AWS/ES SearchLatency",
        "AWS/S3 GetRequests", "AWS/S3 PutRequests",
        "LEGO-API MocsCreated", "LEGO-API ImagesUploaded", "LEGO-API SearchesPerformed",
        "LEGO-API CacheHits", "LEGO-API CacheMisses", "LEGO-API Errors", "LEGO-API RateLimited", "LEGO-API ColdStarts", "LEGO-API OutboxAge", "LEGO-API OutboxDead",
        "AWS/Billing EstimatedCharges",
      ],
      flatten([
        for widget in jsondecode(aws_cloudwatch_dashboard.main.dashboard_body).widgets : [
          for metric in widget.properties.metrics : "${metric[0]} ${metric[1]}" if length(metric) > 1
        ]
      ]),
    )) == 0
    error_message = "The dashboard shows every metric of PRD 5.1.2, 5.1.3 and 5.7.6."
  }

  assert {
    condition     = alltrue([for widget in jsondecode(aws_cloudwatch_dashboard.main.dashboard_body).widgets : widget.x + widget.width <= 24])
    error_message = "No row is wider than the page."
  }

  # Costs (PRD 5.7).
  assert {
    condition     = aws_budgets_budget.monthly[0].name == "LEGO-API-Serverless-Monthly" && tonumber(aws_budgets_budget.monthly[0].limit_amount) == 1500 && toset([for notification in aws_budgets_budget.monthly[0].notification : "${notification.notification_type} ${notification.threshold}"]) == toset(["ACTUAL 80", "ACTUAL 100", "FORECASTED 100"])
    error_message = "The budget is above what is planned, and told at 80 and at 100 percent."
  }

  # Tracing (PRD 5.3).
  assert {
    condition     = aws_xray_sampling_rule.main[0].fixed_rate == 0.05 && aws_xray_sampling_rule.main[0].reservoir_size == 1 && aws_xray_sampling_rule.main[0].resource_arn == aws_appsync_graphql_api.main[0].arn
    error_message = "Of AppSync one request in twenty is traced, and the first of each second, as Lambda does by itself."
  }

  # New versions (PRD 5.5).
  assert {
    condition = toset(keys(aws_codedeploy_deployment_group.function)) == toset(["api", "graphql", "files", "images", "pictures", "parts-lists", "worker", "appsync"]) && alltrue([
      for name, group in aws_codedeploy_deployment_group.function :
      group.deployment_config_name == "CodeDeployDefault.LambdaCanary10Percent5Minutes" && contains(group.auto_rollback_configuration[0].events, "DEPLOYMENT_STOP_ON_ALARM")
      && contains(group.alarm_configuration[0].alarms, "lego-api-production-lambda-errors-${name}")
    ])
    error_message = "A new version gets a tenth of the traffic first, and goes back by itself when an alarm rings."
  }
}

run "an_instance_and_a_domain_have_alarms_of_their_own" {
  command   = plan
  state_key = "other"

  variables {
    database_kind = "instance"
    domain        = { name = "api.example.com", zone_id = "Z0123456789ABCDEFGHIJ" }
  }

  assert {
    condition     = [local.alarms["database-storage"].threshold, local.alarms["database-storage"].below, local.alarms["database-storage"].metrics.bytes.name] == [5368709120, true, "FreeStorageSpace"]
    error_message = "An instance tells before its disk is full: below a tenth of 50 GB."
  }

  assert {
    condition     = [local.alarms["health-check"].severity, local.alarms["health-check"].threshold, local.alarms["health-check"].metrics.healthy.stat] == ["CRITICAL", 1, "Minimum"]
    error_message = "What moves the domain's traffic tells."
  }
}
