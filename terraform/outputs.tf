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
