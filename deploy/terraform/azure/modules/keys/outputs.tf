output "vault_id" {
  description = "The key vault."
  value       = azurerm_key_vault.this.id
}

output "application_key_id" {
  description = "Key that the platform wraps its master key with."
  value       = azurerm_key_vault_key.application.versionless_id
}
