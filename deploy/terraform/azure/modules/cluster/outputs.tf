output "name" {
  description = "Name of the cluster."
  value       = azurerm_kubernetes_cluster.this.name
}

output "issuer_url" {
  description = "Issuer of the tokens of service accounts."
  value       = azurerm_kubernetes_cluster.this.oidc_issuer_url
}

output "control_plane_principal_id" {
  description = "Identity of the control plane."
  value       = azurerm_user_assigned_identity.control_plane.principal_id
}
