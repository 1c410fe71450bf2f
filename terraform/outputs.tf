# --- Base -----------------------------------------------------------------------------------------------------------------------

output "workspace" {
  description = "The workspace that this state is of."
  value       = local.workspace
}

output "files_bucket" {
  description = "The bucket of uploaded files."
  value       = aws_s3_bucket.files.id
}

output "files_cdn" {
  description = "The domain of the distribution before the bucket; null where there is none."
  value       = one(aws_cloudfront_distribution.files[*].domain_name)
}

output "database_proxy" {
  description = "Where functions find PostgreSQL."
  value       = aws_db_proxy.main.endpoint
}

output "database_secret_arn" {
  description = "The secret that RDS keeps the database's password in, and rotates."
  value       = local.database_secret_arn
}

output "redis_url" {
  description = "Where functions find Redis; empty where there is none."
  value       = local.redis_url
}

output "opensearch_url" {
  description = "Where functions find OpenSearch."
  value       = local.opensearch_url
}

# --- API ------------------------------------------------------------------------------------------------------------------------

output "api_url" {
  description = "Where the API is reached: its own name, else CloudFront's."
  value       = "https://${local.domain == null ? aws_cloudfront_distribution.api.domain_name : local.domain.name}"
}

output "distribution_url" {
  description = "Where CloudFront answers by its own name, whoever the domain leads to."
  value       = "https://${aws_cloudfront_distribution.api.domain_name}"
}

output "api_id" {
  description = "Id of the HTTP API, which metrics are found by."
  value       = aws_apigatewayv2_api.main.id
}

output "appsync_url" {
  description = "Where AppSync offers the graph; null where it does not."
  value       = one(aws_appsync_graphql_api.main[*].uris["GRAPHQL"])
}

output "functions" {
  description = "The functions by their class: name, alias, newest version, log group, and whether CodeDeploy moves the alias."
  value = {
    for name, function in module.function : name => {
      name       = function.function_name
      alias      = function.alias_name
      version    = function.version
      log_group  = function.log_group
      codedeploy = contains(local.shifted, name)
    }
  }
}

output "codedeploy_app" {
  description = "The application of CodeDeploy; its deployment groups are named as the functions."
  value       = one(aws_codedeploy_app.main[*].name)
}

output "user_pool_id" {
  description = "The user pool whose tokens are accepted."
  value       = local.user_pool_id
}

output "user_pool_client_ids" {
  description = "The app clients whose tokens are accepted."
  value       = local.user_pool_client_ids
}

output "queue_urls" {
  description = "The worker's queues, and those of dead letters."
  value = merge(
    { outbox = aws_sqs_queue.outbox.url, verdicts = aws_sqs_queue.verdicts.url },
    { for name, queue in aws_sqs_queue.dead : "${name}-dead" => queue.url },
  )
}

output "alerts_topic_arn" {
  description = "The topic that alarms are sent to."
  value       = aws_sns_topic.alerts.arn
}

output "alarms" {
  description = "Names of the alarms, by what the table of alarms.tf calls them."
  value       = { for name, alarm in aws_cloudwatch_metric_alarm.this : name => alarm.alarm_name }
}

output "dashboard_url" {
  description = "The dashboard, in the console."
  value       = "https://${var.region}.console.aws.amazon.com/cloudwatch/home?region=${var.region}#dashboards/dashboard/${aws_cloudwatch_dashboard.main.dashboard_name}"
}

output "dashboard" {
  description = "What the dashboard shows, in CloudWatch's own words."
  value       = local.dashboard_body
}

output "emitted_metrics" {
  description = "What the code counts in this workspace: namespace, name and dimensions of each metric."
  value       = local.counted
}
