output "account_name" {
  description = "Name of the storage account."
  value       = azurerm_storage_account.this.name
}

output "container_scope" {
  description = "The container, as roles name it."
  value       = azurerm_storage_container.data.id
}
