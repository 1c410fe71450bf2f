output "arn" {
  description = "ARN of the web ACL."
  value       = aws_wafv2_web_acl.this.arn
}

output "rules" {
  description = "Names of its rules; for tests."
  value       = toset(aws_wafv2_web_acl.this.rule[*].name)
}
