output "resource_group_name" {
  description = "Resource group of the states."
  value       = azurerm_resource_group.state.name
}

output "storage_account_name" {
  description = "Storage account of the states."
  value       = azurerm_storage_account.state.name
}

output "container_name" {
  description = "Container of the states."
  value       = azurerm_storage_container.state.name
}
