output "address" {
  description = "Host name of the database."
  value       = azurerm_postgresql_flexible_server.this.fqdn
}

output "database_name" {
  description = "Name of the database."
  value       = azurerm_postgresql_flexible_server_database.this.name
}
