output "client_ids" {
  description = "Workload => client id, for the annotation azure.workload.identity/client-id of its service account."
  value       = { for name, identity in azurerm_user_assigned_identity.workload : name => identity.client_id }
}
