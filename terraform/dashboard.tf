# The dashboard (PRD 5.1): a day at a glance, minute by minute. What is not AWS's own on it the code emits.

locals {
  # What the code emits, as embedded metrics in its log, by name; written from the code by `make metrics`. One that is not there fails a plan.
  emitted = jsondecode(file("${path.module}/metrics.json"))
  counted = {
    for name, metric in local.emitted.metrics : name => {
      namespace  = local.emitted.namespace
      name       = name
      dimensions = { (local.emitted.dimension) = local.environment }
    }
  }
  # The same as lines of the dashboard, up to the label, and as one expression for all values of their further dimension.
  lines = {
    for name, metric in local.counted : name => concat([metric.namespace, metric.name], flatten([for key, value in metric.dimensions : [key, value]]))
  }
  split = {
    for name, metric in local.emitted.metrics : name =>
    "SEARCH('{${local.emitted.namespace},${local.emitted.dimension},${metric.by}} MetricName=\"${name}\" ${local.emitted.dimension}=\"${local.environment}\"', 'Sum')"
    if metric.by != ""
  }

  dashboard_name = "LEGO-API-Serverless-${title(local.environment)}" # PRD 5.1.1

  latencies = ["p50", "p95", "p99"]

  # Rows of widgets, from the top; widths add up to 24. `metrics` are lines as CloudWatch's own source has them.
  # Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
  dashboard_rows = [
    [
      { title = "What people do", width = 8, stat = "Sum", metrics = [
        concat(local.lines.MocsCreated, [{ label = "MOCs created" }]),
        concat(local.lines.ImagesUploaded, [{ label = "images uploaded" }]),
        concat(local.lines.SearchesPerformed, [{ label = "searches" }]),
      ] },
      { title = "Searches, by what answered", width = 8, stat = "Sum", metrics = [[{ expression = local.split.SearchesPerformed }]] },
      { title = "Answers that were kept", width = 8, stat = "Sum", metrics = [
        concat(local.lines.CacheHits, [{ label = "hits" }]),
        concat(local.lines.CacheMisses, [{ label = "misses" }]),
      ] },
    ],
    [
      { title = "API: requests and failures", width = 8, stat = "Sum", metrics = [
        for name, label in { Count = "requests", "4xx" = "4xx", "5xx" = "5xx" } :
        ["AWS/ApiGateway", name, "ApiId", local.api_metrics.ApiId, "Stage", local.api_metrics.Stage, { label = label }]
      ] },
      { title = "Errors, by code", width = 8, stat = "Sum", metrics = [
        concat(local.lines.Errors, [{ label = "all" }]),
        [{ expression = local.split.Errors }],
        concat(local.lines.RateLimited, [{ label = "rate limited" }]),
      ] },
      { title = "Outbox", width = 8, stat = "Maximum", metrics = [
        concat(local.lines.OutboxAge, [{ label = "oldest, s" }]),
        concat(local.lines.OutboxDead, [{ label = "given up", yAxis = "right" }]),
      ] },
    ],
    [
      { title = "API: latency, ms", width = 12, stat = "p99", metrics = [
        for stat in local.latencies : ["AWS/ApiGateway", "Latency", "ApiId", local.api_metrics.ApiId, "Stage", local.api_metrics.Stage, { stat = stat, label = stat }]
      ] },
      { title = "Lambda: instances at once", width = 12, stat = "Maximum", metrics = [
        for name, dimensions in local.lambda_metrics : ["AWS/Lambda", "ConcurrentExecutions", "FunctionName", dimensions.FunctionName, { label = name }]
      ] },
    ],
    [
      for metric, title in { Invocations = "Lambda: invocations", Errors = "Lambda: errors", Throttles = "Lambda: throttles" } :
      { title = title, width = 8, stat = "Sum", metrics = [
        for name, dimensions in local.lambda_metrics : ["AWS/Lambda", metric, "FunctionName", dimensions.FunctionName, { label = name }]
      ] }
    ],
    [
      for stat in concat(["Average"], local.latencies) :
      { title = "Lambda: duration, ${lower(stat)}, ms", width = 6, stat = stat, metrics = [
        for name, dimensions in local.lambda_metrics : ["AWS/Lambda", "Duration", "FunctionName", dimensions.FunctionName, { label = name }]
      ] }
    ],
    [
      { title = "Cold starts: p99, ms", width = 12, stat = "p99", metrics = [
        for name, filter in aws_cloudwatch_log_metric_filter.cold_start : [local.log_namespace, local.cold_start_metric[name], { label = name }]
      ] },
      { title = "Cold starts: how many", width = 12, stat = "SampleCount", metrics = concat(
        [for name, filter in aws_cloudwatch_log_metric_filter.cold_start : [local.log_namespace, local.cold_start_metric[name], { label = name }]],
        [concat(local.lines.ColdStarts, [{ stat = "Sum", label = "that the code noticed" }])],
      ) },
    ],
    [
      { title = "RDS Proxy: connections", width = 8, stat = "Average", metrics = [
        ["AWS/RDS", "DatabaseConnectionsCurrentlyBorrowed", "ProxyName", local.name, { id = "active", label = "active" }],
        ["AWS/RDS", "DatabaseConnections", "ProxyName", local.name, { id = "opened", visible = false }],
        [{ expression = "opened - active", label = "idle" }],
        ["AWS/RDS", "ClientConnections", "ProxyName", local.name, { label = "clients" }],
      ] },
      { title = "RDS Proxy: wait for a connection, µs", width = 8, stat = "Average", metrics = [
        for stat in ["Average", "Maximum"] : ["AWS/RDS", "DatabaseConnectionsBorrowLatency", "ProxyName", local.name, { stat = stat, label = lower(stat) }]
      ] },
      { title = "PostgreSQL", width = 8, stat = "Average", metrics = [
        concat(["AWS/RDS", "CPUUtilization"], flatten([for key, value in local.database_dimensions : [key, value]]), [{ label = "CPU, %" }]),
        concat(["AWS/RDS", "FreeableMemory"], flatten([for key, value in local.database_dimensions : [key, value]]), [{ label = "free memory, bytes", yAxis = "right" }]),
      ] },
    ],
    [
      { title = "Redis: hits, %", width = 8, stat = "Sum", metrics = concat(
        [for index, node in local.cache_nodes : ["AWS/ElastiCache", "CacheHits", "CacheClusterId", node, { id = "hits${index}", visible = false }]],
        [for index, node in local.cache_nodes : ["AWS/ElastiCache", "CacheMisses", "CacheClusterId", node, { id = "misses${index}", visible = false }]],
        [[{ expression = "100 * SUM(METRICS('hits')) / (SUM(METRICS('hits')) + SUM(METRICS('misses')))", label = "hits, %" }]],
      ) },
      { title = "Redis: memory used, %", width = 8, stat = "Average", metrics = [
        for node in local.cache_nodes : ["AWS/ElastiCache", "DatabaseMemoryUsagePercentage", "CacheClusterId", node, { label = node }]
      ] },
      { title = "Redis: thrown away", width = 8, stat = "Sum", metrics = [
        for node in local.cache_nodes : ["AWS/ElastiCache", "Evictions", "CacheClusterId", node, { label = node }]
      ] },
    ],
    [
      { title = "OpenSearch: health", width = 8, stat = "Maximum", metrics = [
        for color in ["green", "yellow", "red"] : ["AWS/ES", "ClusterStatus.${color}", "DomainName", local.name, "ClientId", local.account_id, { label = color }]
      ] },
      { title = "OpenSearch: documents indexed a minute", width = 8, stat = "Average", metrics = [
        ["AWS/ES", "IndexingRate", "DomainName", local.name, "ClientId", local.account_id, { label = "indexed" }],
      ] },
      { title = "OpenSearch: search latency, ms", width = 8, stat = "Average", metrics = [
        for stat in ["Average", "Maximum"] : ["AWS/ES", "SearchLatency", "DomainName", local.name, "ClientId", local.account_id, { stat = stat, label = lower(stat) }]
      ] },
    ],
    [
      { title = "Bucket: requests", width = 8, stat = "Sum", metrics = [
        for name, label in { GetRequests = "GET", PutRequests = "PUT", PostRequests = "POST", DeleteRequests = "DELETE" } :
        ["AWS/S3", name, "BucketName", local.files_bucket, "FilterId", aws_s3_bucket_metric.files.name, { label = label }]
      ] },
      { title = "Queues: what waits", width = 8, stat = "Maximum", metrics = [
        for queue in concat([aws_sqs_queue.outbox.name, aws_sqs_queue.verdicts.name], values(aws_sqs_queue.dead)[*].name) :
        ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", queue, { label = trimprefix(queue, "${local.name}-") }]
      ] },
      # The account's bill so far this month, as AWS estimates it a few times a day, in us-east-1 alone (PRD 5.7.6).
      { title = "Cost of the account this month, USD", width = 8, stat = "Maximum", region = "us-east-1", period = 21600, metrics = concat(
        [["AWS/Billing", "EstimatedCharges", "Currency", "USD", { label = "all" }]],
        [
          for service in ["AWSLambda", "AmazonRDS", "AmazonES", "AmazonElastiCache", "AmazonS3", "AmazonCloudWatch"] :
          ["AWS/Billing", "EstimatedCharges", "ServiceName", service, "Currency", "USD", { label = trimprefix(trimprefix(service, "AWS"), "Amazon") }]
        ],
      ) },
    ],
  ]

  dashboard_body = {
    start          = "-PT24H" # PRD 5.1.4
    periodOverride = "inherit"

    widgets = flatten([
      for index, row in local.dashboard_rows : [
        for place, widget in row : {
          type   = "metric"
          x      = sum(concat([0], [for before in slice(row, 0, place) : before.width]))
          y      = 6 * index
          width  = widget.width
          height = 6
          properties = {
            title   = widget.title
            view    = "timeSeries"
            region  = lookup(widget, "region", var.region)
            stat    = widget.stat
            period  = lookup(widget, "period", 60)
            metrics = widget.metrics
          }
        }
      ]
    ])
  }
}

resource "aws_cloudwatch_dashboard" "main" {
  dashboard_name = local.dashboard_name
  dashboard_body = jsonencode(local.dashboard_body)
}
