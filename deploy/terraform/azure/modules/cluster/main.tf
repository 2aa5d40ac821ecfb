# AKS: nodes without public addresses, pods with identities of their own, no local accounts, network policies enforced.

resource "azurerm_user_assigned_identity" "control_plane" {
  name                = "${var.name}-control-plane"
  location            = var.location
  resource_group_name = var.resource_group_name
  tags                = var.tags
}

resource "azurerm_role_assignment" "control_plane_network" {
  scope                = var.network_id
  role_definition_name = "Network Contributor"
  principal_id         = azurerm_user_assigned_identity.control_plane.principal_id
}

resource "azurerm_log_analytics_workspace" "this" {
  name                = "${var.name}-logs"
  location            = var.location
  resource_group_name = var.resource_group_name
  retention_in_days   = var.log_retention_days
  tags                = var.tags
}

resource "azurerm_kubernetes_cluster" "this" {
  name                      = var.name
  location                  = var.location
  resource_group_name       = var.resource_group_name
  dns_prefix                = var.name
  kubernetes_version        = var.kubernetes_version
  sku_tier                  = var.guaranteed ? "Standard" : "Free"
  oidc_issuer_enabled       = true
  workload_identity_enabled = true
  local_account_disabled    = true
  azure_policy_enabled      = true
  automatic_upgrade_channel = "patch"
  node_os_upgrade_channel   = "NodeImage"
  tags                      = var.tags

  azure_active_directory_role_based_access_control {
    azure_rbac_enabled     = true
    admin_group_object_ids = var.admin_group_object_ids
  }

  api_server_access_profile {
    authorized_ip_ranges = var.api_allowed_cidrs
  }

  identity {
    type         = "UserAssigned"
    identity_ids = [azurerm_user_assigned_identity.control_plane.id]
  }

  default_node_pool {
    name                        = "default"
    vm_size                     = var.vm_size
    vnet_subnet_id              = var.node_subnet_ids["1"]
    zones                       = ["1"]
    auto_scaling_enabled        = true
    min_count                   = var.min_nodes
    max_count                   = var.max_nodes
    os_disk_size_gb             = 100
    os_sku                      = "AzureLinux"
    host_encryption_enabled     = true
    temporary_name_for_rotation = "rotating"

    upgrade_settings {
      max_surge = "33%"
    }
  }

  network_profile {
    network_plugin      = "azure"
    network_plugin_mode = "overlay"
    network_policy      = "cilium"
    network_data_plane  = "cilium"
    outbound_type       = "userAssignedNATGateway"
    load_balancer_sku   = "standard"
    pod_cidr            = "192.168.0.0/16"
    service_cidr        = "172.20.0.0/16"
    dns_service_ip      = "172.20.0.10"
  }

  key_vault_secrets_provider {
    secret_rotation_enabled = true
  }

  depends_on = [azurerm_role_assignment.control_plane_network]
}

# A pool has one subnet, and a NAT gateway one zone: so each further zone has a pool of its own. All may hold what the
# cluster itself needs, for the first zone may be the one that fails.
resource "azurerm_kubernetes_cluster_node_pool" "zone" {
  for_each = { for zone, subnet_id in var.node_subnet_ids : zone => subnet_id if zone != "1" }

  name                        = "zone${each.key}"
  kubernetes_cluster_id       = azurerm_kubernetes_cluster.this.id
  mode                        = "System"
  vm_size                     = var.vm_size
  vnet_subnet_id              = each.value
  zones                       = [each.key]
  auto_scaling_enabled        = true
  min_count                   = var.min_nodes
  max_count                   = var.max_nodes
  os_disk_size_gb             = 100
  os_sku                      = "AzureLinux"
  host_encryption_enabled     = true
  temporary_name_for_rotation = "rotating${each.key}"
  tags                        = var.tags

  upgrade_settings {
    max_surge = "33%"
  }
}

resource "azurerm_monitor_diagnostic_setting" "control_plane" {
  name                       = "control-plane"
  target_resource_id         = azurerm_kubernetes_cluster.this.id
  log_analytics_workspace_id = azurerm_log_analytics_workspace.this.id

  enabled_log {
    category = "kube-apiserver"
  }

  enabled_log {
    category = "kube-audit-admin"
  }

  enabled_log {
    category = "guard"
  }
}
