# What has to be there before the platform: the container of Terraform's states. Azure locks a state by itself.

resource "azurerm_resource_group" "state" {
  name     = "${var.name}-terraform"
  location = var.location
}

resource "azurerm_storage_account" "state" {
  name                            = "${replace(var.name, "-", "")}tf${substr(sha256(var.subscription_id), 0, 6)}"
  location                        = var.location
  resource_group_name             = azurerm_resource_group.state.name
  account_tier                    = "Standard"
  account_replication_type        = "ZRS"
  min_tls_version                 = "TLS1_2"
  https_traffic_only_enabled      = true
  shared_access_key_enabled       = false
  allow_nested_items_to_be_public = false

  # A state that was damaged is brought back from its former version.
  blob_properties {
    versioning_enabled = true

    delete_retention_policy {
      days = 365
    }
  }

  lifecycle {
    prevent_destroy = true
  }
}

resource "azurerm_storage_container" "state" {
  name                  = "terraform"
  storage_account_id    = azurerm_storage_account.state.id
  container_access_type = "private"
}

resource "azurerm_role_assignment" "deployers" {
  for_each = toset(var.deployer_object_ids)

  scope                = azurerm_storage_container.state.id
  role_definition_name = "Storage Blob Data Contributor"
  principal_id         = each.key
}
