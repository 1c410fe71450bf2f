output "function_name" {
  description = "Name of the function."
  value       = aws_lambda_function.this.function_name
}

output "arn" {
  description = "ARN of the function, without a version."
  value       = aws_lambda_function.this.arn
}

output "version" {
  description = "The version that was published last; the alias may still be at an earlier one."
  value       = aws_lambda_function.this.version
}

output "alias_name" {
  description = "Name of the alias."
  value       = local.alias.name
}

output "alias_arn" {
  description = "ARN of the alias: what may be invoked."
  value       = local.alias.arn
}

output "invoke_arn" {
  description = "The alias, as API Gateway invokes it."
  value       = local.alias.invoke_arn
}

output "role_arn" {
  description = "ARN of the function's role."
  value       = aws_iam_role.this.arn
}

output "connected" {
  description = "Known once the role may connect the function to a VPC. What the function is connected by depends on it, so that the role outlives its network interfaces."
  value       = aws_iam_role_policy.connect[*].id
}

output "log_group" {
  description = "Name of the log group."
  value       = aws_cloudwatch_log_group.this.name
}

output "policy" {
  description = "What the role may do, as a policy's statements; for tests."
  value       = concat(local.connecting, local.granted)
}

output "environment" {
  description = "What the function is told; for tests."
  value       = var.environment
}

output "size" {
  description = "Memory in MB and timeout in seconds; for tests, and for whoever derives other times from it."
  value       = { memory = var.memory, timeout = var.timeout }
}
