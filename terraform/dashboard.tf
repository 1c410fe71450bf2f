# The dashboard (PRD 5.1): a day at a glance, minute by minute. Everything on it is AWS's own but three counts, which the code has to emit.

locals {
  # What the code emits, as embedded metrics in its log, for this dashboard: a test compares this table with the code.
  emitted = {
    namespace  = "LEGO-API"
    dimensions = { Environment = local.environment }
    metrics = {
      MocsCreated       = "MOCs created"
      ImagesUploaded    = "Images uploaded"
      SearchesPerformed = "Searches"
    }
  }

  dashboard_name = "LEGO-API-Serverless-${title(local.environment)}" # PRD 5.1.1

  latencies = ["p50", "p95", "p99"]

  # Rows of widgets, from the top; widths add up to 24. `metrics` are lines as CloudWatch's own source has them.
  # Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
  dashboard_rows = [
    [
      { title = "What people do", width = 12, stat = "Sum", metrics = [
        for name, label in local.emitted.metrics :
        concat([local.emitted.namespace, name], flatten([for key, value in local.emitted.dimensions : [key, value]]), [{ label = label }])
      ] },
      { title = "API: requests and failures", width = 12, stat = "Sum", metrics = [
        for name, label in { Count = "requests", "4xx" = "4xx", "5xx" = "5xx" } :
        ["AWS/ApiGateway", name, "ApiId", local.api_metrics.ApiId, "Stage", local.api_metrics.Stage, { label = label }]
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
      { title = "Cold starts: how many", width = 12, stat = "SampleCount", metrics = [
        for name, filter in aws_cloudwatch_log_metric_filter.cold_start : [local.log_namespace, local.cold_start_metric[name], { label = name }]
      ] },
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
