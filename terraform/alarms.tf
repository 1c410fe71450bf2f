# The alarms of PRD 5.2.3, as one table, and some more for what the worker leaves undone. Each says how bad it is and where the page
# stands that says what to do (docs/runbooks/<runbook>.md).

locals {
  runbooks       = coalesce(var.runbook_url, "docs/runbooks")
  lambda_metrics = { for name in keys(local.functions) : name => { FunctionName = module.function[name].function_name } }
  api_metrics    = { ApiId = aws_apigatewayv2_api.main.id, Stage = aws_apigatewayv2_stage.default.name }
  search_metrics = { DomainName = local.name, ClientId = local.account_id }

  # ElastiCache speaks of single nodes, and names them so.
  cache_nodes = !var.features.cache ? [] : flatten([
    local.redis_cluster ? [
      for shard in range(1, local.size.cache_shards + 1) : [
        for node in range(1, local.size.cache_replicas + 2) : format("%s-%04d-%03d", local.name, shard, node)
      ]
    ] : [[for node in range(1, local.size.cache_replicas + 2) : format("%s-%03d", local.name, node)]]
  ])

  # --- The table -------------------------------------------------------------------------------------------------------------------
  # severity, what it says, runbook; the metrics by the name that the expression has for them; minutes of one look, how many looks in a row (one, but
  # for `looks`); above which value of the expression (below, for `below`); what it means that nothing was told (that all is well, but for `missing`).

  lambda_alarms = merge([
    for name, dimensions in local.lambda_metrics : {
      "lambda-errors-${name}" = {
        severity   = "CRITICAL"
        summary    = "More than 5% of the invocations of ${name} failed within 5 minutes."
        runbook    = "lambda-errors"
        expression = "IF(invocations > 0, 100 * errors / invocations, 0)"
        threshold  = 5
        minutes    = 5
        metrics = {
          errors      = { namespace = "AWS/Lambda", name = "Errors", stat = "Sum", dimensions = dimensions }
          invocations = { namespace = "AWS/Lambda", name = "Invocations", stat = "Sum", dimensions = dimensions }
        }
      }
      "lambda-throttles-${name}" = {
        severity   = "WARNING"
        summary    = "${name} was refused more than 10 invocations within 5 minutes: its concurrency is used up."
        runbook    = "lambda-throttles"
        expression = null
        threshold  = 10
        minutes    = 5
        metrics = {
          throttles = { namespace = "AWS/Lambda", name = "Throttles", stat = "Sum", dimensions = dimensions }
        }
      }
    }
  ]...)

  cold_start_alarms = {
    for name, filter in aws_cloudwatch_log_metric_filter.cold_start : "cold-start-${name}" => {
      severity   = "WARNING"
      summary    = "One cold start of ${name} in a hundred took more than 2 seconds."
      runbook    = "cold-start"
      expression = null
      threshold  = 2000
      minutes    = 5
      metrics = {
        milliseconds = { namespace = local.log_namespace, name = local.cold_start_metric[name], stat = "p99", dimensions = {} }
      }
    }
  }

  api_alarms = {
    "api-5xx" = {
      severity   = "CRITICAL"
      summary    = "More than 3% of the answers of the API were 5xx within 5 minutes."
      runbook    = "api-5xx"
      expression = "IF(requests > 0, 100 * failures / requests, 0)"
      threshold  = 3
      minutes    = 5
      metrics = {
        failures = { namespace = "AWS/ApiGateway", name = "5xx", stat = "Sum", dimensions = local.api_metrics }
        requests = { namespace = "AWS/ApiGateway", name = "Count", stat = "Sum", dimensions = local.api_metrics }
      }
    }
    "api-latency" = {
      severity   = "WARNING"
      summary    = "One request in a hundred took more than 3 seconds."
      runbook    = "api-latency"
      expression = null
      threshold  = 3000
      minutes    = 5
      metrics = {
        milliseconds = { namespace = "AWS/ApiGateway", name = "Latency", stat = "p99", dimensions = local.api_metrics }
      }
    }
  }

  store_alarms = {
    "database-cpu" = {
      severity   = "WARNING"
      summary    = "PostgreSQL's processors are busy for more than 80%."
      runbook    = "database-cpu"
      expression = null
      threshold  = 80
      minutes    = 5
      metrics = {
        percent = { namespace = "AWS/RDS", name = "CPUUtilization", stat = "Average", dimensions = local.database_dimensions }
      }
    }
    "database-memory" = {
      severity   = "WARNING"
      summary    = "PostgreSQL has less than ${local.size.database_free_mb} MB of memory left."
      runbook    = "database-memory"
      expression = null
      below      = true
      threshold  = local.size.database_free_mb * 1024 * 1024
      minutes    = 5
      metrics = {
        bytes = { namespace = "AWS/RDS", name = "FreeableMemory", stat = "Minimum", dimensions = local.database_dimensions }
      }
    }
    "proxy-connections" = {
      severity   = "WARNING"
      summary    = "More than 90 of the proxy's ${local.proxy_max_connections} connections to PostgreSQL are in use: at the last one, callers wait and are then refused."
      runbook    = "proxy-connections"
      expression = null
      threshold  = 0.9 * local.proxy_max_connections
      minutes    = 5
      metrics = {
        connections = { namespace = "AWS/RDS", name = "DatabaseConnectionsCurrentlyBorrowed", stat = "Maximum", dimensions = { ProxyName = local.name } }
      }
    }
    "search-storage" = {
      severity   = "WARNING"
      summary    = "A node of OpenSearch has less than a quarter of its disk left: full, it takes no changes."
      runbook    = "search-storage"
      expression = null
      below      = true
      threshold  = 0.25 * 1024 * local.size.search_volume_gb # MB, as the metric is
      minutes    = 5
      metrics = {
        megabytes = { namespace = "AWS/ES", name = "FreeStorageSpace", stat = "Minimum", dimensions = local.search_metrics }
      }
    }
    "search-red" = {
      severity   = "CRITICAL"
      summary    = "OpenSearch is RED: an index lacks a shard. PostgreSQL answers searches meanwhile."
      runbook    = "search-red"
      expression = null
      threshold  = 0
      minutes    = 1
      metrics = {
        red = { namespace = "AWS/ES", name = "ClusterStatus.red", stat = "Maximum", dimensions = local.search_metrics }
      }
    }
  }

  # A volume of Aurora grows by itself; that of an instance does so in steps hours apart, and to ten times its size.
  storage_alarms = {
    for dimensions in local.aurora ? [] : [local.database_dimensions] : "database-storage" => {
      severity   = "CRITICAL"
      summary    = "PostgreSQL's disk has less than ${local.size.database_storage_gb / 10} GB left: full, it stops."
      runbook    = "database-storage"
      expression = null
      below      = true
      threshold  = local.size.database_storage_gb / 10 * pow(1024, 3)
      minutes    = 5
      metrics = {
        bytes = { namespace = "AWS/RDS", name = "FreeStorageSpace", stat = "Minimum", dimensions = dimensions }
      }
    }
  }

  # Route 53 counts in us-east-1 alone, and an alarm looks at metrics of its own region: an estate elsewhere has none.
  health_alarms = {
    for check in aws_route53_health_check.api : "health-check" => {
      severity   = "CRITICAL"
      summary    = "/health does not answer Route 53, which leads the domain's traffic to the legacy API where there is one."
      runbook    = "health-check"
      expression = null
      below      = true
      threshold  = 1
      minutes    = 1
      metrics = {
        healthy = { namespace = "AWS/Route53", name = "HealthCheckStatus", stat = "Minimum", dimensions = { HealthCheckId = check.id } }
      }
    } if var.region == "us-east-1"
  }

  cache_alarms = {
    for nodes in [local.cache_nodes] : "cache-evictions" => {
      severity   = "WARNING"
      summary    = "Redis threw more than 100 answers away within a minute for want of memory."
      runbook    = "cache-evictions"
      expression = "SUM(METRICS())"
      threshold  = 100
      minutes    = 1
      metrics = {
        for index, node in nodes : "node${index}" => { namespace = "AWS/ElastiCache", name = "Evictions", stat = "Sum", dimensions = { CacheClusterId = node } }
      }
    } if length(nodes) > 0
  }

  # The access log says of each read that it might have been kept (MISS), answered by Redis or not; the code counts those that Redis answered. What is
  # between the two had no answer. An outage goes on for as long as the alarm: a process says but once that it leaves Redis alone.
  cache_away_alarms = {
    for wanted in slice([local.cache_wanted], 0, length(local.cache_readers) > 0 ? 1 : 0) : "cache-away" => {
      severity   = "WARNING"
      summary    = "Redis gave no answer to half of those who asked, for 15 minutes: PostgreSQL answers all reads, and each instance counts requests by itself."
      runbook    = "cache-away"
      expression = "IF(wanted >= 10, 100 * (wanted - FILL(hits, 0) - FILL(misses, 0)) / wanted, 0)"
      threshold  = 50
      minutes    = 5
      looks      = 3
      metrics = {
        wanted = { namespace = local.log_namespace, name = wanted, stat = "Sum", dimensions = {} }
        hits   = merge(local.counted.CacheHits, { stat = "Sum" })
        misses = merge(local.counted.CacheMisses, { stat = "Sum" })
      }
    }
  }

  # Of those that were not kept. Single ones go to PostgreSQL by right: pages beyond OpenSearch's window.
  fallback_alarms = {
    "search-fallback" = {
      severity   = "WARNING"
      summary    = "PostgreSQL answered more than half of the searches for 15 minutes, although there is a domain of OpenSearch."
      runbook    = "search-fallback"
      expression = "IF(FILL(opensearch, 0) + FILL(database, 0) >= 10, 100 * FILL(database, 0) / (FILL(opensearch, 0) + FILL(database, 0)), 0)"
      threshold  = 50
      minutes    = 5
      looks      = 3
      metrics = {
        for engine in ["opensearch", "database"] : engine => merge(local.counted.SearchesPerformed, {
          stat       = "Sum"
          dimensions = merge(local.counted.SearchesPerformed.dimensions, { (local.emitted.metrics.SearchesPerformed.by) = engine })
        })
      }
    }
  }

  queue_alarms = {
    "dead-letters" = {
      severity   = "WARNING"
      summary    = "The worker failed at something for good: it waits in a queue of dead letters."
      runbook    = "dead-letters"
      expression = "SUM(METRICS())"
      threshold  = 0
      minutes    = 5
      metrics = {
        for name, queue in aws_sqs_queue.dead : name => {
          namespace  = "AWS/SQS"
          name       = "ApproximateNumberOfMessagesVisible"
          stat       = "Maximum"
          dimensions = { QueueName = queue.name }
        }
      }
    }
  }

  outbox_alarms = {
    # The worker tells of the outbox each minute, so that nothing told is a worker that does not run, or has no way to the database. Both for two
    # looks, since a minute may be missed. A new estate has no tables for it to read: there it rings from the first apply to the first deployment,
    # and ends by itself; nobody hears of it who has not confirmed an address yet.
    "outbox-late" = {
      severity   = "WARNING"
      summary    = "For 10 minutes something in the outbox has waited for more than 15, or the worker has told nothing."
      runbook    = "outbox-late"
      expression = null
      threshold  = 900
      minutes    = 5
      looks      = 2
      missing    = "breaching"
      metrics    = { seconds = merge(local.counted.OutboxAge, { stat = "Maximum" }) }
    }
    "outbox-dead" = {
      severity   = "WARNING"
      summary    = "Something in the outbox was tried ten times, and was given up."
      runbook    = "outbox-dead"
      expression = null
      threshold  = 0
      minutes    = 5
      metrics    = { rows = merge(local.counted.OutboxDead, { stat = "Maximum" }) }
    }
  }

  alarms = merge(local.lambda_alarms, local.cold_start_alarms, local.api_alarms, local.store_alarms, local.storage_alarms, local.health_alarms, local.cache_alarms, local.cache_away_alarms, local.fallback_alarms, local.queue_alarms, local.outbox_alarms)
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = local.alarms

  alarm_name          = "${local.name}-${each.key}"
  alarm_description   = "${each.value.severity}: ${each.value.summary} What to do: ${local.runbooks}/${each.value.runbook}.md"
  comparison_operator = lookup(each.value, "below", false) ? "LessThanThreshold" : "GreaterThanThreshold"
  threshold           = each.value.threshold
  evaluation_periods  = lookup(each.value, "looks", 1)
  treat_missing_data  = lookup(each.value, "missing", "notBreaching") # nobody called, nothing failed

  alarm_actions = [aws_sns_topic.alerts.arn]
  ok_actions    = [aws_sns_topic.alerts.arn]

  dynamic "metric_query" {
    for_each = each.value.metrics

    content {
      id          = metric_query.key
      return_data = each.value.expression == null

      metric {
        namespace   = metric_query.value.namespace
        metric_name = metric_query.value.name
        stat        = metric_query.value.stat
        period      = 60 * each.value.minutes
        dimensions  = metric_query.value.dimensions
      }
    }
  }

  dynamic "metric_query" {
    for_each = each.value.expression[*]

    content {
      id          = "watched"
      expression  = metric_query.value
      label       = each.key
      return_data = true
    }
  }
}

