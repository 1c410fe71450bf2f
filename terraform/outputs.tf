# --- Base -----------------------------------------------------------------------------------------------------------------------

output "workspace" {
  description = "The workspace that this state is of."
  value       = local.workspace
}
