# PostgreSQL as a flexible server, reachable from the network only. Its password is written and never read: no state holds it.

resource "azurerm_private_dns_zone" "this" {
  name                = "${var.name}.private.postgres.database.azure.com"
  resource_group_name = var.resource_group_name
  tags                = var.tags
}

resource "azurerm_private_dns_zone_virtual_network_link" "this" {
  name                  = "${var.name}-database"
  private_dns_zone_name = azurerm_private_dns_zone.this.name
  resource_group_name   = var.resource_group_name
  virtual_network_id    = var.network_id
  tags                  = var.tags
}

resource "azurerm_postgresql_flexible_server" "this" {
  name                              = "${var.name}-database-${var.suffix}"
  location                          = var.location
  resource_group_name               = var.resource_group_name
  version                           = var.engine_version
  sku_name                          = var.sku_name
  storage_mb                        = var.storage_gb * 1024
  auto_grow_enabled                 = true
  zone                              = "1"
  delegated_subnet_id               = var.subnet_id
  private_dns_zone_id               = azurerm_private_dns_zone.this.id
  public_network_access_enabled     = false
  backup_retention_days             = var.backup_days
  geo_redundant_backup_enabled      = var.protected
  administrator_login               = "codemie_admin"
  administrator_password_wo         = var.password
  administrator_password_wo_version = var.password_version
  tags                              = var.tags

  dynamic "high_availability" {
    for_each = var.protected ? ["ZoneRedundant"] : []

    content {
      mode                      = high_availability.value
      standby_availability_zone = "2"
    }
  }

  lifecycle {
    # After a failover the zones have changed places.
    ignore_changes = [zone, high_availability[0].standby_availability_zone]
  }

  depends_on = [azurerm_private_dns_zone_virtual_network_link.this]
}

resource "azurerm_postgresql_flexible_server_configuration" "extensions" {
  name      = "azure.extensions"
  server_id = azurerm_postgresql_flexible_server.this.id
  value     = "VECTOR,PG_STAT_STATEMENTS"
}

resource "azurerm_postgresql_flexible_server_database" "this" {
  name      = "codemie"
  server_id = azurerm_postgresql_flexible_server.this.id
  charset   = "UTF8"
  collation = "en_US.utf8"
}

resource "azurerm_management_lock" "database" {
  count = var.protected ? 1 : 0

  name       = "keep"
  scope      = azurerm_postgresql_flexible_server.this.id
  lock_level = "CanNotDelete"
  notes      = "Holds all state of ${var.name}"
}