# --- Cold starts ----------------------------------------------------------------------------------------------------------------

locals {
  # Lambda counts no cold starts, but its log says of each how long it took: to import, or to restore a snapshot.
  log_namespace     = "${local.name}/logs"
  cold_start_fields = { for name, function in local.functions : name => lookup(function, "snap_start", false) ? "restoreDurationMs" : "initDurationMs" }
  cold_start_metric = { for name in keys(local.functions) : name => "ColdStart-${name}" }
}

resource "aws_cloudwatch_log_metric_filter" "cold_start" {
  for_each = { for name, function in local.functions : name => function if name != "migrate" } # nobody waits for it

  name           = "cold-start"
  log_group_name = module.function[each.key].log_group
  pattern        = "{ $.type = \"platform.report\" && $.record.metrics.${local.cold_start_fields[each.key]} > 0 }"

  metric_transformation {
    namespace = local.log_namespace
    name      = local.cold_start_metric[each.key]
    value     = "$.record.metrics.${local.cold_start_fields[each.key]}"
    unit      = "Milliseconds"
  }
}

# --- Reads that wanted Redis ----------------------------------------------------------------------------------------------------

locals {
  cache_wanted = "CacheWanted"

  # Whoever writes lines of the access log, which is on level INFO; without Redis nobody.
  cache_readers = { for name, function in module.function : name => function.log_group if var.features.cache && contains(["DEBUG", "INFO"], var.log_level) && !contains(["worker", "migrate", "origin"], name) }
}

resource "aws_cloudwatch_log_metric_filter" "cache_wanted" {
  for_each = local.cache_readers

  name           = "cache-wanted"
  log_group_name = each.value
  pattern        = "{ $.logger = \"brickgate.access\" && ($.cache = \"HIT\" || $.cache = \"MISS\") }"

  metric_transformation {
    namespace = local.log_namespace
    name      = local.cache_wanted
    value     = "1"
    unit      = "Count"
  }
}
