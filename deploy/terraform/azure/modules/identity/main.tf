# An identity for each workload that calls Azure. A pod gets it by its service account's token, and by nothing else.

resource "azurerm_user_assigned_identity" "workload" {
  for_each = var.service_accounts

  name                = "${var.name}-${each.key}"
  location            = var.location
  resource_group_name = var.resource_group_name
  tags                = var.tags
}

resource "azurerm_federated_identity_credential" "workload" {
  for_each = var.service_accounts

  name                = each.value
  resource_group_name = var.resource_group_name
  parent_id           = azurerm_user_assigned_identity.workload[each.key].id
  issuer              = var.issuer_url
  audience            = ["api://AzureADTokenExchange"]
  subject             = "system:serviceaccount:${var.namespace}:${each.value}"
}

resource "azurerm_role_assignment" "master_key" {
  for_each = var.service_accounts

  scope                = "${var.vault_id}/keys/codemie"
  role_definition_name = "Key Vault Crypto User"
  principal_id         = azurerm_user_assigned_identity.workload[each.key].principal_id
}

resource "azurerm_role_assignment" "files" {
  for_each = var.service_accounts

  scope                = var.container_scope
  role_definition_name = "Storage Blob Data Contributor"
  principal_id         = azurerm_user_assigned_identity.workload[each.key].principal_id
}

resource "azurerm_role_assignment" "models" {
  for_each = { for pair in setproduct(keys(var.service_accounts), var.openai_account_ids) : "${pair[0]}-${basename(pair[1])}" => { workload = pair[0], scope = pair[1] } }

  scope                = each.value.scope
  role_definition_name = "Cognitive Services OpenAI User"
  principal_id         = azurerm_user_assigned_identity.workload[each.value.workload].principal_id
}
